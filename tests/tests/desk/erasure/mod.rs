//! Somebody who was erased is nowhere any more, and everything that is counted stands as before.

mod bench;
mod figures;
mod persons;
