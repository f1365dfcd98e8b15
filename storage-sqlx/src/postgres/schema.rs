//! The tables of a store: made, brought up to date, or refused when a newer program wrote them.

use std::collections::BTreeMap;

use okno::store::{StoreError, Version};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Postgres, Row as _};

use super::connection::bound;
use super::failure::Failure;
use super::kind_table::{self, KindRow};
use super::lists::Lists;
use crate::sql::{
    Arg, Dialect, PreparedRecord, Sql as _, SqlRow as _, Statement, Table, Tables, own_indexes, quoted,
};

/// What made the tables that every store has; forward only, never changed once released.
const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/postgres/0001_store.sql"),
    include_str!("../../migrations/postgres/0002_texts.sql"),
    include_str!("../../migrations/postgres/0003_events.sql"),
];

/// The part that the migrations make; kinds are parts of their own, by their names.
const STORE: &str = "okno_store";

/// The part whose number rises with every change of the tables.
const EPOCH: &str = "okno_epoch";

/// Brings the tables up to date and gives the number of their last change. A store that is up to date is not written to.
///
/// # Errors
/// [`StoreError::NewerSchema`] names the part that a newer program wrote; [`StoreError::Unstorable`] a kind whose
/// columns changed under one schema number, or a database that does not keep every character.
pub(crate) async fn prepare(
    connection: &mut PgConnection,
    tables: &Tables,
    schema: &str,
) -> Result<i64, Failure> {
    let found = Found::read(connection, tables, schema).await?;
    if found.steps(tables)?.is_empty() {
        return Ok(found.epoch());
    }
    let mut transaction = connection.begin().await?;
    // To index a large table takes its time.
    sqlx::query("SET LOCAL statement_timeout = 0").execute(&mut *transaction).await?;
    let lock = "SELECT pg_advisory_xact_lock(hashtextextended('okno:' || $1, 0))";
    sqlx::query(lock).bind(schema).execute(&mut *transaction).await?;
    // Somebody else may have done it while this one waited.
    let found = Found::read(&mut transaction, tables, schema).await?;
    let steps = found.steps(tables)?;
    if !steps.is_empty() {
        carry_out(&mut transaction, (tables, schema, &found), steps).await?;
    }
    let epoch = Found::read(&mut transaction, tables, schema).await?.epoch();
    transaction.commit().await?;
    Ok(epoch)
}

/// Whether the tables may still be written by this program, which looked at them before.
///
/// # Errors
/// As of [`prepare`]: another program may have brought the tables up to date since.
pub(crate) async fn check(
    connection: &mut PgConnection,
    tables: &Tables,
    schema: &str,
) -> Result<(), Failure> {
    Found::read(connection, tables, schema).await?.steps(tables).map(drop)
}

/// What is there.
#[derive(Debug)]
struct Found {
    /// The numbers of the parts.
    parts: BTreeMap<String, i64>,
    /// The columns of every table with their types.
    columns: BTreeMap<String, BTreeMap<String, String>>,
    /// The indexes of every table with the texts that made them, where it is known.
    indexes: BTreeMap<String, BTreeMap<String, Option<String>>>,
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

/// What is to be done to the indexes of a kind.
#[derive(Debug)]
struct Indexing {
    drop: Vec<String>,
    create: BTreeMap<String, String>,
}

impl Found {
    async fn read(connection: &mut PgConnection, tables: &Tables, schema: &str) -> Result<Self, Failure> {
        let mut found = Self { parts: BTreeMap::new(), columns: BTreeMap::new(), indexes: BTreeMap::new() };
        for row in sqlx::query(COLUMNS).bind(schema).fetch_all(&mut *connection).await? {
            let table: &mut BTreeMap<_, _> = found.columns.entry(row.try_get(0)?).or_default();
            table.insert(row.try_get(1)?, row.try_get(2)?);
        }
        for row in sqlx::query(INDEXES).bind(schema).fetch_all(&mut *connection).await? {
            let table: &mut BTreeMap<_, _> = found.indexes.entry(row.try_get(0)?).or_default();
            table.insert(row.try_get(1)?, row.try_get(2)?);
        }
        if found.columns.contains_key("okno_schema") {
            let text = format!("SELECT part, number FROM {}", tables.own("okno_schema"));
            for row in Postgres::rows(connection, Statement::new(Dialect::Postgres, text)).await? {
                found.parts.insert(row.text(0)?.to_owned(), row.int(1)?);
            }
        }
        Ok(found)
    }

