//! The one condition language: typed terms over named fields.
//!
//! A [`Condition`] is plain data that people and builders write. [`Condition::check`] holds it against
//! the fields that exist ([`Fields`]) and gives a typed [`Expr`], or every problem at once. An `Expr` is
//! evaluated over a [`Row`] without allocation, explains itself, and becomes a [`Filter`] for a store once
//! time and trees are filled in ([`Expr::ground`]).
//!
//! Logic is two-valued. A comparison with an absent operand is false, `!=` is "not `==`" and so true when
//! the operand is absent, and [`Condition::Has`] asks for presence.
//!
//! A field's value stands in a column of the row or in rows that belong to it ([`Place`]): tags, say, of which a row has
//! several, or the fields of a tenant's own dictionary. A term over such a field holds when one of those rows meets it.
//!
//! ```
//! use okno::condition::{Comparison, Condition};
//!
//! let urgent = Condition::all([
//!     Condition::compare("priority", Comparison::Le, 2),
//!     Condition::is_in("status", ["new", "classified"]),
//! ]);
//! let json = serde_json::to_string(&urgent).unwrap();
//! assert_eq!(serde_json::from_str::<Condition>(&json).unwrap(), urgent);
//! ```

mod check;
mod definition;
mod explain;
mod expr;
mod place;
mod value;

pub use check::{Field, FieldType, Fields};
pub use definition::{Comparison, Condition, Literal, ME, TextMatch};
pub use explain::Explanation;
pub use expr::{Env, Expr, FieldRef, Filter, Row, Slot, Unasked};
pub use place::{Place, Related, RelatedTerm};
pub use value::{Value, ValueRef};

#[cfg(test)]
mod tests;
