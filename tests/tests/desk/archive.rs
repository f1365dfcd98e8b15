//! Requests that ended long ago leave, and are still answered for.

use std::sync::Arc;

use okno::base::Span;
use okno::engine::Archived;
use okno::life::archive::{Bundle, TOMBSTONE};
use okno::life::request::{ENTRY, EntryKind, FieldChanges, INVOLVEMENT, READ_MARK};
use okno::store::{BlobList, BlobStore, FaultPlan, FaultyStore, Kind, Query};
use okno::{DeskError, RequestCommand, RequestId, Submit};
use okno_storage_memory::MemoryBlobs;
use okno_tests::{Candidate, Center, Who, code, on_every_store, text};

struct Office {
    center: Center,
    blobs: Arc<dyn BlobStore>,
}

impl Office {
    async fn open(store: Candidate) -> Self {
        let mut center = Center::open(store).await;
        let blobs: Arc<dyn BlobStore> = Arc::new(MemoryBlobs::new());
        center.desk = center.desk.with_blobs(blobs.clone());
        Self { center, blobs }
    }

    /// A request with words of both sides, closed.
    async fn closed(&mut self) -> (RequestId, String) {
        let id = self.center.submit("IT-01").await;
        self.center.requests(Who::Requester).reply(id, "Words of the requester").await.expect("they may");
        let operator = self.center.requests(Who::Operator);
        operator.claim(id).await.expect("they may");
        operator.note(id, "Words of the operator").await.expect("they may");
        operator.save_draft(id, EntryKind::Answer, "Never sent").await.expect("they may");
        operator.mark_read(id).await.expect("they may");
        self.center.step(id, RequestCommand::Close { reason: "done".into() }).await;
        (id, self.center.request(id).await.number)
    }

    async fn archive(&self) -> Archived {
        let before = self.center.now() - Span::hours(24 * 365);
        self.center.acting(Who::Administrator).administration().archive(before).await.expect("they may")
    }

    fn wait_years(&self) {
        self.center.wait(Span::hours(24 * 800));
    }

    async fn count(&self, kind: &'static Kind) -> usize {
        let query = Query::records(self.center.tenant, kind, okno::condition::Filter::everything());
        self.center.store.query(query).await.expect("it is read").rows.len()
    }
}

fn code_of<T: std::fmt::Debug>(done: Result<T, DeskError>) -> &'static str {
    done.expect_err("it is refused").refusal().expect("by a rule").code()
}

const LEFT: Archived = Archived { left: 1, stayed: 0 };

#[test]
fn a_request_that_ended_long_ago_leaves_as_a_bundle_and_its_number_still_answers() {
    on_every_store(async |store| {
        let mut office = Office::open(store).await;
        let (id, number) = office.closed().await;
        let open = office.center.submit("IT-01").await;
        assert_eq!(office.archive().await, Archived::default(), "it ended a moment ago");
        office.wait_years();
        let before = office.center.request(id).await;
        assert_eq!(office.archive().await, LEFT);
        assert_eq!(office.archive().await, Archived::default());
        assert!(office.center.versioned(id).await.is_none());
        assert!(office.center.versioned(open).await.is_some());

        let supervisor = office.center.requests(Who::Supervisor);
        assert_eq!(code_of(supervisor.by_number(&number).await), "archived");
        let tombstone = supervisor.archived(&number).await.expect("it answers");
        assert_eq!((tombstone.request, tombstone.closed_at), (id, before.closed_at));
        let bundle = supervisor.bundle(&number).await.expect("it is there");
        assert_eq!((bundle.format, &bundle.request), (Bundle::FORMAT, &before));
        let said: Vec<&str> = bundle.entries.iter().map(|entry| entry.text.as_str()).collect();
        assert_eq!(said, ["Words of the requester", "Words of the operator"]);
        assert_eq!(bundle.events[0].name, "submitted");
        assert_eq!(bundle.events[0].content, Some("The printer prints nothing".into()));
        let of_request = office.center.journal().await.into_iter().filter(|event| event.subject.id == id.0);
        let contents = of_request.filter_map(|event| event.fact.content().expect("json"));
        // A store that keeps facts as they are reads an erased text as an empty one.
        let texts: Vec<String> = contents.filter(|content| content != "\"\"").collect();
        assert_eq!(texts, [""; 0], "the journal keeps what happened, without texts");
        for kind in [&ENTRY, &READ_MARK] {
            assert_eq!(office.count(kind).await, 0, "{}", kind.name);
        }
        assert_eq!(office.count(&INVOLVEMENT).await, 1, "of the open one");
    });
}

