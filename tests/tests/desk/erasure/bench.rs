//! A center in which a person left traces everywhere, and a search for them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use okno::base::{Address, Party, Span};
use okno::condition::{Condition, Filter, Slot, Value, ValueRef};
use okno::config::schedule::{Every, Schedule};
use okno::engine::DeliveryError;
use okno::life::directory::{Absence, AbsenceId};
use okno::life::request::{CopyAccess, EntryKind, FieldChanges, Message, NewFile, SeriesId, Visibility};
use okno::life::series::{CatchUp, SeriesPlan};
use okno::life::view::{Sharing, Side, ViewId, ViewPlan};
use okno::store::{BlobList, BlobStore, Query, Queue, Stored, WorkList, read_whole};
use okno::{Employee, Person, RequestCommand, RequestId, Submit};
use okno_storage_memory::MemoryBlobs;
use okno_storage_sqlx::SqliteOptions;
use okno_tests::{Candidate, Center, Post, Who, code, employee, kinds, text};
use uuid::Uuid;

/// Who the person is, and was before.
pub(super) const NAME: &str = "Zinaida Quuxova";
pub(super) const FORMER: &str = "Zinaida Plughina";
pub(super) const EMAIL: &str = "zina@quux.example";

/// What the person wrote and others wrote in the person's requests, each at one place.
pub(super) const MARKS: [&str; 23] = [
    "MarkSubject",
    "MarkOldSubject",
    "MarkMessage",
    "MarkAnswer",
    "MarkNote",
    "MarkResolution",
    "MarkFileName",
    "MarkFileBytes",
    "MarkAbsence",
    "MarkWithdrawn",
    "MarkView",
    "MarkFilter",
    "MarkSeries",
    "MarkRepeated",
    "MarkElsewhere",
    "MarkRemovedFile",
    "MarkUpload",
    "MarkBounce",
    "MarkRevision",
    "MarkDraft",
    "MarkRating",
    "MarkPassport",
    "MarkRemark",
];

/// What others wrote of others, which stays.
pub(super) const LIVE: [&str; 3] = ["LiveSubject", "LiveNote", "LiveFileBytes"];

/// A center, its files, and what the person left in it.
pub(super) struct Traces {
    pub(super) center: Center,
    pub(super) blobs: Arc<dyn BlobStore>,
    pub(super) post: Arc<Post>,
    /// A request of the person.
    pub(super) own: RequestId,
    /// A request of somebody else.
    pub(super) other: RequestId,
}

impl Traces {
    /// The person is the requester of the center.
    pub(super) async fn left(store: Candidate) -> Self {
        let mut center = Center::open(store).await;
        let (blobs, post): (Arc<dyn BlobStore>, _) =
            (Arc::new(MemoryBlobs::new()), Arc::new(Post::default()));
        center.desk = center.desk.with_blobs(blobs.clone()).with_messenger(post.clone());
        let own = center.submit("IT-01").await;
        let neighbour = center.requests(Who::Neighbour);
        let submit = Submit::new(code("IT-01"), text(&format!("LiveSubject of {NAME} broke")));
        let other = RequestId(neighbour.submit(submit).await.expect("they may").subject);
        let traces = Self { center, blobs, post, own, other };
        traces.be_known().await;
        traces.be_away().await;
        traces.ask().await;
        traces.write_elsewhere().await;
        traces.plan().await;
        traces
    }

    pub(super) fn party(&self) -> Party {
        Who::Requester.party(self.center.tenant)
    }

    fn person(name: &str) -> Person {
        let address: Address = format!("email:{EMAIL}").parse().expect("an address");
        Person::named(name).expect("a name").with_address(address, true)
    }

    async fn be_known(&self) {
        let people = self.center.acting(Who::Administrator).people();
        for name in [FORMER, NAME] {
            let id = Who::Requester.employee(self.center.tenant);
            let person = Self::person(name);
            people.save_employee(Employee { person, ..employee(id, name) }).await.expect("they may");
        }
    }

    async fn be_away(&self) {
        let people = self.center.acting(Who::Requester).people();
        let id = Who::Requester.employee(self.center.tenant);
        for (n, (reason, active)) in [("MarkAbsence", true), ("MarkWithdrawn", false)].into_iter().enumerate()
        {
            let from = self.center.now() + Span::hours(1_000);
            let until = Some(from + Span::hours(24));
            let absence = Absence::new(AbsenceId(Uuid::from_u128(700 + n as u128)), id, from, until);
            let reason = Some(text(reason));
            people.save_absence(Absence { reason, active, ..absence }).await.expect("they may");
        }
    }

    async fn file(&self, who: Who, name: &str, mut bytes: &[u8]) -> NewFile {
        let upload = self.center.requests(who).upload(&mut bytes).await.expect("the bytes are taken");
        NewFile { upload, name: text(name), media_type: "text/plain".parse().expect("a media type") }
    }