    fn epoch(&self) -> i64 {
        self.parts.get(EPOCH).copied().unwrap_or(0)
    }

    /// The number of a part; `None` when it is not there.
    fn number(&self, part: &str, known: u32) -> Result<Option<u32>, StoreError> {
        let Some(found) = self.parts.get(part) else { return Ok(None) };
        let found = u32::try_from(*found).unwrap_or(u32::MAX);
        if found > known {
            return Err(StoreError::NewerSchema { what: part.to_owned(), found, known });
        }
        Ok(Some(found))
    }

    fn steps<'a>(&self, tables: &'a Tables) -> Result<Vec<Step<'a>>, Failure> {
        let known = u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX);
        let done = self.number(STORE, known)?.unwrap_or(0);
        let mut steps = Vec::new();
        if done < known {
            steps.push(Step::Migrate { from: done as usize });
        } else {
            let mut lost = own_indexes(MIGRATIONS);
            lost.retain(|name, _| !self.indexes.values().any(|there| there.contains_key(*name)));
            steps.extend(lost.into_iter().map(|(index, text)| Step::Remake { index, text }));
        }
        for table in tables.iter() {
            let kind = table.kind;
            match self.number(kind.name, kind.schema)? {
                None => steps.push(Step::Create(table)),
                Some(found) if found < kind.schema => steps.push(Step::Rebuild(table)),
                Some(found) if self.columns.get(kind.name) != Some(&columns(table)) => {
                    return Err(changed(kind.name, found).into());
                }
                Some(_) => steps.extend(self.indexing(table).map(|indexing| Step::Index(table, indexing))),
            }
        }
        Ok(steps)
    }

    /// What makes the indexes of a table those of its kind: each has the text that made it as its comment.
    fn indexing(&self, table: &Table) -> Option<Indexing> {
        let mut create = kind_table::indexes(table);
        let mut drop = Vec::new();
        for (name, text) in self.indexes.get(table.kind.name).into_iter().flatten() {
            if text.is_some() && create.get(name) == text.as_ref() {
                create.remove(name);
            } else if kind_table::is_own_index(table, name) {
                drop.push(name.clone());
            }
        }
        let same = drop.is_empty() && create.is_empty();
        (!same).then_some(Indexing { drop, create })
    }
}

async fn carry_out(
    connection: &mut PgConnection,
    (tables, schema, found): (&Tables, &str, &Found),
    steps: Vec<Step<'_>>,
) -> Result<(), Failure> {
    let parts = tables.own("okno_schema");
    let mut script = Script { text: String::new(), parts, schema };
    for step in steps {
        match step {
            Step::Migrate { from } => {
                if from == 0 {
                    begin(connection, &mut script).await?;
                }
                for migration in &MIGRATIONS[from..] {
                    script.add(&migration.replace("{schema}", &quoted(schema)));
                }
                script.record(STORE, u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX));
            }
            Step::Create(table) => {
                script.add(&kind_table::create(table));
                script.index(kind_table::indexes(table));
                script.add(&kind_table::create_key(table));
                script.record(table.kind.name, table.kind.schema);
            }
            Step::Rebuild(table) => {
                tracing::info!(kind = table.kind.name, schema = table.kind.schema, "rebuilding a kind");
                let there = found.indexes.get(table.kind.name).into_iter().flatten().map(|(name, _)| name);
                script.drop(there.filter(|name| kind_table::is_own_index(table, name)));
                script.alter(table, found.columns.get(table.kind.name));
                script.run(connection).await?;
                fill(connection, tables, table).await?;
                script.index(kind_table::indexes(table));
                script.record(table.kind.name, table.kind.schema);
            }
            Step::Index(table, indexing) => {
                tracing::info!(kind = table.kind.name, ?indexing, "changing the indexes of a kind");
                script.drop(&indexing.drop);
                script.index(indexing.create);
            }
            Step::Remake { index, text } => {
                tracing::warn!(index, "making an index again that was lost");
                script.add(&text.replace("{schema}", &quoted(schema)));
            }
        }
    }
    script.add(&format!("UPDATE {} SET number = number + 1 WHERE part = '{EPOCH}'", script.parts));
    script.run(connection).await
}

