//! The tables of a store: made, brought up to date, or refused when a newer program wrote them.

use std::collections::BTreeMap;

use okno::base::TenantId;
use okno::store::{StoreError, Version};
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Executor as _, Row as _};
use uuid::Uuid;

use super::failure::Failure;
use super::kind_table::{self, KindRow};
use super::texts::{self, Numbering};
use crate::sql::{Arg, PreparedRecord, Table, Tables, own_indexes, text_index};

/// What made the tables that every store has; forward only, never changed once released.
const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/sqlite/0001_store.sql"),
    include_str!("../../migrations/sqlite/0002_texts.sql"),
    include_str!("../../migrations/sqlite/0003_events.sql"),
];

/// The part that the migrations make; kinds are parts of their own, by their names.
const STORE: &str = "okno_store";

/// Brings the tables up to date. A store that is up to date is not written to.
///
/// # Errors
/// [`StoreError::NewerSchema`] names the part that a newer program wrote; [`StoreError::Unstorable`] a kind whose
/// columns changed under one schema number.
pub(crate) async fn prepare(connection: &mut SqliteConnection, tables: &Tables) -> Result<(), Failure> {
    if steps(connection, tables).await?.is_empty() {
        return Ok(());
    }
    connection.execute("BEGIN IMMEDIATE").await?;
    // Somebody else may have done it while this one waited.
    let done = match steps(connection, tables).await {
        Ok(steps) => carry_out(connection, steps).await,
        Err(failure) => Err(failure),
    };
    if done.is_err() {
        // The first error tells more than one of undoing it.
        let _ = connection.execute("ROLLBACK").await;
        return done;
    }
    connection.execute("COMMIT").await?;
    Ok(())
}

/// Whether the tables may still be written by this program, which looked at them before.
///
/// # Errors
/// As of [`prepare`]: another program may have brought the tables up to date since.
pub(crate) async fn check(connection: &mut SqliteConnection, tables: &Tables) -> Result<(), Failure> {
    steps(connection, tables).await.map(drop)
}

/// Reads a number that changes whenever anybody makes, drops or alters a table.
pub(crate) fn version(part: usize) -> String {
    format!("SELECT {part}, schema_version FROM pragma_schema_version")
}

/// What is to be done to a part.
#[derive(Debug)]
enum Step<'a> {
    Migrate {
        from: usize,
    },
    Create(&'a Table),
    Rebuild(&'a Table),
    Index(&'a Table, Indexing),
    /// To make an index of the store's own tables again that somebody dropped.
    Remake {
        index: &'static str,
        text: &'static str,
    },
}

/// What is to be done to the indexes of a kind whose columns stay.
#[derive(Debug)]
struct Indexing {
    drop: Vec<String>,
    create: BTreeMap<String, String>,
}

async fn steps<'a>(connection: &mut SqliteConnection, tables: &'a Tables) -> Result<Vec<Step<'a>>, Failure> {
    let recorded = recorded(connection).await?;
    let (columns, indexes) = (columns(connection).await?, indexes(connection).await?);
    let mut steps = Vec::new();
    let done = recorded.get(STORE).copied().unwrap_or(0);
    let known = u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX);
    refuse_newer(STORE, done, known)?;
    if done < known {
        steps.push(Step::Migrate { from: done as usize });
    } else {
        let mut lost = own_indexes(MIGRATIONS);
        lost.retain(|name, _| !indexes.values().any(|there| there.contains_key(*name)));
        steps.extend(lost.into_iter().map(|(index, text)| Step::Remake { index, text }));
    }
    for table in tables.iter() {
        let kind = table.kind;
        match recorded.get(kind.name) {
            None => steps.push(Step::Create(table)),
            Some(found) if *found < kind.schema => steps.push(Step::Rebuild(table)),
            Some(found) => {
                refuse_newer(kind.name, *found, kind.schema)?;
                let wanted = kind_table::columns(table);
                let wanted = wanted.iter().map(|(name, ty)| (name.trim_matches('"'), *ty));
                let there = columns.get(kind.name).map_or(&[][..], Vec::as_slice);
                if !wanted.eq(there.iter().map(|(name, ty)| (&**name, &**ty))) {
                    return Err(changed(kind.name, *found).into());
                }
                steps.extend(indexing(table, indexes.get(kind.name)));
            }
        }
    }
    Ok(steps)
}

