//! The same rows written to a copy of the engine's database without an engine.

use std::collections::BTreeMap;

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
use tokio::task::JoinSet;

use super::bare::{Cell, Name, bind_postgres};
use super::center::{Failed, TENANT};
use super::cost::{Cost, Watch};
use super::rows::{Change, ChangeKind, Written};
use super::sqlite::GROUP;

/// How rows are written without an engine.
#[derive(Debug)]
pub(super) enum PgBaseline {
    /// One connection, one statement for each operation.
    Single(PgConnection),
    /// Several connections, each with multi-row statements and 64 operations in a transaction.
    Grouped(Vec<PgConnection>),
}

/// Connections of the baseline that has several.
const CONNECTIONS: usize = 8;

impl PgBaseline {
    /// Connects for one statement an operation.
    ///
    /// # Errors
    /// What PostgreSQL reports.
    pub(super) async fn single(url: &str) -> Result<Self, Failed> {
        Ok(Self::Single(connect(url).await?))
    }

    /// Connects for groups.
    ///
    /// # Errors
    /// What PostgreSQL reports.
    pub(super) async fn grouped(url: &str) -> Result<Self, Failed> {
        let mut connections = Vec::new();
        for _ in 0..CONNECTIONS {
            connections.push(connect(url).await?);
        }
        Ok(Self::Grouped(connections))
    }

    /// Writes the rows of many operations.
    ///
    /// # Errors
    /// What PostgreSQL reports.
    pub(super) async fn write(
        &mut self,
        operations: &[Written],
        position: i64,
        postmaster: Option<u32>,
    ) -> Result<Cost, Failed> {
        match self {
            Self::Single(connection) => {
                let prepared: Vec<Prepared> =
                    operations.iter().map(|changes| whole(changes, position)).collect();
                let watch = Watch::start(postmaster);
                for statement in prepared {
                    statement.run(connection).await?;
                }
                Ok(watch.stop(operations.len()))
            }
            Self::Grouped(connections) => {
                let groups: Vec<_> = operations.chunks(GROUP).map(grouped).collect();
                let watch = Watch::start(postmaster);
                let mut shares: Vec<Vec<Vec<Prepared>>> = connections.iter().map(|_| Vec::new()).collect();
                let places = shares.len();
                for (n, group) in groups.into_iter().enumerate() {
                    shares[n % places].push(group);
                }
                let mut running = JoinSet::new();
                for (connection, share) in connections.drain(..).zip(shares) {
                    running.spawn(in_transactions(connection, share));
                }
                while let Some(done) = running.join_next().await {
                    connections.push(done??);
                }
                Ok(watch.stop(operations.len()))
            }
        }
    }
}

async fn connect(url: &str) -> Result<PgConnection, Failed> {
    let mut connection = PgConnection::connect(url).await?;
    connection.execute("SET search_path TO okno").await?;
    Ok(connection)
}

async fn in_transactions(
    mut connection: PgConnection,
    groups: Vec<Vec<Prepared>>,
) -> Result<PgConnection, Failed> {
    for group in groups {
        connection.execute("BEGIN").await?;
        for statement in group {
            statement.run(&mut connection).await?;
        }
        connection.execute("COMMIT").await?;
    }
    Ok(connection)
}

/// A statement with its arguments.
#[derive(Debug, Default)]
struct Prepared {
    text: String,
    values: Vec<(Cell, String)>,
}

impl Prepared {
    async fn run(self, connection: &mut PgConnection) -> Result<(), Failed> {
        let query = sqlx::query(AssertSqlSafe(self.text));
        let bound = self.values.iter().fold(query, |query, (cell, ty)| bind_postgres(query, cell, ty));
        bound.execute(connection).await?;
        Ok(())
    }

    /// Adds an argument and gives its place, with its type.
    fn bind(&mut self, name: &Name, cell: &Cell) -> String {
        self.values.push((cell.clone(), name.ty.clone()));
        format!("${}::{}", self.values.len(), name.ty)
    }

    fn row(&mut self, names: &[Name], cells: &[Cell]) -> String {
        let places: Vec<_> = names.iter().zip(cells).map(|(name, cell)| self.bind(name, cell)).collect();
        format!("({})", places.join(", "))
    }

    /// The statement for rows of one table that are written alike.
    fn change(&mut self, changes: &[&Change]) -> String {
        let Some(first) = changes.first() else { return String::new() };
        let names = |columns: &[Name]| {
            columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>().join(", ")
        };
        let (columns, keys) = (names(&first.columns), names(&first.key));
        let rows: Vec<_> = changes
            .iter()
            .map(|change| {
                let all: Vec<_> = change.columns.iter().chain(&change.key).cloned().collect();
                let cells: Vec<_> = change.values.iter().chain(&change.keys).cloned().collect();
                self.row(&all, &cells)
            })
            .collect();
        let (table, rows) = (first.table, rows.join(", "));
        let equal: Vec<_> = first.key.iter().map(|column| format!("t.{0} = v.k_{0}", column.name)).collect();
        let of_key =
            first.key.iter().map(|column| format!("k_{}", column.name)).collect::<Vec<_>>().join(", ");
        match first.kind {
            ChangeKind::Insert => format!("INSERT INTO {table} ({columns}) VALUES {rows}"),
            ChangeKind::Update => {
                let set: Vec<_> =
                    first.columns.iter().map(|column| format!("{0} = v.{0}", column.name)).collect();
                format!(
                    "UPDATE {table} AS t SET {} FROM (VALUES {rows}) AS v ({columns}, {of_key}) WHERE {}",
                    set.join(", "),
                    equal.join(" AND ")
                )
            }
            ChangeKind::Delete => format!("DELETE FROM {table} WHERE ({keys}) IN (VALUES {rows})"),
        }
    }
}

/// Everything that an operation writes, as one statement.
fn whole(changes: &Written, position: i64) -> Prepared {
    let mut prepared = Prepared::default();
    let parts: Vec<String> = alike(changes.iter())
        .into_values()
        .enumerate()
        .map(|(n, changes)| format!("w{n} AS ({})", prepared.change(&changes)))
        .collect();
    let int = |cell: Cell, ty: &str| (cell, ty.to_owned());
    prepared.values.extend([int(Cell::Int(position), "INT8"), int(Cell::Id(TENANT.0), "UUID")]);
    let places = prepared.values.len();
    prepared.text = format!(
        "WITH {} UPDATE okno_head SET position = ${} WHERE tenant = ${places}",
        parts.join(", "),
        places - 1
    );
    prepared
}

/// Everything that a group of operations writes, as one statement for each table and set of columns.
fn grouped(operations: &[Written]) -> Vec<Prepared> {
    let statements = alike(operations.iter().flatten()).into_values().map(|changes| {
        let mut prepared = Prepared::default();
        prepared.text = prepared.change(&changes);
        prepared
    });
    statements.collect()
}

/// Changes by what one statement can write.
fn alike<'a>(
    changes: impl Iterator<Item = &'a Change>,
) -> BTreeMap<(&'static str, ChangeKind, &'a [Name]), Vec<&'a Change>> {
    let mut alike: BTreeMap<_, Vec<&Change>> = BTreeMap::new();
    for change in changes {
        alike.entry((change.table, change.kind, &*change.columns)).or_default().push(change);
    }
    alike
}
