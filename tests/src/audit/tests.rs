//! Each check finds the fault that is planted for it, and finds nothing in holdings that are sound.

use std::sync::Arc;

use okno::base::Span;
use okno::engine::Command;
use okno::life::archive::{TOMBSTONE, Tombstone};
use okno::life::clock::{ClockChange, ClockTick};
use okno::life::directory::{CONTACT, Contact, ContactId, EMPLOYEE, Employee};
use okno::life::erasure::{ERASURE, Erasure, Place};
use okno::life::job::{Bulk, JOB, JOB_ITEM, Job, JobItem, JobState, Selection, Verdict};
use okno::life::request::{
    ATTACHMENT, Attachment, DRAFT, ENTRY, ENTRY_REVISION, EntryKind, HoldFor, HoldReason, INVOLVEMENT,
    LinkKind, NUMBER_BLOCK, NumberBlock, READ_MARK, REQUEST, ReadMark, Request, RequestEvent, Stuck,
    Submitted, TAG, Visibility,
};
use okno::store::{Event, Key, Kind, Loaded, NewEvent, Queue, Stored, Version};
use okno::{CommandId, Person, RequestCommand as C, RequestId, Status};
use uuid::Uuid;

use super::{Breach, Holdings, Law, Witness};
use crate::{Center, Post, STORES, Who, attach, code, promising, text};

/// Sound holdings of a center in which everything that the auditor looks at happened, and what is known of them.
struct Sound {
    holdings: Holdings,
    witness: Witness,
    ids: Vec<RequestId>,
}

impl Sound {
    async fn read() -> Self {
        let mut center = Center::open(STORES[0]).await;
        let mut ids = Vec::new();
        for service in ["IT-01", "IT-01", "IT-01", "IT-02", "IT-01", "HR-01"] {
            ids.push(center.submit(service).await);
        }
        talk(&center, &ids).await;
        tie(&center, &ids).await;
        let post = Arc::new(Post::default());
        let node = center.node(9).with_messenger(post.clone());
        center.wait(Span::hours(2));
        for _ in 0..3 {
            node.tick(center.now()).await.expect("the store does its part");
        }
        // A message that still waits.
        center.requests(Who::Operator).resolve(ids[4], "fixed", "Done.").await.expect("the operator may");
        let receipt = center.requests(Who::Requester).reply(ids[0], "Thanks.").await.expect("it may");
        let last = center.head().await.position;
        let command = center.journal().await[last as usize - 1].command;
        let mut witness = Witness { delivered: post.delivered(), ..Witness::default() };
        witness.acknowledged.insert(command, receipt);
        witness.refused.insert(CommandId(Uuid::from_u128(404)));
        let holdings = Holdings::read(&*center.store, center.tenant, &witness).await;
        Self { holdings, witness, ids }
    }

    /// Sound holdings of a center in which something was promised in time, a request left for the archive, and a contact was
    /// forgotten.
    async fn promised() -> Self {
        let mut center = Center::open(STORES[0]).await;
        let administration = center.acting(Who::Administrator).administration();
        administration.publish(promising()).await.expect("the administrator may publish");
        let mut ids = Vec::new();
        for _ in 0..3 {
            ids.push(center.submit("IT-01").await);
        }
        save_contact(&center).await;
        center.wait(Span::hours(3));
        center.tick().await;
        center.step(ids[1], C::Cancel { reason: "not_needed".into() }).await;
        center.wait(Span::hours(1));
        let archived = administration.archive(center.now()).await.expect("the administrator may archive");
        assert_eq!(archived.left, 1);
        let forgotten = Command::ErasePerson { party: CONTACTED.into() };
        center.acting(Who::Administrator).run(forgotten).await.expect("the administrator may erase");
        for _ in 0..40 {
            center.wait(Span::minutes(1));
            center.tick().await;
        }
        let witness = Witness::default();
        let holdings = Holdings::read(&*center.store, center.tenant, &witness).await;
        Self { holdings, witness, ids }
    }

    fn audit(&self) -> Vec<Breach> {
        self.holdings.audit(&self.witness)
    }