async fn carry_out(connection: &mut SqliteConnection, steps: Vec<Step<'_>>) -> Result<(), Failure> {
    for step in steps {
        match step {
            Step::Migrate { from } => {
                connection.execute(PARTS).await?;
                for migration in &MIGRATIONS[from..] {
                    sqlx::raw_sql(*migration).execute(&mut *connection).await?;
                }
                let known = u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX);
                record(connection, STORE, known).await?;
            }
            Step::Create(table) => {
                run(connection, kind_table::create(table, &table.name)).await?;
                if table.is_searched() {
                    run(connection, texts::create(table)).await?;
                }
                finish(connection, table).await?;
            }
            Step::Rebuild(table) => rebuild(connection, table).await?,
            Step::Index(table, indexing) => index(connection, table, indexing).await?,
            Step::Remake { index, text } => remake(connection, index, text).await?,
        }
    }
    // The connection at hand reads what the planner is told now, later ones when they open.
    connection.execute("ANALYZE sqlite_schema").await?;
    Ok(())
}

/// Moves the rows to a table with the columns of today, each filled from its body, and indexes their texts.
async fn rebuild(connection: &mut SqliteConnection, table: &Table) -> Result<(), Failure> {
    tracing::info!(kind = table.kind.name, schema = table.kind.schema, "rebuilding the columns of a kind");
    run(connection, kind_table::create(table, SUCCESSOR)).await?;
    run(connection, format!("DROP TABLE IF EXISTS {}", text_index(table.kind))).await?;
    if table.is_searched() {
        run(connection, texts::create(table)).await?;
    }
    let mut insert = match table.is_searched() {
        true => kind_table::insert_numbered(table, SUCCESSOR),
        false => kind_table::upsert(table, SUCCESSOR),
    };
    let mut index = texts::index(table);
    let mut numbering = Numbering::read(connection, table).await?;
    let number = if numbering.is_kept() { "\"row_number\"" } else { "NULL" };
    let text = format!(
        "SELECT rowid, \"tenant\", \"id\", \"row_version\", \"position\", \"row_schema\", \"row_body\", {number} \
         FROM {} WHERE rowid > ? ORDER BY rowid LIMIT {REBUILD_ROWS}",
        table.name
    );
    let mut after = i64::MIN;
    loop {
        let rows = sqlx::query(AssertSqlSafe(text.clone())).bind(after).fetch_all(&mut *connection).await?;
        let Some(last) = rows.last() else { break };
        after = last.try_get(0)?;
        let (mut args, mut indexed) = (Vec::new(), Vec::new());
        for row in &rows {
            let (schema, body) = (row.try_get::<u32, _>(5)?, row.try_get::<&str, _>(6)?);
            let record = PreparedRecord::new(&*(table.kind.decode)(schema, body)?, true)?;
            let tenant = row.try_get(1)?;
            let number = numbering.number(TenantId(tenant), row.try_get(7)?)?;
            let row = KindRow {
                tenant,
                id: row.try_get::<Uuid, _>(2)?,
                version: Version(row.try_get::<i64, _>(3)?.cast_unsigned()),
                position: row.try_get::<i64, _>(4)?.cast_unsigned(),
                schema,
                record: &record,
                body,
            };
            row.args(table, &mut args)?;
            if let Some(number) = number {
                args.push(Arg::Int(number));
                let texts = record.texts.is_some().then(|| record.texts.indexed());
                indexed.extend(texts.into_iter().flat_map(|texts| texts::index_row(number, texts)));
            }
        }
        insert.write(connection, args).await?;
        index.write(connection, indexed).await?;
    }
    numbering.write(connection).await?;
    run(connection, format!("DROP TABLE {}", table.name)).await?;
    // A view that another program made refers to a table that is not there for a moment: nothing may look at it.
    run(connection, "PRAGMA legacy_alter_table = ON".to_owned()).await?;
    let renamed = run(connection, format!("ALTER TABLE {SUCCESSOR} RENAME TO {}", table.name)).await;
    run(connection, "PRAGMA legacy_alter_table = OFF".to_owned()).await?;
    renamed?;
    finish(connection, table).await
}

async fn finish(connection: &mut SqliteConnection, table: &Table) -> Result<(), Failure> {
    for text in kind_table::indexes(table).into_values() {
        run(connection, text).await?;
    }
    for statistic in kind_table::statistics(table) {
        tell(connection, table.kind.name, statistic).await?;
    }
    record(connection, table.kind.name, table.kind.schema).await
}

/// Drops and makes indexes; SQLite forgets by itself what it was told of one that is dropped.
async fn index(connection: &mut SqliteConnection, table: &Table, indexing: Indexing) -> Result<(), Failure> {
    tracing::info!(kind = table.kind.name, ?indexing, "changing the indexes of a kind");
    let Indexing { drop, create } = indexing;
    for name in drop {
        run(connection, format!("DROP INDEX \"{}\"", name.replace('"', "\"\""))).await?;
    }
    for text in create.values() {
        run(connection, text.clone()).await?;
    }
    for statistic in kind_table::statistics(table) {
        if create.contains_key(&statistic.0) {
            tell(connection, table.kind.name, statistic).await?;
        }
    }
    Ok(())
}

