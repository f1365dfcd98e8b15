//! Admission, on a shelf of plain maps.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::select;
use uuid::Uuid;

use super::conformance::{DIRECTORY, Noted, SAMPLES, Sample, id, instant, tenant};
use super::{
    Admitted, Batch, Claim, ClaimKey, Digest, Finish, Finished, Head, Key, Loaded, Lookup, NewEvent, NewWork,
    Origin, Put, Queue, RecordWrite, Remembered, Snapshot, StoreError, Version, View, WorkChange,
    WorkOutcome, WorkSlot, WorkWrite, Writes, admit, touched,
};
use crate::base::{CommandId, TenantId};
use crate::condition::{Slot, Value};

/// What a store keeps, as far as admission asks and changes it.
#[derive(Debug, Clone, Default, PartialEq)]
struct Shelf {
    heads: BTreeMap<TenantId, (u64, u64, u64)>,
    versions: BTreeMap<(TenantId, Key), (Version, u64)>,
    owners: BTreeMap<(TenantId, ClaimKey), Uuid>,
    firsts: BTreeMap<(TenantId, CommandId), Remembered>,
    work: BTreeMap<(TenantId, Queue, Uuid), (WorkSlot, String)>,
    /// Tenant, position, subject, and whether the content is still there.
    events: Vec<(TenantId, u64, Key, bool)>,
}

impl Snapshot for Shelf {
    fn head(&self, tenant: TenantId) -> Head {
        let (position, directory, blueprint) = self.heads.get(&tenant).copied().unwrap_or_default();
        Head { position, directory, blueprint }
    }

    fn version(&self, tenant: TenantId, key: Key) -> Version {
        self.versions.get(&(tenant, key)).map_or(Version::ABSENT, |(version, _)| *version)
    }

    fn owner(&self, tenant: TenantId, claim: &ClaimKey) -> Option<Uuid> {
        self.owners.get(&(tenant, claim.clone())).copied()
    }

    fn first(&self, tenant: TenantId, command: CommandId) -> Option<Remembered> {
        self.firsts.get(&(tenant, command)).cloned()
    }

    fn work(&self, tenant: TenantId, queue: Queue, key: Uuid) -> Option<WorkSlot> {
        self.work.get(&(tenant, queue, key)).map(|(slot, _)| *slot)
    }
}

impl Shelf {
    /// A shelf with a record, an owner and a leased item.
    fn stocked() -> Self {
        let mut shelf = Self::default();
        shelf.versions.insert((tenant(1), key(0)), (Version(3), 0));
        shelf.owners.insert((tenant(1), ClaimKey { space: "s".into(), value: "a".into() }), id(0));
        shelf.work.insert((tenant(1), Queue::Timers, id(0)), (LEASED, "leased".to_owned()));
        shelf
    }

    fn apply(&mut self, writes: Writes) {
        for (tenant, head) in writes.heads {
            self.heads.insert(tenant, (head.position, head.directory, head.blueprint));
        }
        for (key, RecordWrite { before, after, position, record, .. }) in writes.records {
            assert_eq!(before, self.versions.get(&key).map_or(Version::ABSENT, |(version, _)| *version));
            assert_eq!(record.is_none(), after == Version::ABSENT);
            match record {
                Some(_) => self.versions.insert(key, (after, position)),
                None => self.versions.remove(&key),
            };
        }
        for (claim, owner) in writes.claims {
            match owner {
                Some(owner) => self.owners.insert(claim, owner),
                None => self.owners.remove(&claim),
            };
        }
        for (item, WorkWrite { generation, fence, change }) in writes.work {
            let slot = WorkSlot { generation, fence };
            match change {
                WorkOutcome::Gone => self.work.remove(&item),
                WorkOutcome::Set(new) => self.work.insert(item, (slot, new.body)),
                WorkOutcome::Retry { at, error } => self.work.insert(item, (slot, format!("{at} {error}"))),
                WorkOutcome::Park { reason } => self.work.insert(item, (slot, reason)),
            };
        }
        for event in writes.events {
            self.events.push((event.tenant, event.position, event.subject, true));
        }
        for ((tenant, subject), upto) in writes.erased {
            for (of, position, about, has_content) in &mut self.events {
                *has_content &= !(*of == tenant && *about == subject && *position <= upto);
            }
        }
        for (command, (_, first)) in writes.receipts {
            self.firsts.insert(command, first);
        }
    }
}

const LEASED: WorkSlot = WorkSlot { generation: 1, fence: 7 };

fn key(number: u64) -> Key {
    SAMPLES.key(id(number))
}

fn batch(command: u64) -> Batch {
    let digest = Digest::of(&command.to_be_bytes());
    Batch::new(tenant(1), instant(0), CommandId(id(command)), digest, Origin::SYSTEM)
}

fn claim(value: &str, owner: u64) -> Claim {
    Claim { space: "s".into(), value: value.into(), owner: id(owner) }
}