    /// Writes a record in the place of what it was, with columns that say the same.
    fn rewrite<T: Stored + Clone>(&mut self, key: Key, change: impl FnOnce(&mut T)) {
        let loaded = self.holdings.records.get_mut(&key).expect("there is such a record");
        let mut record = (*loaded.of::<T>().expect("a record of its type")).clone();
        change(&mut record);
        loaded.record = Arc::new(record);
        let values = super::holdings::values(loaded);
        self.holdings.columns.insert(key, values);
    }

    fn request(&mut self, n: usize, change: impl FnOnce(&mut Request)) {
        self.rewrite(REQUEST.key(self.ids[n].0), change);
    }

    fn first(&self, kind: &'static Kind) -> Key {
        *self.holdings.records.keys().find(|key| key.kind == kind).expect("there is one")
    }

    fn remove(&mut self, key: Key) {
        self.holdings.records.remove(&key);
        self.holdings.columns.remove(&key);
    }

    /// Changes what clocks did at every turn of theirs.
    fn ticks(&mut self, change: impl Fn(&mut Vec<ClockTick>)) {
        for event in &mut self.holdings.journal {
            let Some(RequestEvent::Clocked { ticks }) = event.of() else { continue };
            let noted = ticks.iter().any(|tick| matches!(tick.change, ClockChange::Fired { .. }));
            if noted {
                let mut ticks = ticks.clone();
                change(&mut ticks);
                event.fact = Arc::new(RequestEvent::Clocked { ticks });
            }
        }
    }

    /// The place of the first event of a name in the journal.
    fn event(&self, name: &str) -> usize {
        let place = self.holdings.journal.iter().position(|event| event.fact.name() == name);
        place.unwrap_or_else(|| panic!("nothing was {name}"))
    }
}

/// Everything that people write to the first request, and what they put on it.
async fn talk(center: &Center, ids: &[RequestId]) {
    let (operator, supervisor) = (center.requests(Who::Operator), center.requests(Who::Supervisor));
    operator.answer(ids[0], "On it.").await.expect("the operator may");
    let entry = center.entries(ids[0]).await[0].id;
    operator.step(ids[0], C::EditEntry { entry, text: "On it!".into() }).await.expect("it may");
    supervisor.step(ids[0], C::Tag { tag: code("vip") }).await.expect("it may");
    supervisor.step(ids[0], C::Watch).await.expect("it may");
    operator.step(ids[0], C::SaveDraft { kind: EntryKind::Note, text: "Hm".into() }).await.expect("it may");
    operator.mark_read(ids[0]).await.expect("it may");
    attach(&center.requests(Who::Requester), ids[0], Visibility::Public).await.expect("it may");
    supervisor
        .step(ids[0], C::Assign { operator: Who::Operator.employee(center.tenant) })
        .await
        .expect("it may");
    save_contact(center).await;
}

async fn save_contact(center: &Center) {
    let person = Person { name: text("Somebody"), addresses: Vec::new() };
    let person = person.with_address("email:one@north.example".parse().expect("an address"), true);
    let people = center.acting(Who::Administrator).people();
    people.save_contact(Contact::new(CONTACTED, person)).await.expect("it may");
}

/// A merged request, a child, a link, holds that end and that do not, a resolved request, and a job.
async fn tie(center: &Center, ids: &[RequestId]) {
    let requester = None;
    center.step(ids[1], C::Merge { into: ids[0], requester, earliest: false }).await;
    center.step(ids[2], C::JoinParent { parent: ids[0], on_end: None }).await;
    center.step(ids[2], C::Link { kind: LinkKind::Relates, to: ids[3] }).await;
    let until = |hours| HoldFor::until(HoldReason::Scheduled, center.now() + Span::hours(hours));
    center.step(ids[2], C::Hold(until(1))).await;
    center.step(ids[3], C::Hold(until(100))).await;
    center.step(ids[5], C::Resolve { code: "fixed".into(), text: String::new() }).await;
    let bulk = Bulk { over: Selection::These(vec![ids[3], ids[4]]), command: C::Tag { tag: code("vip") } };
    center.acting(Who::Supervisor).jobs().start(bulk).await.expect("the supervisor may");
}

