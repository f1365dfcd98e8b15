//! A small center for pure tests: a world made by hand, its people, and single decisions in it.

use std::sync::Arc;

use uuid::Uuid;

use super::access::Actor;
use super::decision::{Context, Decision, Halt, Number, Past, Reader};
use super::directory::{
    Absence, AbsenceId, Contact, ContactId, Delegation, DelegationId, Directory, Employee, EmployeeId, Grant,
    GrantId, Member, Only, Person, Scope, Tenant, Unit, UnitId, UnitKind,
};
use super::refusal::Refusal;
use super::request::{
    Entry, EntryId, EntryKind, NewFile, REQUEST, Request, RequestCommand, RequestId, Submitted, Upload,
    UploadId, decide,
};
use super::world::World;
use crate::base::limits::READ_ROUNDS_MAX;
use crate::base::{Channel, CommandId, IdGen, Party, Span, TenantId, Text, Timestamp, derived_id};
use crate::config::catalog::{Catalog, Notification, PriorityReason, Recipient, RequestKind};
use crate::store::{BlobDigest, Digest, Event, Head, Key, Loaded, Lookup, Stored, Version, View};

pub(crate) const TENANT_ID: TenantId = TenantId(Uuid::from_u128(1));
pub(crate) const HOLDING: UnitId = UnitId(Uuid::from_u128(10));
pub(crate) const BRANCH: UnitId = UnitId(Uuid::from_u128(11));
pub(crate) const SALES: UnitId = UnitId(Uuid::from_u128(12));

pub(crate) const REQUESTER: EmployeeId = EmployeeId(Uuid::from_u128(20));
/// Works on the lines `it` and `front`.
pub(crate) const OPERATOR: EmployeeId = EmployeeId(Uuid::from_u128(21));
/// Works on the line `it`.
pub(crate) const COLLEAGUE: EmployeeId = EmployeeId(Uuid::from_u128(22));
/// Supervises the lines `it` and `front`.
pub(crate) const SUPERVISOR: EmployeeId = EmployeeId(Uuid::from_u128(23));
pub(crate) const ADMINISTRATOR: EmployeeId = EmployeeId(Uuid::from_u128(24));
/// Has no role at all.
pub(crate) const STRANGER: EmployeeId = EmployeeId(Uuid::from_u128(25));
/// May do everything to every request.
pub(crate) const BOSS: EmployeeId = EmployeeId(Uuid::from_u128(26));
pub(crate) const CALLER: ContactId = ContactId(Uuid::from_u128(30));

const CATALOG: &str = r#"{
    "services": [
        {"code": "IT-01", "name": "Incident", "kind": "incident", "prefix": "IT", "line": "it",
         "reopen_within": "240h", "close_after": "120h", "edit_within": "15m"},
        {"code": "IT-02", "name": "Access", "prefix": "IT", "line": "it", "reopen_on_reply": false},
        {"code": "HR-01", "name": "Certificate", "prefix": "HR", "line": "hr", "confidentiality": 2}
    ],
    "categories": [{"code": "hw", "name": "Hardware"}, {"code": "disk", "name": "Disk", "parent": "hw"}],
    "lines": [{"code": "front", "name": "Front office"}, {"code": "it", "name": "IT"},
              {"code": "hr", "name": "HR", "confidentiality": 2}, {"code": "root", "name": "Administrators"}],
    "fields": [
        {"code": "amount", "name": "Amount", "type": "decimal", "indexed": true, "public": true},
        {"code": "color", "name": "Color", "type": "code", "indexed": true,
         "options": [{"code": "red", "name": "Red"}, {"code": "blue", "name": "Blue"}]},
        {"code": "passport", "name": "Passport", "type": "code", "personal": true, "public": true},
        {"code": "remark", "name": "Remark", "type": "text"}
    ],
    "replies": [{"code": "hello", "name": "Hello", "texts": [
        {"language": "en", "text": "Dear {requester.name}, {request.number} is with {operator.name}. {{sic}"},
        {"language": "ru", "text": "Здравствуйте, {requester.name}! {service.name}: {request.subject}"}
    ]}],
    "macros": [
        {"code": "take", "name": "Take it", "steps": [
            {"type": "assign_to_me"}, {"type": "start"}, {"type": "tag", "tag": "vip"},
            {"type": "set_field", "field": "color", "value": {"type": "code", "value": "red"}},
            {"type": "answer_with", "reply": "hello"}, {"type": "hold", "reason": "requester", "lasting": "24h"}
        ]},
        {"code": "away", "name": "Not ours", "steps": [
            {"type": "tag", "tag": "moved"}, {"type": "move", "line": "hr"}, {"type": "note", "text": "Not ours."}
        ]},
        {"code": "vip", "name": "Important", "steps": [{"type": "tag", "tag": "vip"}]}
    ],
    "administrators": "root"
}"#;