    /// Everything that can be said in the person's own request, by the person and by others.
    async fn ask(&self) {
        let (own, person) = (self.own, self.center.requests(Who::Requester));
        for subject in ["MarkOldSubject", "MarkSubject"] {
            let subject = Some(text(subject));
            let changes = FieldChanges { subject, ..FieldChanges::default() };
            self.center.step(own, RequestCommand::ChangeFields(changes)).await;
        }
        let files = vec![self.file(Who::Requester, "MarkFileName", b"MarkFileBytes").await];
        let message = Message { text: "MarkMessage".into(), files, ..Message::default() };
        person.reply(own, message).await.expect("they may");
        let removed = self.file(Who::Requester, "MarkRemovedFile", b"MarkRemovedFile bytes").await;
        person.attach(own, removed, Visibility::Public).await.expect("they may");
        let attachment =
            person.attachments(own).await.expect("they see them").pop().expect("there are two").id;
        person.step(own, RequestCommand::RemoveAttachment { attachment }).await.expect("they may");
        person.upload(&mut &b"MarkUpload"[..]).await.expect("they may");
        let operator = self.center.requests(Who::Operator);
        operator.claim(own).await.expect("they may");
        operator.answer(own, "MarkAnswer").await.expect("they may");
        operator.note(own, "MarkNote").await.expect("they may");
        self.say_beside().await;
        let reason = format!("MarkBounce: no such address {EMAIL}");
        self.post.fail(Some(DeliveryError { reason, retryable: false }));
        assert_eq!(self.center.tick().await.parked, 1);
        self.post.fail(None);
    }

    /// What is said beside entries: edits, drafts, a rating, fields.
    async fn say_beside(&self) {
        let (own, person) = (self.own, self.center.requests(Who::Requester));
        person.reply(own, "MarkRevision").await.expect("they may");
        let entries = person.entries(own).await.expect("they see them");
        let last = entries.last().expect("there are some").id;
        person.edit(own, last, "MarkMessage, edited").await.expect("they may");
        let operator = self.center.requests(Who::Operator);
        operator.save_draft(own, EntryKind::Answer, "MarkDraft").await.expect("they may");
        let values =
            [("passport", Value::Code("MarkPassport".into())), ("remark", Value::Text(text("MarkRemark")))];
        let values = values.map(|(field, value)| (code(field), Some(value))).into();
        self.center.step(own, RequestCommand::SetFields { values }).await;
        operator.resolve(own, "fixed", "MarkResolution").await.expect("they may");
        person.rate(own, 2, "MarkRating").await.expect("they may");
    }

    /// What the person wrote in a request of somebody else, and what others wrote there of the person.
    async fn write_elsewhere(&self) {
        let neighbour = self.center.requests(Who::Neighbour);
        neighbour.copy_in(self.other, self.party(), CopyAccess::Update).await.expect("they may");
        self.center.requests(Who::Requester).reply(self.other, "MarkElsewhere").await.expect("they may");
        let operator = self.center.requests(Who::Operator);
        operator
            .note(self.other, format!("LiveNote: {} knows", NAME.to_uppercase()))
            .await
            .expect("they may");
        operator.note(self.other, format!("Write to <{EMAIL}>, once {FORMER}")).await.expect("they may");
        let file = self.file(Who::Operator, &format!("{NAME}.txt"), b"LiveFileBytes").await;
        operator.attach(self.other, file, Visibility::Public).await.expect("they may");
    }

    /// What recurs for the person, and what the person looks at.
    async fn plan(&self) {
        let schedule = Schedule {
            every: Every::Days(1),
            at: "06:00".into(),
            zone: "Europe/Moscow".into(),
            from: "2026-01-01".parse().expect("a date"),
            until: None,
        };
        let submit = Submit {
            requester: Some(self.party()),
            text: "MarkRepeated".into(),
            ..Submit::new(code("IT-01"), text("MarkRepeated"))
        };
        let id = SeriesId(Uuid::from_u128(800));
        let plan = SeriesPlan {
            id,
            name: text("MarkSeries"),
            schedule,
            catch_up: CatchUp::Each,
            submit,
            active: true,
        };
        self.center.acting(Who::Administrator).series().save(plan).await.expect("they may");
        let view = ViewPlan {
            id: ViewId(Uuid::from_u128(801)),
            name: text("MarkView"),
            side: Side::Own,
            sharing: Sharing::Private,
            filter: Condition::contains("subject", "MarkFilter"),
            sort: Vec::new(),
            columns: vec!["number".into()],
        };
        self.center.acting(Who::Requester).views().save(view.clone()).await.expect("they may");
        let of_others = ViewPlan {
            id: ViewId(Uuid::from_u128(802)),
            name: text(&format!("{NAME} asks")),
            filter: Condition::contains("subject", NAME),
            ..view
        };
        self.center.acting(Who::Neighbour).views().save(of_others.clone()).await.expect("they may");
        // What a record said before stands in the journal alone.
        let renamed = ViewPlan { name: text("Others"), filter: Condition::all([]), ..of_others };
        self.center.acting(Who::Neighbour).views().save(renamed).await.expect("they may");
        let deleted = ViewPlan { id: ViewId(Uuid::from_u128(803)), ..self.named_view() };
        let views = self.center.acting(Who::Neighbour).views();
        views.save(deleted.clone()).await.expect("they may");
        views.delete(deleted.id).await.expect("they may");
        views.save(self.named_view()).await.expect("they may");
    }