/// Plants a fault and tells which laws the auditor finds broken.
async fn planted(plant: impl FnOnce(&mut Sound)) -> Vec<Law> {
    planted_in(Sound::read().await, plant)
}

fn planted_in(mut sound: Sound, plant: impl FnOnce(&mut Sound)) -> Vec<Law> {
    assert_eq!(sound.audit(), [], "before anything is planted");
    plant(&mut sound);
    let mut laws: Vec<Law> = sound.audit().iter().map(|breach| breach.law).collect();
    laws.sort_unstable();
    laws.dedup();
    laws
}

#[tokio::test]
async fn a_journal_with_a_gap_an_end_before_the_head_or_a_foreign_event_is_found() {
    assert!(planted(|sound| drop(sound.holdings.journal.remove(5))).await.contains(&Law::Journal));
    assert!(planted(|sound| drop(sound.holdings.journal.pop())).await.contains(&Law::Journal));
    let foreign = planted(|sound| sound.holdings.journal[5].tenant = okno::TenantId(Uuid::from_u128(2)));
    assert_eq!(foreign.await, [Law::Tenants]);
    let torn = planted(|sound| sound.holdings.journal[0].at = sound.holdings.journal[0].at + Span::hours(1));
    assert_eq!(torn.await, [Law::Journal]);
}

#[tokio::test]
async fn a_command_done_twice_forgotten_or_lost_is_found() {
    let twice = planted(|sound| {
        let first = sound.holdings.journal[0].command;
        let last = sound.holdings.journal.len() - 1;
        sound.holdings.journal[last].command = first;
    });
    assert!(twice.await.contains(&Law::Once));
    let forgotten = planted(|sound| {
        let command = sound.holdings.journal[sound.event("tagged")].command;
        sound.holdings.answers.remove(&command);
    });
    assert_eq!(forgotten.await, [Law::Once]);
    let acknowledged = |sound: &mut Sound| *sound.witness.acknowledged.keys().next().expect("one");
    let lost = planted(move |sound| {
        let command = acknowledged(sound);
        sound.holdings.answers.remove(&command);
    });
    assert_eq!(lost.await, [Law::Durable, Law::Once]);
    let refused = planted(move |sound| {
        let command = acknowledged(sound);
        sound.witness.refused.insert(command);
    });
    assert_eq!(refused.await, [Law::Once]);
}

#[tokio::test]
async fn a_record_that_is_not_what_its_events_columns_and_head_say_is_found() {
    let other = planted(|sound| sound.request(0, |request| request.subject = text("Another")));
    assert_eq!(other.await, [Law::Fold]);
    let columns = planted(|sound| {
        let key = REQUEST.key(sound.ids[0].0);
        sound.holdings.columns.get_mut(&key).expect("there are columns").reverse();
    });
    assert_eq!(columns.await, [Law::Records]);
    let bodiless = planted(|sound| {
        let key = sound.first(&TAG);
        sound.holdings.columns.insert(TAG.key(Uuid::nil()), sound.holdings.columns[&key].clone());
    });
    assert_eq!(bodiless.await, [Law::Records]);
    for change in
        [|loaded: &mut Loaded| loaded.version = Version(77), |loaded: &mut Loaded| loaded.position += 1]
    {
        let key = |sound: &Sound| EMPLOYEE.key(Who::Operator.employee(sound.holdings.tenant).0);
        let counted = planted(|sound| change(sound.holdings.records.get_mut(&key(sound)).expect("there")));
        assert_eq!(counted.await, [Law::Records]);
    }
    let late = planted(|sound| {
        let key = sound.first(&ENTRY);
        sound.holdings.records.get_mut(&key).expect("there").position = 1_000_000;
    });
    assert_eq!(late.await, [Law::Records]);
    assert_eq!(planted(|sound| sound.holdings.head.directory = 1).await, [Law::Records]);
    let untold = planted(|sound| {
        let key = sound.first(&EMPLOYEE);
        let id = Uuid::from_u128(77);
        let copy = sound.holdings.records[&key].clone();
        sound.holdings.records.insert(EMPLOYEE.key(id), copy);
        sound.holdings.columns.insert(EMPLOYEE.key(id), sound.holdings.columns[&key].clone());
    });
    assert_eq!(untold.await, [Law::Records]);
    let gone = planted(|sound| sound.remove(REQUEST.key(sound.ids[5].0)));
    assert!(gone.await.starts_with(&[Law::Fold, Law::Records]));
}