/// The catalog, with one more role that may do everything.
pub(crate) fn catalog() -> Catalog {
    let mut catalog: Catalog = serde_json::from_str(CATALOG).expect("the catalog is well written");
    let mut all = catalog.roles[0].clone();
    all.code = code("everything");
    all.permissions = catalog.roles.iter().flat_map(|role| role.permissions.clone()).collect();
    all.permissions.iter_mut().for_each(|permission| permission.reach = Default::default());
    catalog.roles.push(all);
    catalog
}

/// The world with everybody in it.
pub(crate) fn world() -> World {
    let mut directory = Directory::default();
    take(&mut directory, Tenant { id: TENANT_ID, name: text("North") });
    for (id, parent) in [(HOLDING, None), (BRANCH, Some(HOLDING)), (SALES, Some(BRANCH))] {
        take(&mut directory, unit(id, parent));
    }
    for id in [REQUESTER, OPERATOR, COLLEAGUE, SUPERVISOR, ADMINISTRATOR, STRANGER, BOSS] {
        take(&mut directory, employee(id));
    }
    let person = Person { name: text("Caller"), addresses: Vec::new() };
    take(&mut directory, Contact { unit: Some(SALES), ..Contact::new(CALLER, person) });
    for (line, employee) in [("it", OPERATOR), ("front", OPERATOR), ("it", COLLEAGUE)] {
        take(&mut directory, Member { line: code(line), employee, tier: 1, active: true });
    }
    let supervised = Scope { lines: Only::These(vec![code("it"), code("front")]), ..Scope::default() };
    take(&mut directory, grant(SUPERVISOR, "supervisor", supervised));
    take(&mut directory, grant(ADMINISTRATOR, "administrator", Scope::default()));
    take(&mut directory, grant(BOSS, "everything", Scope { confidentiality: 9, ..Scope::default() }));
    let head = Head { position: 100, directory: 99, blueprint: 98 };
    let catalog = Arc::new(catalog().check().expect("the catalog has no problem"));
    World { head, directory, catalog, zone_data: None }
}

/// The world in which somebody is told of what is written.
pub(crate) fn telling(to: Recipient) -> World {
    let mut catalog = catalog();
    catalog.notifications = vec![Notification { on: "written".into(), to }];
    World { catalog: Arc::new(catalog.check().expect("the catalog has no problem")), ..world() }
}

pub(crate) fn take<T: Stored>(directory: &mut Directory, record: T) {
    directory.take(&loaded(record));
}

pub(crate) fn unit(id: UnitId, parent: Option<UnitId>) -> Unit {
    Unit { id, kind: UnitKind::Department, name: text("Unit"), parent }
}

pub(crate) fn employee(id: EmployeeId) -> Employee {
    let person = Person { name: text("Somebody"), addresses: Vec::new() };
    let position = Text::default();
    Employee { id, person, position, unit: SALES, manager: None, languages: Vec::new(), active: true }
}

pub(crate) fn grant(holder: EmployeeId, role: &str, scope: Scope) -> Grant {
    let id = GrantId(crate::base::derived_id(holder.0, role));
    Grant { id, holder: holder.into(), role: code(role), scope, active: true }
}

