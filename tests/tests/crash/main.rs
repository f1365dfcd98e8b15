//! Processes that are killed, stopped and set against each other, and what an auditor finds in the store afterwards.
//!
//! `OKNO_CRASH_ROUNDS=50 cargo test -p okno-tests --test crash` kills that often.

mod ground;
mod kills;
mod nodes;
mod surroundings;