/// Makes an index of the store's own tables again, and tells the planner about it what the migrations told.
async fn remake(connection: &mut SqliteConnection, index: &str, text: &str) -> Result<(), Failure> {
    tracing::warn!(index, "making an index again that was lost");
    run(connection, text.to_owned()).await?;
    // A line such as `('okno_work', 'okno_work_due', '100000 50000 10 1 1'),`.
    let told = MIGRATIONS.iter().rev().flat_map(|text| text.lines()).find_map(|line| {
        let mut words = line.split('\'').skip(1).step_by(2);
        let (table, of, stat) = (words.next()?, words.next()?, words.next()?);
        (of == index).then_some((table, stat))
    });
    let Some((table, stat)) = told else { return Ok(()) };
    tell(connection, table, (index.to_owned(), stat.to_owned())).await
}

/// Tells the planner about an index.
async fn tell(
    connection: &mut SqliteConnection,
    table: &str,
    (index, stat): (String, String),
) -> Result<(), Failure> {
    let text = "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)";
    sqlx::query(text).bind(table).bind(index).bind(stat).execute(connection).await?;
    Ok(())
}

async fn record(connection: &mut SqliteConnection, part: &str, number: u32) -> Result<(), Failure> {
    let text = "INSERT INTO okno_schema (part, number) VALUES (?, ?) \
                ON CONFLICT (part) DO UPDATE SET number = excluded.number";
    sqlx::query(text).bind(part).bind(number).execute(connection).await?;
    Ok(())
}

/// The numbers of the parts that are there.
async fn recorded(connection: &mut SqliteConnection) -> Result<BTreeMap<String, u32>, Failure> {
    let there = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'okno_schema'";
    if sqlx::query_scalar::<_, i64>(there).fetch_one(&mut *connection).await? == 0 {
        return Ok(BTreeMap::new());
    }
    let parts = sqlx::query("SELECT part, number FROM okno_schema").fetch_all(connection).await?;
    parts.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// The columns of every table with their types, in order.
async fn columns(connection: &mut SqliteConnection) -> Result<BTreeMap<String, Vec<Named>>, Failure> {
    let text = "SELECT t.name, c.name, c.type FROM sqlite_schema t, pragma_table_info(t.name) c \
                WHERE t.type = 'table' ORDER BY t.name, c.cid";
    let mut columns: BTreeMap<String, Vec<Named>> = BTreeMap::new();
    for row in sqlx::query(text).fetch_all(connection).await? {
        columns.entry(row.try_get(0)?).or_default().push((row.try_get(1)?, row.try_get(2)?));
    }
    Ok(columns)
}

/// The indexes of every table with the texts that made them.
async fn indexes(
    connection: &mut SqliteConnection,
) -> Result<BTreeMap<String, BTreeMap<String, String>>, Failure> {
    let text = "SELECT tbl_name, name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL";
    let mut indexes: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for row in sqlx::query(text).fetch_all(connection).await? {
        indexes.entry(row.try_get(0)?).or_default().insert(row.try_get(1)?, row.try_get(2)?);
    }
    Ok(indexes)
}

/// What makes the indexes of a table those of its kind: SQLite keeps the text of each as it was given.
fn indexing<'a>(table: &'a Table, there: Option<&BTreeMap<String, String>>) -> Option<Step<'a>> {
    let mut create = kind_table::indexes(table);
    let mut drop = Vec::new();
    for (name, text) in there.into_iter().flatten() {
        if create.get(name) == Some(text) {
            create.remove(name);
        } else if kind_table::is_own_index(table, name) {
            drop.push(name.clone());
        }
    }
    let same = drop.is_empty() && create.is_empty();
    (!same).then_some(Step::Index(table, Indexing { drop, create }))
}

/// A name and its type.
type Named = (String, String);

async fn run(connection: &mut SqliteConnection, text: String) -> Result<(), Failure> {
    sqlx::query(AssertSqlSafe(text)).persistent(false).execute(connection).await?;
    Ok(())
}

fn refuse_newer(part: &str, found: u32, known: u32) -> Result<(), StoreError> {
    if found > known {
        return Err(StoreError::NewerSchema { what: part.to_owned(), found, known });
    }
    Ok(())
}

fn changed(kind: &str, schema: u32) -> StoreError {
    let why = format!("its columns are not those that schema {schema} wrote; a change needs a higher number");
    StoreError::Unstorable { what: format!("the kind `{kind}`"), source: why.into() }
}

const PARTS: &str = "CREATE TABLE IF NOT EXISTS okno_schema (part TEXT NOT NULL PRIMARY KEY, number INTEGER NOT NULL) \
     STRICT, WITHOUT ROWID";
const SUCCESSOR: &str = "okno_successor";
const REBUILD_ROWS: usize = 512;
