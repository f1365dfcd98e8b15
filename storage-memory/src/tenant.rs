use std::ops::RangeInclusive;

use imbl::{OrdMap, OrdSet, Vector};
use okno::base::CommandId;
use okno::store::{
    ClaimKey, DecodeError, Event, Head, JournalRead, Key, Kind, Loaded, Lookup, Read, RecordWrite,
    Remembered, StoreError, View,
};
use uuid::Uuid;

use crate::table::Table;

/// Everything of one tenant but its timers and effects. A clone is cheap and shares what neither side changes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tenant {
    pub(crate) head: Head,
    pub(crate) receipts: OrdMap<CommandId, Remembered>,
    /// How many records with searched texts were ever written.
    pub(crate) born: u64,
    tables: Vec<Table>,
    claims: OrdMap<ClaimKey, Uuid>,
    /// The event of position n stands at n - 1.
    journal: Vector<Event>,
    /// Positions by the id of the subject; two kinds seldom share an id.
    subjects: OrdSet<(Uuid, u64)>,
}

impl Tenant {
    /// Writes or deletes a record.
    pub(crate) fn write(&mut self, key: Key, write: RecordWrite) {
        let RecordWrite { after: version, position, record, born, .. } = write;
        let row = record.map(|record| Loaded { version, position, record });
        let number = born.map(|born| self.born + born);
        self.table_mut(key.kind).write(key.id, row, number);
    }

    /// Whether the texts of a kind can be searched.
    pub(crate) fn is_searchable(&self, kind: &Kind) -> bool {
        self.table(kind).is_none_or(Table::is_searchable)
    }

    /// Makes the index of a kind's texts.
    pub(crate) fn make_searchable(&mut self, kind: &Kind) {
        if let Some(table) = self.tables.iter_mut().find(|table| table.kind == kind) {
            table.make_searchable();
        }
    }

    /// Gives a value to an owner or to nobody.
    pub(crate) fn set_owner(&mut self, claim: ClaimKey, owner: Option<Uuid>) {
        match owner {
            Some(owner) => self.claims.insert(claim, owner),
            None => self.claims.remove(&claim),
        };
    }

    /// Adds the next event to the journal.
    pub(crate) fn append(&mut self, event: Event) {
        // Invariant: admission gives positions without a gap.
        debug_assert_eq!(event.position, self.journal.len() as u64 + 1);
        self.subjects.insert((event.subject.id, event.position));
        self.journal.push_back(event);
    }

    /// Gives an event of the journal another fact.
    pub(crate) fn replace(&mut self, event: Event) {
        let place = event.position.checked_sub(1).and_then(|place| usize::try_from(place).ok());
        if let Some(stands) = place.and_then(|place| self.journal.get_mut(place)) {
            *stands = event;
        }
    }

    /// Gathers the events about a record, up to a position, as they stand without their content.
    pub(crate) fn blank(&self, subject: Key, upto: u64, blanked: &mut Vec<Event>) -> Result<(), StoreError> {
        for event in self.of_subject(subject, 1..=upto) {
            let unreadable = |source| DecodeError { kind: event.subject.kind.name, source };
            if event.fact.content().map_err(unreadable)?.is_some() {
                let body = event.fact.encode().map_err(unreadable)?;
                blanked.push(Event { fact: (subject.kind.decode_event)(&body, None)?, ..event.clone() });
            }
        }
        Ok(())
    }

    /// Answers a read.
    pub(crate) fn load(&self, read: Read) -> View {
        let Read { keys, lookups, claims, command, .. } = read;
        View {
            head: self.head,
            records: keys.into_iter().map(|key| (key, self.record(key).cloned())).collect(),
            lookups: lookups
                .into_iter()
                .map(|lookup| {
                    let found = self.look_up(&lookup);
                    (lookup, found)
                })
                .collect(),
            claims: claims
                .into_iter()
                .map(|claim| {
                    let owner = self.owner(&claim);
                    (claim, owner)
                })
                .collect(),
            first: command.and_then(|command| self.receipts.get(&command).cloned()),
        }
    }

    /// Reads a part of the journal.
    pub(crate) fn events(&self, read: &JournalRead) -> Vec<Event> {
        let Some(subject) = read.subject else {
            let after = usize::try_from(read.after).unwrap_or(usize::MAX).min(self.journal.len());
            return self.journal.focus().narrow(after..).into_iter().take(read.limit).cloned().collect();
        };
        let Some(first) = read.after.checked_add(1) else { return Vec::new() };
        self.of_subject(subject, first..=u64::MAX).take(read.limit).cloned().collect()
    }

    /// The events about a record at positions, in order.
    fn of_subject(&self, subject: Key, at: RangeInclusive<u64>) -> impl Iterator<Item = &Event> {
        let (first, last) = at.into_inner();
        // A range that ends before it begins holds nothing.
        let range = (first <= last).then(|| self.subjects.range((subject.id, first)..=(subject.id, last)));
        let positions = range.into_iter().flatten().map(|(_, position)| *position);
        let events = positions.filter_map(|position| self.journal.get(usize::try_from(position - 1).ok()?));
        events.filter(move |event| event.subject == subject)
    }

    /// A record.
    pub(crate) fn record(&self, key: Key) -> Option<&Loaded> {
        self.table(key.kind)?.row(key.id)
    }

    /// The owner of a value.
    pub(crate) fn owner(&self, claim: &ClaimKey) -> Option<Uuid> {
        self.claims.get(claim).copied()
    }

    /// The rows of a kind, when there ever were any.
    pub(crate) fn table(&self, kind: &Kind) -> Option<&Table> {
        self.tables.iter().find(|table| table.kind == kind)
    }

    /// The rows of a kind. A tenant has so few kinds that they stand in a row.
    fn table_mut(&mut self, kind: &'static Kind) -> &mut Table {
        let place = self.tables.iter().position(|table| table.kind == kind).unwrap_or_else(|| {
            self.tables.push(Table::new(kind));
            self.tables.len() - 1
        });
        &mut self.tables[place]
    }

    fn look_up(&self, lookup: &Lookup) -> Vec<Loaded> {
        let Some(table) = self.table(lookup.kind) else { return Vec::new() };
        let mut ids = table.look_up(&lookup.equal);
        ids.sort_unstable();
        ids.truncate(lookup.limit);
        ids.into_iter().filter_map(|id| table.row(id).cloned()).collect()
    }
}