#[test]
fn an_archived_request_answers_whom_the_request_would_have_answered() {
    on_every_store(async |store| {
        let mut office = Office::open(store).await;
        let (_, number) = office.closed().await;
        office.wait_years();
        let mut readable = Vec::new();
        for who in Who::ALL {
            readable.push((who, office.center.requests(who).by_number(&number).await.is_ok()));
        }
        assert_eq!(office.archive().await, LEFT);
        for (who, could) in readable {
            let requests = office.center.requests(who);
            let code = code_of(requests.by_number(&number).await);
            assert_eq!(code, if could { "archived" } else { "not_found" }, "{who:?}");
            assert_eq!(requests.archived(&number).await.is_ok(), could, "{who:?}");
            let unknown = requests.bundle("IT-999999").await.map(drop);
            let bundle = requests.bundle(&number).await.map(drop);
            match (could, bundle) {
                (false, refused) => assert_eq!(code_of(refused), code_of(unknown), "{who:?}"),
                (true, done) if who == Who::Requester => assert_eq!(code_of(done), "denied"),
                (true, done) => done.unwrap_or_else(|error| panic!("{who:?}: {error}")),
            }
        }
        for who in [Who::Requester, Who::Operator, Who::Supervisor, Who::Program] {
            let archived = office.center.acting(who).administration().archive(office.center.now()).await;
            assert_eq!(code_of(archived), "denied", "{who:?}");
        }
    });
}

#[test]
fn an_archiving_that_failed_goes_on_and_a_sweep_keeps_the_bundles() {
    on_every_store(async |store| {
        let mut office = Office::open(store).await;
        let mut numbers = Vec::new();
        for _ in 0..4 {
            numbers.push(office.closed().await.1);
        }
        office.wait_years();
        let before = office.center.now() - Span::hours(24 * 365);
        let plan = FaultPlan { before: 40, after: 80, conflict: 40 };
        let faulty = Arc::new(FaultyStore::new(office.center.store.clone(), plan, 7));
        let node = office.center.node_on(faulty, 7).with_blobs(office.blobs.clone());
        let acting = node.acting(Who::Administrator.actor(office.center.tenant));
        for _ in 0..200 {
            // What the store reports is the fault that was asked for.
            let _ = acting.administration().archive(before).await;
        }
        office.archive().await;
        assert_eq!((office.count(&TOMBSTONE).await, office.count(&ENTRY).await), (4, 0));
        assert_eq!(office.center.times("archived").await, 4);
        office.wait_years();
        let now = office.center.now();
        office.center.desk.sweep_blobs(office.center.tenant, now).await.expect("it is swept");
        for number in numbers {
            let bundle = office.center.requests(Who::Supervisor).bundle(&number).await.expect("it is kept");
            assert_eq!(bundle.entries.len(), 2);
        }
    });
}

#[test]
fn a_request_that_is_tied_to_an_open_one_stays() {
    on_every_store(async |store| {
        let mut office = Office::open(store).await;
        let child = office.center.submit("IT-01").await;
        let (merged, master) = (office.center.submit("IT-01").await, office.center.submit("IT-01").await);
        let parent = office.center.submit("IT-01").await;
        let supervisor = office.center.requests(Who::Supervisor);
        supervisor.merge(merged, master).await.expect("they may");
        supervisor.join_parent(child, parent, None).await.expect("they may");
        office.center.step(child, RequestCommand::Close { reason: "done".into() }).await;
        office.closed().await;
        office.wait_years();
        let archived = office.archive().await;
        assert_eq!((archived.left, archived.stayed), (1, 2));
        for stays in [child, merged, master, parent] {
            assert!(office.center.versioned(stays).await.is_some());
        }
    });
}

#[test]
fn erasure_takes_a_person_out_of_the_bundles_and_leaves_what_others_said() {
    on_every_store(async |store| {
        let mut office = Office::open(store).await;
        let (_, own) = office.closed().await;
        let submit = Submit::new(code("IT-01"), text("A chair"));
        let other = office.center.requests(Who::Neighbour).submit(submit).await.expect("they may");
        let id = RequestId(other.subject);
        let subject = Some(text("A chair for Requester"));
        let changes = FieldChanges { subject, ..FieldChanges::default() };
        office.center.step(id, RequestCommand::ChangeFields(changes)).await;
        office.center.step(id, RequestCommand::Close { reason: "done".into() }).await;
        office.wait_years();
        assert_eq!(office.archive().await, Archived { left: 2, stayed: 0 });
        let people = office.center.acting(Who::Administrator).people();
        people.erase(Who::Requester.party(office.center.tenant)).await.expect("they may");
        office.center.tick().await;
        let supervisor = office.center.requests(Who::Supervisor);
        let bundle = supervisor.bundle(&own).await.expect("it is there");
        assert!(bundle.entries.iter().all(|entry| entry.text.is_empty()));
        assert_eq!(bundle.request.subject.as_str(), "");
        assert!(bundle.events.iter().all(|event| event.content.is_none()));
        let bundle = supervisor.bundle(&other.label).await.expect("it is there");
        assert_eq!(bundle.request.subject.as_str(), "A chair for █");
        let list = BlobList { tenant: office.center.tenant, after: None, limit: 100 };
        assert_eq!(office.blobs.list(list).await.expect("listed").len(), 2, "the former bundles are gone");
    });
}
