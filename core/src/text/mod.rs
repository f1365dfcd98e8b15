//! Texts as they are searched: their words, what people look for, and what of a text is shown as found.
//!
//! A text becomes a sequence of tokens ([`tokens`]), the only thing about it that a store indexes; the words of a query
//! become tokens in the same way ([`TextQuery`]). No database analyses anything, so that every store finds the same.
//!
//! A word is what Unicode calls a word, further cut where letters meet digits and at every sign: `ТН-2041/Б` is `тн`,
//! `2041`, `б`, and `ivan@example.org` is `ivan`, `example`, `org`. What a query names without a space in between is looked
//! for as those tokens in a row, so that a code or an address is found as a whole and by its parts. Words are folded to
//! their keys and cut to their stems, Russian or English by their letters; numbers lose leading zeros. Whoever changes how
//! words become tokens raises the schema numbers of the kinds with searched texts, so that stores index them anew.

mod query;
mod snippet;
mod stem;
mod words;

pub use query::{Term, TextQuery, TextQueryError, Wanted};
pub use snippet::Snippet;
pub use words::tokens;

#[cfg(test)]
mod tests;