#[tokio::test]
async fn events_that_lead_nowhere_or_come_too_early_are_found() {
    let early = planted(|sound| {
        let place = sound.event("submitted");
        sound.holdings.journal[place].fact = Arc::new(RequestEvent::Started);
    });
    assert!(early.await.contains(&Law::Fold));
    let jump = planted(|sound| {
        // Nothing leads from a merge to work.
        let place = sound.event("merged_into");
        let tail = Event { position: 0, ..sound.holdings.journal[place].clone() };
        let fact = Arc::new(RequestEvent::Started);
        sound.holdings.journal.insert(place + 1, Event { fact, ..tail });
        (1..).zip(&mut sound.holdings.journal).for_each(|(n, event)| event.position = n);
    });
    assert!(jump.await.contains(&Law::Fold));
}

#[tokio::test]
async fn rows_entries_and_files_that_are_lost_strayed_or_changed_are_found() {
    for kind in [&INVOLVEMENT, &TAG, &ATTACHMENT, &ENTRY, &ENTRY_REVISION] {
        let lost = planted(|sound| sound.remove(sound.first(kind))).await;
        assert!(lost.contains(&Law::Fold), "{}: {lost:?}", kind.name);
    }
    let stray = planted(|sound| {
        let key = sound.first(&TAG);
        let copy = sound.holdings.records[&key].clone();
        sound.holdings.records.insert(TAG.key(Uuid::nil()), copy);
        sound.holdings.columns.insert(TAG.key(Uuid::nil()), sound.holdings.columns[&key].clone());
    });
    assert_eq!(stray.await, [Law::Fold]);
    let changed =
        planted(|sound| sound.rewrite(sound.first(&ATTACHMENT), |file: &mut Attachment| file.bytes = 1));
    assert_eq!(changed.await, [Law::Fold]);
    let entry = planted(|sound| {
        sound.rewrite(sound.first(&ENTRY), |entry: &mut okno::life::request::Entry| entry.number = 9);
    });
    assert_eq!(entry.await, [Law::Fold]);
}

#[tokio::test]
async fn one_sided_ties_are_found() {
    let plants: [fn(&mut Sound); 7] = [
        |sound| sound.request(3, |request| request.links.clear()),
        |sound| sound.request(0, |request| request.children = 0),
        |sound| sound.request(0, |request| request.absorbed.clear()),
        |sound| sound.request(1, |request| request.merged = None),
        |sound| sound.request(2, |request| request.parent.as_mut().expect("a child").request = NOWHERE),
        |sound| sound.rewrite(sound.first(&READ_MARK), |mark: &mut ReadMark| mark.seen = 1_000),
        |sound| {
            sound.rewrite(sound.first(&DRAFT), |draft: &mut okno::life::request::Draft| {
                draft.request = NOWHERE;
            });
        },
    ];
    for (n, plant) in plants.into_iter().enumerate() {
        assert!(planted(plant).await.contains(&Law::Ties), "plant {n}");
    }
}

#[tokio::test]
async fn a_number_or_an_address_of_two_is_found() {
    let number = planted(|sound| {
        let taken = sound.holdings.request(sound.ids[1]).expect("there").number.clone();
        sound.request(0, |request| request.number = taken);
    });
    assert!(number.await.contains(&Law::Unique));
    let block = planted(|sound| {
        let key = sound.first(&NUMBER_BLOCK);
        sound.rewrite(key, |block: &mut NumberBlock| block.next = 1);
    });
    assert_eq!(block.await, [Law::Unique]);
    let address = planted(|sound| sound.holdings.owners.values_mut().for_each(|owner| *owner = None));
    assert_eq!(address.await, [Law::Unique]);
    let given = planted(|sound| {
        sound.rewrite(CONTACT.key(CONTACTED.0), |contact: &mut Contact| contact.active = false);
    });
    assert_eq!(given.await, [Law::Unique]);
}

