//! Rows, and where their tenant stood when they were read.

use okno::base::TenantId;
use okno::store::{Head, StoreError};

use super::before::head;
use super::database::Sql;
use super::row::SqlRow as _;
use super::statement::{Arg, Statement};
use super::table::Tables;

/// A statement to whose rows the tenant's head is added, so that both are of one moment and of one trip.
#[derive(Debug)]
pub(crate) struct Headed {
    statement: Statement,
    /// The columns of its rows; behind them stands the head, in a row of its own.
    columns: usize,
}

impl Headed {
    /// Adds the head to a statement whose rows have so many columns.
    pub(crate) fn new(
        tables: &Tables,
        tenant: TenantId,
        (mut statement, columns): (Statement, usize),
    ) -> Self {
        statement.text.insert_str(0, "SELECT p.*, NULL, NULL, NULL FROM (");
        statement.push(") AS p UNION ALL SELECT ");
        statement.push(&"NULL, ".repeat(columns));
        let heads = tables.own("okno_head");
        statement.put(format_args!("position, directory, blueprint FROM {heads} WHERE tenant = "));
        statement.bind(Arg::Id(tenant.0));
        Self { statement, columns }
    }

    /// Reads the rows and the head; a tenant that never wrote anything stands at the beginning.
    pub(crate) async fn read<D: Sql, T: Send + Unpin>(
        self,
        connection: &mut D::Connection,
        mut read: impl FnMut(D::Row) -> Result<T, StoreError> + Send,
    ) -> Result<(Vec<T>, Head), D::Failure> {
        let (behind, mut found) = (self.columns, Head::default());
        let rows = D::each(connection, self.statement, |row| {
            if row.some_int(behind)?.is_none() {
                return read(row).map(Some);
            }
            found = head(&row, behind)?;
            Ok(None)
        });
        let rows = rows.await?;
        Ok((rows.into_iter().flatten().collect(), found))
    }
}
