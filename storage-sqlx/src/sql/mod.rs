//! What every database shares: the tables of kinds, statements with arguments, conditions and pages as SQL, and what is
//! read back from their rows.

mod answer;
mod before;
mod database;
mod filter;
mod gather;
mod groups;
mod headed;
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
mod together;
mod work;

pub(crate) use answer::answer;
pub(crate) use before::{Before, digest, head};
pub(crate) use database::Sql;
pub(crate) use gather::{Gathering, Turn};
#[cfg(test)]
pub(crate) use groups::{buckets, values};
pub(crate) use journal::events;
#[cfg(test)]
pub(crate) use load::find;
pub(crate) use load::view;
pub(crate) use own::own_indexes;
#[cfg(test)]
pub(crate) use page::{count, page};
pub(crate) use prepare::{PreparedFact, PreparedRecord, int, position, prepare};
pub(crate) use row::{SqlRow, corrupt};
#[cfg(feature = "postgres")]
pub(crate) use statement::Kept;
pub(crate) use statement::{Arg, Dialect, Statement};
#[cfg(feature = "sqlite")]
pub(crate) use table::TableColumn;
#[cfg(feature = "postgres")]
pub(crate) use table::quoted;
#[cfg(feature = "sqlite")]
pub(crate) use table::text_index;
pub(crate) use table::{Table, Tables};
#[cfg(feature = "postgres")]
pub(crate) use text::tsvector;
#[cfg(feature = "sqlite")]
pub(crate) use text::{NUMBER_BITS, PreparedTexts};
pub(crate) use together::{All, Asked, ReadsTogether, is_shared};
pub(crate) use work::{leased, work_list};
