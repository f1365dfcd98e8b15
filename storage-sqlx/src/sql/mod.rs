//! What every database shares: the tables of kinds, statements with arguments, conditions and pages as SQL, and what is
//! read back from their rows.

mod answer;
mod before;
mod database;
mod filter;
mod groups;
mod journal;
mod load;
mod own;
mod page;
mod places;
mod prepare;
mod row;
mod statement;
mod table;
mod text;
mod work;

pub(crate) use answer::answer;
pub(crate) use before::{Before, digest};
pub(crate) use database::Sql;
#[cfg(test)]
pub(crate) use groups::{buckets, values};
pub(crate) use journal::events;
#[cfg(test)]
pub(crate) use load::find;
pub(crate) use load::{loaded, view};
pub(crate) use own::own_indexes;
#[cfg(test)]
pub(crate) use page::{count, page};
pub(crate) use prepare::{PreparedFact, PreparedRecord, int, position, prepare};
pub(crate) use row::{SqlRow, corrupt};
pub(crate) use statement::{Arg, Dialect, Kept, Statement};
pub(crate) use table::{Table, TableColumn, Tables, quoted, text_index};
pub(crate) use text::{NUMBER_BITS, PreparedTexts, tsvector};
pub(crate) use work::{leased, work_list};
