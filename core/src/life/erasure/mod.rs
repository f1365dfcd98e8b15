//! Erasing a person (стирание персональных данных): afterwards nothing says who a party is.
//!
//! An [`Erasure`] is carried out in slices. It erases the person's own record, then looks at every record of every kind
//! that holds texts, and then at the journal. What belongs to the person, or stands in a request of theirs, is blanked;
//! elsewhere their names and addresses are masked. Figures, statuses, times and timers stay as they are, and so does the
//! party's id, as a pseudonym. A table over every kind says what its records hold.

mod bundle;
mod command;
mod decide;
mod event;
mod part;
mod personal;
mod record;

pub use command::ErasureCommand;
pub(crate) use decide::{asks_for, decide, start};
pub use event::ErasureEvent;
pub(crate) use part::{Holds, Texts, Trace, Traces, part};
pub use record::{ERASURE, Erasure, Place};

#[cfg(test)]
mod tests;