#[tokio::test]
async fn a_record_of_two_tenants_is_found() {
    let sound = Sound::read().await;
    assert!(sound.holdings.audit_apart(&sound.holdings).iter().all(|breach| breach.law == Law::Tenants));
    assert!(!sound.holdings.audit_apart(&sound.holdings).is_empty());
}

#[tokio::test]
async fn a_request_that_nothing_brings_on_is_found() {
    let timers = |sound: &mut Sound| sound.holdings.work.retain(|item| item.queue != Queue::Timers);
    assert_eq!(planted(timers).await, [Law::Next]);
    let later = planted(|sound| {
        let timer = sound.holdings.work.iter_mut().find(|item| item.queue == Queue::Timers);
        let state = &mut timer.expect("a timer").state;
        state.due = state.due + Span::hours(1);
    });
    assert_eq!(later.await, [Law::Next]);
    let stray = planted(|sound| {
        let timer = sound.holdings.work.iter().find(|item| item.queue == Queue::Timers).cloned();
        let mut timer = timer.expect("a timer");
        timer.state.key = Uuid::nil();
        timer.state.body = "{}".to_owned();
        sound.holdings.work.push(timer);
    });
    assert_eq!(stray.await, [Law::Next]);
    let nowhere = planted(|sound| sound.holdings.work[0].state.subject = REQUEST.key(NOWHERE.0));
    assert!(nowhere.await.contains(&Law::Next));
    let idle = planted(|sound| {
        let key = EMPLOYEE.key(Who::Operator.employee(sound.holdings.tenant).0);
        sound.rewrite(key, |employee: &mut Employee| employee.active = false);
    });
    assert_eq!(idle.await, [Law::Next]);
    let stuck = planted(|sound| {
        let stuck = Stuck {
            timer: false,
            key: Uuid::nil(),
            line: code("root"),
            reason: String::new(),
            body: String::new(),
        };
        let subject = REQUEST.key(sound.ids[5].0);
        let fact = Arc::new(RequestEvent::Parked { stuck });
        let NewEvent { subject, fact } = NewEvent { subject, fact };
        let position = sound.holdings.head.position + 1;
        let last = sound.holdings.journal.last().expect("events").clone();
        sound.holdings.journal.push(Event { position, subject, fact, ..last });
    });
    assert!(stuck.await.contains(&Law::Next));
}

#[tokio::test]
async fn a_timer_that_takes_effect_early_twice_or_never_is_found() {
    let early = planted(|sound| {
        let place = sound.event("resumed");
        sound.holdings.journal[place].at = crate::start();
    });
    assert!(early.await.contains(&Law::Timers));
    let by_another = planted(|sound| {
        let place = sound.event("resumed");
        sound.holdings.journal[place].command = CommandId(Uuid::from_u128(5));
    });
    assert!(by_another.await.contains(&Law::Timers));
    let never = planted(|sound| sound.witness.settled = Some(okno::Timestamp::MAX));
    assert_eq!(never.await, [Law::Timers]);
}

#[tokio::test]
async fn a_message_that_is_lost_made_up_or_mixed_up_is_found() {
    let lost = |sound: &mut Sound| sound.holdings.work.retain(|item| item.queue != Queue::Effects);
    assert_eq!(planted(lost).await, [Law::Messages]);
    assert_eq!(planted(|sound| sound.witness.delivered.clear()).await, [Law::Messages]);
    let made_up = planted(|sound| {
        let (_, effect) = sound.witness.delivered[0].clone();
        sound.witness.delivered.push((Uuid::nil(), effect));
    });
    assert_eq!(made_up.await, [Law::Messages]);
    let mixed_up = planted(|sound| {
        let (key, mut effect) = sound.witness.delivered[0].clone();
        if let okno::life::request::Effect::Notify { event, .. } = &mut effect {
            *event = "closed".to_owned();
        }
        sound.witness.delivered.push((key, effect));
    });
    assert_eq!(mixed_up.await, [Law::Messages]);
    let senseless = planted(|sound| {
        let effect = sound.holdings.work.iter_mut().find(|item| item.queue == Queue::Effects);
        effect.expect("an effect").state.body = "?".to_owned();
    });
    assert_eq!(senseless.await, [Law::Messages]);
}

