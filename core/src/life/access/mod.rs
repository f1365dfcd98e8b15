//! Who may do what: actors, and the one policy that yields both the point check and the filter of every list.
//!
//! A [`Policy`] turns the actor's involvement, places on lines and grants into an expression over the columns of a
//! request. Lists conjoin it, and single requests are held against the same expression, so that what is listed is
//! exactly what is readable.

mod actor;
mod policy;

pub use actor::Actor;
pub use policy::Policy;

#[cfg(test)]
mod tests;
