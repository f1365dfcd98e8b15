use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use okno::base::limits::{JOURNAL_PAGE_MAX, LEASES_MAX};
use okno::condition::{Filter, Row, Slot, Value};
use okno::life::directory::{CONTACT, Contact};
use okno::life::request::{REQUEST, Request};
use okno::store::{
    ClaimKey, Event, Head, JournalRead, Key, Kind, Loaded, Query, Queue, Read, Remembered, Select, Store,
    Stored, WorkList, WorkState,
};
use okno::{CommandId, RequestId, TenantId};
use uuid::Uuid;

use super::Witness;

/// Everything that a store holds of a tenant, as its calls tell it.
#[derive(Debug, Clone)]
pub struct Holdings {
    /// The tenant.
    pub tenant: TenantId,
    /// Where it stands.
    pub head: Head,
    /// Its whole journal.
    pub journal: Vec<Event>,
    /// Every record.
    pub records: BTreeMap<Key, Loaded>,
    /// What the columns of every record say.
    pub columns: BTreeMap<Key, Vec<Value>>,
    /// Every timer and effect.
    pub work: Vec<Item>,
    /// What the commands of the journal and of the witness are answered when they are done again.
    pub answers: BTreeMap<CommandId, Remembered>,
    /// Who owns the addresses of contacts.
    pub owners: BTreeMap<ClaimKey, Option<Uuid>>,
}

/// A timer or an effect.
#[derive(Debug, Clone)]
pub struct Item {
    /// Where it stands.
    pub queue: Queue,
    /// Whether it was put aside.
    pub parked: bool,
    /// How it stands.
    pub state: WorkState,
}

impl Holdings {
    /// Reads everything.
    ///
    /// # Panics
    /// When the store cannot be read.
    pub async fn read(store: &dyn Store, tenant: TenantId, witness: &Witness) -> Self {
        let mut holdings = Self {
            tenant,
            head: load(store, Read::new(tenant)).await.head,
            journal: journal(store, tenant).await,
            records: BTreeMap::new(),
            columns: BTreeMap::new(),
            work: Vec::new(),
            answers: BTreeMap::new(),
            owners: BTreeMap::new(),
        };
        for kind in okno::kinds().iter() {
            holdings.read_kind(store, kind).await;
        }
        for queue in Queue::ALL {
            for parked in [false, true] {
                holdings.read_work(store, queue, parked).await;
            }
        }
        holdings.read_answers(store, witness).await;
        holdings.read_owners(store).await;
        holdings
    }

    /// The records of a kind, as their own type.
    pub fn all<T: Stored>(&self, kind: &'static Kind) -> impl Iterator<Item = Arc<T>> {
        let of_kind = self.records.iter().filter(move |(key, _)| key.kind == kind);
        of_kind.filter_map(|(_, loaded)| loaded.of::<T>())
    }

    /// A request.
    #[must_use]
    pub fn request(&self, id: RequestId) -> Option<Arc<Request>> {
        self.records.get(&REQUEST.key(id.0))?.of()
    }

    async fn read_kind(&mut self, store: &dyn Store, kind: &'static Kind) {
        let places = (0..kind.columns.len()).map(|n| Slot(n as u16).into()).collect();
        for select in [Select::Records, Select::Columns(places)] {
            let everything = Query::records(self.tenant, kind, Filter::everything());
            let mut query = Query { select, ..everything };
            loop {
                let page = store.query(query.clone()).await.expect("a kind can be read");
                for row in page.rows {
                    let key = kind.key(row.id);
                    match row.record {
                        Some(record) => drop(self.records.insert(key, record)),
                        None => drop(self.columns.insert(key, row.values)),
                    }
                }
                query.after = page.next;
                if query.after.is_none() {
                    break;
                }
            }
        }
    }

    async fn read_work(&mut self, store: &dyn Store, queue: Queue, parked: bool) {
        let all = WorkList { tenant: self.tenant, queue, subject: None, parked, limit: LEASES_MAX };
        let listed = store.work(all.clone()).await.expect("a queue can be read");
        let mut found = Vec::new();
        if listed.len() < LEASES_MAX {
            found = listed;
        } else {
            // More than one list holds: record by record.
            for subject in self.records.keys() {
                let list = WorkList { subject: Some(*subject), ..all.clone() };
                found.extend(store.work(list).await.expect("a queue can be read"));
            }
        }
        self.work.extend(found.into_iter().map(|state| Item { queue, parked, state }));
    }

    async fn read_answers(&mut self, store: &dyn Store, witness: &Witness) {
        let mut commands: BTreeSet<CommandId> = self.journal.iter().map(|event| event.command).collect();
        commands.extend(witness.acknowledged.keys().chain(&witness.refused));
        for command in commands {
            let read = Read { command: Some(command), ..Read::new(self.tenant) };
            let first = load(store, read).await.first;
            self.answers.extend(first.map(|first| (command, first)));
        }
    }

    async fn read_owners(&mut self, store: &dyn Store) {
        let contacts: Vec<Arc<Contact>> = self.all(&CONTACT).collect();
        for contact in contacts {
            let claims = addresses(&contact).collect();
            self.owners.extend(load(store, Read { claims, ..Read::new(self.tenant) }).await.claims);
        }
    }
}

/// The values that a contact claims while it is active, or gave back.
pub(super) fn addresses(contact: &Contact) -> impl Iterator<Item = ClaimKey> {
    contact.person.addresses.iter().map(|known| ClaimKey {
        space: format!("contact {}", known.address.kind()).into(),
        value: known.address.key().into(),
    })
}

async fn load(store: &dyn Store, read: Read) -> okno::store::View {
    store.load(read).await.expect("the store can be read")
}

async fn journal(store: &dyn Store, tenant: TenantId) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::new();
    loop {
        let after = events.last().map_or(0, |event| event.position);
        let read = JournalRead { tenant, after, subject: None, limit: JOURNAL_PAGE_MAX };
        let page = store.events(read).await.expect("the journal can be read");
        if page.is_empty() {
            return events;
        }
        events.extend(page);
    }
}

/// What the columns of a record have to say.
pub(super) fn values(loaded: &Loaded) -> Vec<Value> {
    let columns = loaded.record.kind().columns.len();
    (0..columns).map(|n| Row::value(loaded, Slot(n as u16)).to_owned()).collect()
}