/// So many days after noon.
pub(crate) fn day(days: i64) -> Timestamp {
    noon() + Span::days(days)
}

/// The absence of an employee from one day to another; there is one for each employee.
pub(crate) fn absence(employee: EmployeeId, from: i64, until: Option<i64>) -> Absence {
    let id = AbsenceId(derived_id(employee.0, "absence"));
    Absence::new(id, employee, day(from), until.map(day))
}

/// A delegation of everything from noon on; there is one for each pair.
pub(crate) fn delegation(principal: EmployeeId, delegate: EmployeeId) -> Delegation {
    Delegation {
        id: DelegationId(derived_id(principal.0, &delegate.to_string())),
        principal,
        delegate,
        from: noon(),
        until: None,
        scope: Scope::default(),
        actions: Only::All,
        only_while_absent: false,
        active: true,
    }
}

pub(crate) fn substitution(principal: EmployeeId, delegate: EmployeeId) -> Delegation {
    Delegation { only_while_absent: true, ..delegation(principal, delegate) }
}

/// A request of the requester for the first service, just submitted at [`noon`].
pub(crate) fn request() -> Request {
    let facts = Submitted {
        id: RequestId(Uuid::from_u128(100)),
        number: "IT-000001".to_owned(),
        kind: RequestKind::Incident,
        service: code("IT-01"),
        confidentiality: 0,
        subject: text("The printer prints nothing"),
        requester: REQUESTER.into(),
        recipient: None,
        unit: Some(SALES),
        channel: Channel::Portal,
        category: None,
        impact: None,
        urgency: None,
        priority: 4,
        priority_reason: PriorityReason::Unknown,
        line: code("it"),
        occurred_at: None,
        series: None,
    };
    Request::submitted(facts, noon())
}

/// What a party uploaded at [`noon`]: three bytes.
pub(crate) fn upload(author: Party) -> Upload {
    Upload { id: file().upload, author, at: noon(), bytes: 3, digest: BlobDigest([7; 32]) }
}

/// A file to attach, of the upload of [`upload`].
pub(crate) fn file() -> NewFile {
    let upload = UploadId(Uuid::from_u128(200));
    NewFile {
        upload, name: text("Счёт № 7.pdf"), media_type: "application/pdf".parse().expect("a type")
    }
}

/// An entry of the [request](request), written at [`noon`].
pub(crate) fn entry(id: EntryId, kind: EntryKind, author: Party) -> Entry {
    Entry {
        id,
        request: request().id,
        number: 1,
        kind,
        author,
        principal: None,
        at: noon(),
        channel: Channel::Workplace,
        text: "Call Ivanov, +7 900 000-00-00, about Ivanov's printer.".to_owned(),
        mentions: Vec::new(),
        revisions: 0,
        edited: None,
        redacted: None,
        work: None,
        copy_of: None,
    }
}

pub(crate) fn noon() -> Timestamp {
    "2026-03-02T12:00:00Z".parse().expect("an instant")
}

pub(crate) fn acts(id: EmployeeId) -> Actor {
    Actor::employee(TENANT_ID, id, Channel::Workplace)
}

pub(crate) fn text(text: &str) -> Text {
    Text::new(text).expect("no NUL")
}

pub(crate) fn code<T: std::str::FromStr<Err = crate::base::CodeError>>(text: &str) -> T {
    text.parse().expect("a code")
}

pub(crate) fn party(id: EmployeeId) -> Party {
    id.into()
}

/// A command in the sample world.
#[derive(Debug)]
pub(crate) struct Ask<'a> {
    pub(crate) world: &'a World,
    pub(crate) actor: Actor,
    pub(crate) now: Timestamp,
    pub(crate) seen: Option<Version>,
    /// Whether attachments are scanned.
    pub(crate) scanning: bool,
    /// Other records that there are.
    pub(crate) others: Vec<Loaded>,
    /// What happened to the request before.
    pub(crate) past: Vec<Event>,
}

