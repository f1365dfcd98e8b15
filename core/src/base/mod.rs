//! What every other module speaks: ids, instants and the ports they come from, text keys, decimals,
//! named limits and the list of problems that a check reports.
//!
//! Nothing here knows what a request is.

#[macro_use]
mod serde_text;
mod address;
mod code;
mod decimal;
mod id;
pub mod limits;
mod party;
mod ports;
mod problem;
mod text;
mod time;
mod words;
mod working_time;

pub use address::{Address, AddressError, Email, Messenger, Phone};
pub use code::{CodeError, check_code};
pub use decimal::{Decimal, DecimalError};
pub use id::{CommandId, IdError, TenantId, derived_id};
pub use party::{Channel, Party, PartyError, PartyKind};
pub use ports::{Clock, IdGen, Ids, ManualClock, RandomIds, SeededIds, SystemClock};
pub use problem::{Problem, Problems, Severity, closest};
pub use text::{Text, TextError, text_key};
pub use time::{Span, SpanError, TimeError, Timestamp};
pub use words::Words;
pub use working_time::WorkingTime;

pub(crate) use serde_text::{is_default, serde_as_text};

#[cfg(test)]
mod tests;