/// Makes the schema, where there is none, and the table of its parts.
async fn begin(connection: &mut PgConnection, script: &mut Script<'_>) -> Result<(), Failure> {
    let row =
        sqlx::query("SELECT current_setting('server_encoding'), to_regnamespace(quote_ident($1)) IS NULL");
    let row = row.bind(script.schema).fetch_one(connection).await?;
    let encoding: String = row.try_get(0)?;
    if encoding != "UTF8" {
        let source = format!("its encoding is `{encoding}`, and `UTF8` is needed").into();
        return Err(StoreError::Unstorable { what: "the database".to_owned(), source }.into());
    }
    if row.try_get(1)? {
        script.add(&format!("CREATE SCHEMA {}", quoted(script.schema)));
    }
    let parts = script.parts.clone();
    script.add(&format!(
        "CREATE TABLE {parts} (part TEXT COLLATE \"C\" NOT NULL PRIMARY KEY, number BIGINT NOT NULL)"
    ));
    script.add(&format!("INSERT INTO {parts} VALUES ('{EPOCH}', 0)"));
    Ok(())
}

/// Fills the columns of every row from its body. A row with searched texts that has no number yet gets the next one of its
/// tenant.
async fn fill(connection: &mut PgConnection, tables: &Tables, table: &Table) -> Result<(), Failure> {
    let number = if table.is_searched() { "\"row_number\"" } else { "NULL::bigint" };
    let select = format!(
        "SELECT \"tenant\", \"id\", \"row_version\", \"position\", \"row_schema\", \"row_body\", {number} FROM {} \
         WHERE (\"tenant\", \"id\") > ($1, $2) ORDER BY \"tenant\", \"id\" LIMIT {REBUILD_ROWS}",
        table.name
    );
    // No record has the first id of all.
    let mut after = (uuid::Uuid::nil(), uuid::Uuid::nil());
    loop {
        let mut page = Statement::new(Dialect::Postgres, select.clone());
        page.args.extend([Arg::Id(after.0), Arg::Id(after.1)]);
        let found = Postgres::rows(connection, page).await?;
        let Some(last) = found.last() else { return Ok(()) };
        after = (last.id(0)?, last.id(1)?);
        let mut rows = Lists::new(kind_table::columns(table));
        for row in &found {
            let (schema, body) = (row.small(4)?, row.text(5)?);
            let record = PreparedRecord::new(&*(table.kind.decode)(schema, body)?, false)?;
            let (id, version, position) = (row.id(1)?, Version(row.number(2)?), row.number(3)?);
            let number = match row.some_int(6)? {
                None if table.is_searched() => Some(next_number(connection, tables, row.id(0)?).await?),
                known => known,
            };
            let of_kind =
                KindRow { id, version, position, schema, number, same_texts: false, record: &record, body };
            let args = kind_table::args(table, &of_kind)?;
            rows.push([Arg::Id(row.id(0)?)].into_iter().chain(args));
        }
        let behind = kind_table::selected(table, "0");
        let text = format!(
            "{} SELECT v.\"tenant\", v.\"id\", v.\"row_version\", v.\"position\"{behind} FROM ",
            kind_table::insert(table)
        );
        let mut sql = Statement::new(Dialect::Postgres, text);
        rows.write(&mut sql);
        sql.push(&kind_table::replace(table));
        bound(sql)?.execute(&mut *connection).await?;
    }
}