fn put(record: Sample, expected: u64) -> Put {
    Put { record: Arc::new(record), expected: Version(expected) }
}

fn event(number: u64) -> NewEvent {
    NewEvent { subject: key(number), fact: Arc::new(Noted { number: 0, text: None }) }
}

fn set(number: u64) -> WorkChange {
    let (subject, due, body) = (key(number), instant(0), "set".to_owned());
    WorkChange::Set(NewWork { queue: Queue::Timers, key: id(number), subject, due, body })
}

fn finish(number: u64, slot: WorkSlot, finished: Finished) -> WorkChange {
    let WorkSlot { generation, fence } = slot;
    WorkChange::Finish(Finish { queue: Queue::Timers, key: id(number), generation, fence, finished })
}

#[test]
fn a_later_batch_of_a_group_sees_what_earlier_ones_wrote() {
    let first =
        Batch { puts: vec![put(Sample::new(&SAMPLES, id(1)), 0)], events: vec![event(1)], ..batch(1) };
    let same = Batch { puts: vec![put(Sample::new(&SAMPLES, id(1)), 0)], ..batch(2) };
    let next = Batch { puts: vec![put(Sample::new(&SAMPLES, id(1)), 1)], events: vec![event(1)], ..batch(3) };
    let admitted = admit(vec![first.clone(), same, next, first], &Shelf::default());
    let [
        Ok(first),
        Err(StoreError::Conflict { found, .. }),
        Ok(next),
        Err(StoreError::Repeated { first: again }),
    ] = &admitted.verdicts[..]
    else {
        panic!("{:?}", admitted.verdicts);
    };
    assert_eq!((first.position, *found, next.position), (1, Version(1), 2));
    assert_eq!(again.receipt, *first);
    let write = &admitted.writes.records[&(tenant(1), key(1))];
    assert_eq!((write.before, write.after, write.position), (Version::ABSENT, Version(2), 2));
}

#[test]
fn a_repeated_command_is_told_before_anything_else_is_looked_at() {
    let mut shelf = Shelf::stocked();
    let once = || Batch { work: vec![finish(0, LEASED, Finished::Done)], ..batch(1) };
    shelf.apply(admit(vec![once()], &shelf).writes);
    let verdict = admit(vec![once()], &shelf).verdicts.remove(0);
    assert!(matches!(verdict, Err(StoreError::Repeated { .. })), "{verdict:?}");
}

#[test]
fn a_lost_lease_is_told_before_a_conflict_and_a_conflict_before_a_taken_value() {
    let taken = Batch { claims: vec![claim("a", 1)], ..batch(1) };
    let conflict = Batch { guards: vec![(key(0), Version(9))], ..taken.clone() };
    let fenced = Batch { work: vec![finish(9, LEASED, Finished::Done)], ..conflict.clone() };
    let verdicts = admit(vec![fenced, conflict, taken], &Shelf::stocked()).verdicts;
    let told = matches!(
        &verdicts[..],
        [Err(StoreError::Fenced { .. }), Err(StoreError::Conflict { .. }), Err(StoreError::Taken { .. })]
    );
    assert!(told, "{verdicts:?}");
}

#[test]
fn an_item_of_a_group_is_set_and_finished_in_order() {
    let shelf = Shelf::stocked();
    let done = Batch { work: vec![finish(0, LEASED, Finished::Done), set(0)], ..batch(1) };
    let late = Batch { work: vec![finish(0, LEASED, Finished::Done)], ..batch(2) };
    let admitted = admit(vec![done, late], &shelf);
    assert!(matches!(admitted.verdicts[1], Err(StoreError::Fenced { .. })));
    let write = &admitted.writes.work[&(tenant(1), Queue::Timers, id(0))];
    assert!(matches!(write.change, WorkOutcome::Set(_)) && write.fence == 0);
    let unleased = WorkSlot { generation: 1, fence: 0 };
    for work in
        [vec![set(0), finish(0, LEASED, Finished::Done)], vec![set(1), finish(1, unleased, Finished::Done)]]
    {
        let verdict = admit(vec![Batch { work, ..batch(3) }], &shelf).verdicts.remove(0);
        assert!(matches!(verdict, Err(StoreError::Fenced { .. })), "{verdict:?}");
    }
}

#[test]
fn a_group_names_everything_that_it_looks_at() {
    let group = vec![
        Batch {
            puts: vec![put(Sample::new(&SAMPLES, id(1)), 0)],
            guards: vec![(key(2), Version(1))],
            ..batch(1)
        },
        Batch { deletes: vec![(key(3), Version(1))], claims: vec![claim("a", 1)], ..batch(2) },
        Batch { releases: vec![claim("b", 1)], work: vec![set(4)], tenant: tenant(2), ..batch(3) },
    ];
    let touched = touched(&group);
    assert_eq!(touched.tenants.into_iter().collect::<Vec<_>>(), [tenant(1), tenant(2)]);
    assert_eq!(touched.keys.into_iter().collect::<Vec<_>>(), [1, 2, 3].map(|n| (tenant(1), key(n))));
    assert_eq!((touched.claims.len(), touched.commands.len()), (2, 3));
    assert_eq!(touched.work.into_iter().collect::<Vec<_>>(), [(tenant(2), Queue::Timers, id(4))]);
}

