//! What every SQL dialect shares: the tables of kinds, statements with arguments, conditions and pages as SQL.

mod filter;
mod groups;
mod page;
mod places;
mod prepare;
mod statement;
mod table;

pub(crate) use groups::{buckets, values};
pub(crate) use page::{PageColumns, count, page};
pub(crate) use prepare::{PreparedFact, PreparedRecord, int, position, prepare};
pub(crate) use statement::{Arg, Dialect, Statement, date_of};
pub(crate) use table::{Table, TableColumn, Tables};