impl<'a> Ask<'a> {
    pub(crate) fn new(world: &'a World, actor: Actor, now: Timestamp) -> Self {
        let others = vec![loaded(upload(actor.party))];
        Self { world, actor, now, seen: None, scanning: false, others, past: Vec::new() }
    }

    /// The same with one more record that there is.
    pub(crate) fn beside<T: Stored>(mut self, other: T) -> Self {
        self.others.push(loaded(other));
        self
    }

    /// Decides a step of a request that stands at version 1, and gives the request afterwards and the decision.
    pub(crate) fn step(
        &self,
        request: &Request,
        command: &RequestCommand,
    ) -> Result<(Request, Decision), Refusal> {
        let decision = self.decide_beside(request, command)?;
        // A draft leaves the request as it is.
        let after = written(&decision, request.id).unwrap_or_else(|| request.clone());
        Ok((after, decision))
    }

    /// Decides a step; what it needs beside the request is looked for among the other records.
    pub(crate) fn decide_beside(
        &self,
        request: &Request,
        command: &RequestCommand,
    ) -> Result<Decision, Refusal> {
        let mut view = View::default();
        view.records.insert(REQUEST.key(request.id.0), Some(loaded(request.clone())));
        for record in self.world.directory.records() {
            view.records.insert(record.key(), Some(Loaded { version: Version(1), position: 1, record }));
        }
        let mut context = self.context();
        for _ in 0..READ_ROUNDS_MAX {
            let need = match decide(Reader(&view), request.id, command, &mut context) {
                Ok(decision) => return Ok(decision),
                Err(Halt::Refused(refusal)) => return Err(refusal),
                Err(Halt::Need(need)) => need,
            };
            context.number = need.number.map(|prefix| Number { prefix, count: 77 });
            context.past = need.past.map(|subject| Past { subject, events: self.past.clone() });
            view.records.extend(need.keys.into_iter().map(|key| (key, self.find(key))));
            view.lookups.extend(need.lookups.into_iter().map(|lookup| {
                let found = self.look_up(&lookup);
                (lookup, found)
            }));
        }
        panic!("too many rounds of reading for {command:?}")
    }

    fn find(&self, key: Key) -> Option<Loaded> {
        self.others.iter().find(|other| other.record.key() == key).cloned()
    }

    fn look_up(&self, lookup: &Lookup) -> Vec<Loaded> {
        let meets = |other: &&Loaded| {
            other.record.kind() == lookup.kind
                && lookup.equal.iter().all(|(slot, value)| other.record.value(*slot).to_owned() == *value)
        };
        self.others.iter().filter(meets).take(lookup.limit).cloned().collect()
    }

    /// Decides anything; nothing that was not loaded may be asked for.
    pub(crate) fn decide(
        &self,
        decide: impl FnOnce(&mut Context<'_>) -> Result<Decision, Halt>,
    ) -> Result<Decision, Refusal> {
        let mut context = self.context();
        match decide(&mut context) {
            Ok(decision) => Ok(decision),
            Err(Halt::Refused(refusal)) => Err(refusal),
            Err(Halt::Need(need)) => panic!("{need:?} was not loaded"),
        }
    }

    pub(crate) fn context(&self) -> Context<'_> {
        Context {
            now: self.now,
            actor: &self.actor,
            world: self.world,
            command: CommandId(Uuid::from_u128(1_000)),
            digest: Digest::of(&[]),
            seen: self.seen,
            cause: None,
            scanning: self.scanning,
            number: None,
            past: None,
            ids: IdGen::new(self.now, 7),
        }
    }
}

pub(crate) fn loaded<T: Stored>(record: T) -> Loaded {
    Loaded { version: Version(1), position: 1, record: Arc::new(record) }
}

/// A request as a decision writes it.
pub(crate) fn written(decision: &Decision, id: RequestId) -> Option<Request> {
    let puts = decision.puts.iter().rev();
    let mut requests = puts.filter_map(|put| {
        let loaded = Loaded { position: 2, version: Version(2), record: put.record.clone() };
        loaded.of::<Request>()
    });
    requests.find(|request| request.id == id).map(|request| (*request).clone())
}
