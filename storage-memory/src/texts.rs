//! The index of searched texts: which rows hold a token.

use std::collections::BTreeSet;
use std::sync::Arc;

use imbl::{OrdMap, OrdSet};
use okno::store::{Loaded, TextFilter};
use okno::text::{Term, Wanted, tokens};
use uuid::Uuid;

/// Rows by the tokens of their texts and by their numbers. A clone is cheap.
#[derive(Debug, Clone, Default)]
pub(crate) struct TextIndex {
    ids: OrdMap<u64, Uuid>,
    /// The numbers of the rows that hold a token in the text at a place.
    holding: OrdMap<(usize, Arc<str>), OrdSet<u64>>,
}

impl TextIndex {
    /// Adds a row.
    pub(crate) fn insert(&mut self, number: u64, row: &Loaded) {
        self.ids.insert(number, row.record.id());
        for entry in entries(row) {
            self.holding.entry(entry).or_default().insert(number);
        }
    }

    /// Takes a row out.
    pub(crate) fn remove(&mut self, number: u64, row: &Loaded) {
        self.ids.remove(&number);
        for entry in entries(row) {
            if let Some(numbers) = self.holding.get_mut(&entry) {
                numbers.remove(&number);
                if numbers.is_empty() {
                    self.holding.remove(&entry);
                }
            }
        }
    }

    /// The rows that may meet a filter, each with its number, the one written last first: they hold all of its words in one
    /// text, in whatever order.
    pub(crate) fn candidates<'a>(
        &'a self,
        filter: &TextFilter,
        places: impl Iterator<Item = usize>,
    ) -> impl Iterator<Item = (u64, Uuid)> + 'a {
        let words: Vec<&Wanted> = filter.query.terms().iter().flat_map(Term::words).collect();
        let mut numbers = BTreeSet::new();
        for place in places {
            let sets = words.iter().map(|wanted| self.having(place, wanted));
            numbers.extend(sets.reduce(|all, set| &all & &set).unwrap_or_default());
        }
        numbers.into_iter().rev().filter_map(|number| Some((number, *self.ids.get(&number)?)))
    }

    /// The numbers of the rows whose text at a place holds a word.
    fn having(&self, place: usize, wanted: &Wanted) -> BTreeSet<u64> {
        let exactly = |token: &str| self.holding.get(&(place, token.into())).into_iter().flatten().copied();
        match wanted {
            Wanted::Token(token) => exactly(token).collect(),
            Wanted::Beginning { beginning, token } => {
                let from = (place, Arc::from(&**beginning));
                let begun = self.holding.range(from..);
                let begun =
                    begun.take_while(|((at, found), _)| *at == place && found.starts_with(&**beginning));
                begun.flat_map(|(_, numbers)| numbers).copied().chain(exactly(token)).collect()
            }
        }
    }
}

/// Whether one of the texts of a row has every term.
pub(crate) fn has(row: &Loaded, filter: &TextFilter, mut places: impl Iterator<Item = usize>) -> bool {
    // Words that need not stand in a row were found by the index.
    let in_a_row = filter.query.terms().iter().any(|term| term.words().len() > 1);
    let matches = |text: &str| filter.query.matches(&tokens(text));
    !in_a_row || places.any(|place| row.record.text(place).is_some_and(matches))
}

/// What the texts of a row hold.
fn entries(row: &Loaded) -> BTreeSet<(usize, Arc<str>)> {
    let texts = row.record.kind().texts.iter().enumerate();
    let texts = texts.filter_map(|(place, _)| Some((place, row.record.text(place)?)));
    texts
        .flat_map(|(place, text)| tokens(text).into_iter().flatten().map(move |token| (place, token.into())))
        .collect()
}