/// The next number of a tenant's searched records.
async fn next_number(
    connection: &mut PgConnection,
    tables: &Tables,
    tenant: uuid::Uuid,
) -> Result<i64, Failure> {
    let head = tables.own("okno_head");
    let text = format!("UPDATE {head} SET texts = texts + 1 WHERE tenant = $1 RETURNING texts");
    let mut sql = Statement::new(Dialect::Postgres, text);
    sql.args.push(Arg::Id(tenant));
    let found = Postgres::rows(connection, sql).await?;
    Ok(found.first().ok_or(sqlx::Error::RowNotFound)?.int(0)?)
}

/// Statements that are sent together.
#[derive(Debug)]
struct Script<'a> {
    text: String,
    /// The table of the parts.
    parts: String,
    schema: &'a str,
}

impl Script<'_> {
    fn add(&mut self, statement: &str) {
        self.text.push_str(statement);
        self.text.push_str(";\n");
    }

    fn record(&mut self, part: &str, number: u32) {
        let parts = &self.parts;
        // Names of parts are plain.
        let text = format!(
            "INSERT INTO {parts} VALUES ('{part}', {number}) ON CONFLICT (part) DO UPDATE SET number = excluded.number"
        );
        self.add(&text);
    }

    /// Makes indexes; what made each stands in its comment.
    fn index(&mut self, indexes: BTreeMap<String, String>) {
        for (name, text) in indexes {
            self.add(&text);
            let index = format!("{}.{}", quoted(self.schema), quoted(&name));
            self.add(&format!("COMMENT ON INDEX {index} IS '{}'", text.replace('\'', "''")));
        }
    }

    fn drop<'n>(&mut self, indexes: impl IntoIterator<Item = &'n String>) {
        for name in indexes {
            self.add(&format!("DROP INDEX {}.{}", quoted(self.schema), quoted(name)));
        }
    }

    /// Adds the columns that a kind has now, and drops those that it has no more, or with another type.
    fn alter(&mut self, table: &Table, there: Option<&BTreeMap<String, String>>) {
        let empty = BTreeMap::new();
        let (there, wanted) = (there.unwrap_or(&empty), columns(table));
        for (name, _) in there.iter().filter(|(name, ty)| wanted.get(*name) != Some(ty)) {
            self.add(&format!("ALTER TABLE {} DROP COLUMN {}", table.name, quoted(name)));
        }
        for (name, kept) in kind_table::columns(table) {
            let (back, ty) = kind_table::column_type(kept);
            if there.get(name.trim_matches('"')).is_none_or(|there| there != back) {
                self.add(&format!("ALTER TABLE {} ADD COLUMN {name} {ty}", table.name));
            }
        }
    }

    async fn run(&mut self, connection: &mut PgConnection) -> Result<(), Failure> {
        let text = std::mem::take(&mut self.text);
        sqlx::raw_sql(AssertSqlSafe(text)).execute(connection).await?;
        Ok(())
    }
}

/// The columns of a kind's table with their types, as PostgreSQL names them.
fn columns(table: &Table) -> BTreeMap<String, String> {
    let columns = kind_table::columns(table).into_iter();
    let named =
        columns.map(|(name, kept)| (name.trim_matches('"').to_owned(), kind_table::column_type(kept).0));
    named.map(|(name, ty)| (name, ty.to_owned())).collect()
}

fn changed(kind: &str, schema: u32) -> StoreError {
    let why = format!("its columns are not those that schema {schema} wrote; a change needs a higher number");
    StoreError::Unstorable { what: format!("the kind `{kind}`"), source: why.into() }
}

const COLUMNS: &str = "SELECT c.relname::text, a.attname::text, format_type(a.atttypid, NULL) \
     FROM pg_namespace AS n JOIN pg_class AS c ON c.relnamespace = n.oid JOIN pg_attribute AS a ON a.attrelid = c.oid \
     WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped";
const INDEXES: &str = "SELECT t.relname::text, i.relname::text, obj_description(i.oid, 'pg_class') \
     FROM pg_namespace AS n JOIN pg_class AS t ON t.relnamespace = n.oid JOIN pg_index AS x ON x.indrelid = t.oid \
     JOIN pg_class AS i ON i.oid = x.indexrelid WHERE n.nspname = $1";
const REBUILD_ROWS: usize = 512;