    fn named_view(&self) -> ViewPlan {
        ViewPlan {
            id: ViewId(Uuid::from_u128(804)),
            name: text(&format!("{NAME} asks")),
            side: Side::Own,
            sharing: Sharing::Private,
            filter: Condition::contains("subject", NAME),
            sort: Vec::new(),
            columns: vec!["number".into()],
        }
    }

    /// Erases the person and does what is due.
    pub(super) async fn erase(&self) {
        let people = self.center.acting(Who::Administrator).people();
        people.erase(self.party()).await.expect("they may");
        self.center.tick().await;
        let erasure = people.erasure(self.party()).await.expect("there is one");
        assert!(!erasure.is_going(), "{erasure:?}");
        assert!(erasure.words.is_empty());
    }

    /// Everything that the store answers, as text.
    pub(super) async fn told(&self) -> String {
        let mut told = String::new();
        for record in records(&self.center).await {
            told += &record.encode().expect("it can be written");
            for slot in 0..record.kind().columns.len() {
                told += &format!(" {:?}", record.value(Slot(slot as u16)));
            }
            told.push('\n');
        }
        for event in self.center.journal().await {
            told += &event.fact.encode().expect("it can be written");
            told += event.fact.content().expect("it can be written").as_deref().unwrap_or_default();
            told.push('\n');
        }
        for queue in Queue::ALL {
            for parked in [false, true] {
                let items = self.center.work(queue, None, parked).await;
                items.iter().for_each(|item| told += &format!("{} {:?}\n", item.body, item.error));
            }
        }
        told + &self.bytes().await
    }

    /// The bytes of every blob, as text.
    async fn bytes(&self) -> String {
        let list = BlobList { tenant: self.center.tenant, after: None, limit: 1_000 };
        let mut bytes = String::new();
        for blob in self.blobs.list(list).await.expect("they are listed") {
            let opened = self.blobs.open(self.center.tenant, blob.digest).await.expect("it is opened");
            let whole = read_whole(&mut *opened.expect("it is there"), u64::MAX).await.expect("it is read");
            bytes += &String::from_utf8_lossy(&whole);
        }
        bytes
    }

    /// Everything that says who the person is.
    pub(super) fn traces() -> impl Iterator<Item = &'static str> {
        MARKS.into_iter().chain([NAME, FORMER, EMAIL])
    }

    /// Which of these stand in the files of the store, once they are written anew.
    pub(super) async fn in_files(&self, sought: &[&'static str]) -> Option<Vec<&'static str>> {
        let folder = self.center.folder()?;
        let file = folder.join("desk.db");
        let store = SqliteOptions::new(&file).open(kinds()).await.expect("it is opened once more");
        store.compact().await.expect("it is written anew");
        store.close().await;
        let bytes = all_bytes(folder).to_lowercase();
        Some(sought.iter().copied().filter(|word| bytes.contains(&word.to_lowercase())).collect())
    }
}

fn all_bytes(folder: &Path) -> String {
    let files = std::fs::read_dir(folder).expect("a folder").map(|file| file.expect("a file").path());
    let bytes = files.map(|file| std::fs::read(file).expect("bytes"));
    bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect()
}

/// Every record of the tenant.
pub(super) async fn records(center: &Center) -> Vec<Arc<dyn Stored>> {
    let mut found = Vec::new();
    for kind in okno::kinds().iter() {
        let mut query = Query::records(center.tenant, kind, Filter::everything());
        loop {
            let page = center.store.query(query.clone()).await.expect("everything is read");
            found.extend(page.rows.into_iter().filter_map(|row| row.record).map(|loaded| loaded.record));
            match page.next {
                Some(cursor) => query.after = Some(cursor),
                None => break,
            }
        }
    }
    found
}

/// Every figure of every record: the columns that hold no text, by record.
pub(super) async fn figures(center: &Center) -> BTreeMap<String, String> {
    let figure = |record: &Arc<dyn Stored>, n: usize, name: &str| match record.value(Slot(n as u16)) {
        ValueRef::Text(_) => String::new(),
        value => format!("{name}={value:?} "),
    };
    let line = |record: &Arc<dyn Stored>| {
        let columns = record.kind().columns.iter().enumerate();
        columns.map(|(n, column)| figure(record, n, column.name)).collect::<String>()
    };
    records(center).await.iter().map(|record| (record.key().to_string(), line(record))).collect()
}

/// Every timer and effect, with what is to be done and when.
pub(super) async fn work(center: &Center) -> Vec<String> {
    let mut lines = Vec::new();
    for queue in Queue::ALL {
        for parked in [false, true] {
            let list = WorkList { tenant: center.tenant, queue, subject: None, parked, limit: 1_000 };
            let items = center.store.work(list).await.expect("it is listed");
            lines.extend(items.iter().map(|item| format!("{queue} {} {} {}", item.key, item.due, item.body)));
        }
    }
    lines
}