#[test]
fn a_view_answers_the_lookups_that_were_asked() {
    let lookup = |number| Lookup { kind: &SAMPLES, equal: vec![(Slot::ID, Value::Id(id(number)))], limit: 1 };
    let record = Arc::new(Sample::new(&SAMPLES, id(1)));
    let found = Loaded { version: Version(1), position: 0, record };
    let view = View { lookups: vec![(lookup(1), vec![found]), (lookup(2), Vec::new())], ..View::default() };
    let answered = |number| Some(view.lookup(&lookup(number))?.len());
    assert_eq!([answered(1), answered(2), answered(3)], [Some(1), Some(0), None]);
}

prop_compose! {
    fn batches()(
        tenant_number in 1..3_u64,
        command in 0..12_u64,
        puts in prop::collection::vec((0..4_u64, any::<bool>(), 0..5_u64), 0..3),
        removed in prop::collection::vec((0..4_u64, 0..4_u64, any::<bool>()), 0..2),
        owned in prop::collection::vec((select(&["a", "b"][..]), 0..2_u64, any::<bool>()), 0..3),
        events in prop::collection::vec((0..4_u64).prop_map(event), 0..3),
        erase in prop::collection::vec((0..4_u64).prop_map(key), 0..2),
        work in prop::collection::vec(changes(), 0..3),
    ) -> Batch {
        let mut batch = Batch { tenant: tenant(tenant_number), events, erase, work, ..batch(command) };
        for (number, marked, expected) in puts {
            let kind = if marked { &DIRECTORY } else { &SAMPLES };
            batch.puts.push(put(Sample::new(kind, id(number)), expected));
        }
        for (number, expected, guards) in removed {
            let list = if guards { &mut batch.guards } else { &mut batch.deletes };
            list.push((key(number), Version(expected)));
        }
        for (value, owner, takes) in owned {
            let list = if takes { &mut batch.claims } else { &mut batch.releases };
            list.push(claim(value, owner));
        }
        batch
    }
}

fn changes() -> impl Strategy<Value = WorkChange> {
    let finished = select(vec![
        Finished::Done,
        Finished::Retry { at: instant(5), error: "error".to_owned() },
        Finished::Park { reason: "reason".to_owned() },
    ]);
    let slots = select(vec![LEASED, WorkSlot { fence: 0, ..LEASED }, WorkSlot { generation: 2, fence: 0 }]);
    prop_oneof![
        (0..2_u64).prop_map(set),
        (0..2_u64).prop_map(|number| WorkChange::Cancel { queue: Queue::Timers, key: id(number) }),
        (0..2_u64, slots, finished).prop_map(|(number, slot, finished)| finish(number, slot, finished)),
    ]
}

fn told(verdicts: &[super::Verdict]) -> Vec<String> {
    verdicts.iter().map(|verdict| format!("{verdict:?}")).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_group_is_admitted_as_its_batches_one_by_one(group in prop::collection::vec(batches(), 0..12)) {
        let mut at_once = Shelf::stocked();
        let Admitted { verdicts, writes } = admit(group.clone(), &at_once);
        at_once.apply(writes);

        let mut one_by_one = Shelf::stocked();
        let mut single = Vec::new();
        for batch in group {
            let admitted = admit(vec![batch], &one_by_one);
            one_by_one.apply(admitted.writes);
            single.extend(admitted.verdicts);
        }
        prop_assert_eq!(told(&verdicts), told(&single));
        prop_assert_eq!(at_once, one_by_one);
    }

    #[test]
    fn a_refused_batch_changes_nothing(group in prop::collection::vec(batches(), 0..12)) {
        let mut with_refused = Shelf::stocked();
        let Admitted { verdicts, writes } = admit(group.clone(), &with_refused);
        with_refused.apply(writes);

        let applied = group.into_iter().zip(&verdicts).filter(|(_, verdict)| verdict.is_ok());
        let mut without = Shelf::stocked();
        let Admitted { verdicts: again, writes } = admit(applied.map(|(batch, _)| batch).collect(), &without);
        without.apply(writes);
        prop_assert!(again.iter().all(Result::is_ok));
        prop_assert_eq!(with_refused, without);
    }

    #[test]
    fn positions_of_a_group_have_no_gap(group in prop::collection::vec(batches(), 0..12)) {
        let writes = admit(group, &Shelf::stocked()).writes;
        for (tenant, head) in &writes.heads {
            let of_tenant = writes.events.iter().filter(|event| event.tenant == *tenant);
            let positions: Vec<_> = of_tenant.map(|event| event.position).collect();
            prop_assert_eq!(positions, (1..=head.position).collect::<Vec<_>>());
        }
    }
}