#[tokio::test]
async fn a_job_that_did_not_do_what_it_says_is_found() {
    let verdict = planted(|sound| {
        let key = sound.first(&JOB_ITEM);
        sound.rewrite(key, |item: &mut JobItem| item.verdict = Verdict::Pending);
    });
    assert_eq!(verdict.await, [Law::Jobs]);
    let counted = planted(|sound| sound.rewrite(sound.first(&JOB), |job: &mut Job| job.done += 1));
    assert_eq!(counted.await, [Law::Jobs]);
    let more = planted(|sound| sound.rewrite(sound.first(&JOB), |job: &mut Job| job.found += 1));
    assert_eq!(more.await, [Law::Jobs]);
    let going = planted(|sound| {
        sound.witness.settled = Some(crate::start());
        sound.rewrite(sound.first(&JOB), |job: &mut Job| job.state = JobState::Running);
    });
    assert_eq!(going.await, [Law::Jobs]);
}

#[tokio::test]
async fn a_clock_that_shows_another_time_or_is_noted_twice_or_never_is_found() {
    let plants: [fn(&mut Sound); 3] = [
        |sound| sound.ticks(|ticks| ticks.iter_mut().for_each(|tick| tick.due_at = Some(crate::start()))),
        |sound| {
            sound.ticks(|ticks| {
                let noted = |tick: &&ClockTick| matches!(tick.change, ClockChange::Fired { .. });
                let again: Vec<_> = ticks.iter().filter(noted).cloned().collect();
                assert!(!again.is_empty(), "a threshold was reached");
                ticks.extend(again);
            });
        },
        |sound| sound.witness.settled = Some(okno::Timestamp::MAX),
    ];
    for (n, plant) in plants.into_iter().enumerate() {
        let found = planted_in(Sound::promised().await, plant);
        assert!(found.contains(&Law::Clocks), "plant {n}: {found:?}");
    }
}

#[tokio::test]
async fn what_was_to_be_forgotten_and_is_still_known_is_found() {
    let plants: [fn(&mut Sound); 6] = [
        |sound| sound.remove(sound.first(&TOMBSTONE)),
        |sound| {
            sound.rewrite(sound.first(&TOMBSTONE), |stone: &mut Tombstone| stone.status = Status::Closed);
        },
        |sound| {
            sound.rewrite(sound.first(&TOMBSTONE), |stone: &mut Tombstone| stone.request = NOWHERE);
        },
        |sound| {
            let archived = REQUEST.key(sound.ids[1].0);
            let of = |event: &&mut Event| event.subject == archived;
            let event = sound.holdings.journal.iter_mut().find(of).expect("its submission");
            let Some(RequestEvent::Submitted(facts)) = event.of() else { panic!("{event:?}") };
            let facts = Submitted { subject: text("Still known"), ..(**facts).clone() };
            event.fact = Arc::new(RequestEvent::Submitted(Box::new(facts)));
        },
        |sound| {
            sound.rewrite(CONTACT.key(CONTACTED.0), |contact: &mut Contact| contact.active = true);
        },
        |sound| {
            sound.witness.settled = Some(crate::start());
            sound.rewrite(sound.first(&ERASURE), |erasure: &mut Erasure| erasure.place = Place::Names);
        },
    ];
    for (n, plant) in plants.into_iter().enumerate() {
        let found = planted_in(Sound::promised().await, plant);
        assert!(found.contains(&Law::Forgotten), "plant {n}: {found:?}");
    }
}

#[tokio::test]
async fn the_sound_center_has_everything_that_is_looked_at() {
    let sound = Sound::read().await;
    let status = |n: usize| sound.holdings.request(sound.ids[n]).expect("there").status;
    assert_eq!([status(1), status(3), status(5)], [Status::Merged, Status::OnHold, Status::Resolved]);
    assert!(!sound.witness.delivered.is_empty());
}

const CONTACTED: ContactId = ContactId(Uuid::from_u128(900));
const NOWHERE: RequestId = RequestId(Uuid::from_u128(404));
