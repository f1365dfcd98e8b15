//! Everything about one person, to be handed out to them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;

use super::desk::Desk;
use super::error::DeskError;
use super::people::People;
use crate::base::limits::{EXPORT_LINES_MAX, EXPORT_REQUESTS_MAX, JOURNAL_PAGE_MAX, READ_KEYS_MAX};
use crate::base::{Party, PartyKind, TenantId, Timestamp};
use crate::condition::{Comparison, Expr, FieldRef, Unasked, Value};
use crate::config::catalog::Action;
use crate::life::directory::{Absence, Contact, ContactId, Delegation, Directory, Employee, EmployeeId};
use crate::life::request::{
    ATTACHMENT, Attachment, ENTRY, Entry, EntryId, INVOLVEMENT, Involvement, PublicRequest, REQUEST, Request,
    RequestEvent, RequestId, Role, Visibility, attachment_column, entry_column, involvement_column,
};
use crate::life::{Refusal, World};
use crate::store::{Event, JournalRead, Kind, Loaded, Query, Read, StoreError, Stored};

/// Everything about a person: what is known of them, what they asked for, and what they wrote and did.
#[derive(Debug, Serialize)]
pub struct PersonExport {
    /// The number of the format.
    pub format: u32,
    /// Who.
    pub party: Party,
    /// When it was made.
    pub at: Timestamp,
    /// The person's own records as employees.
    pub employees: Vec<Arc<Employee>>,
    /// The person's own records as contacts.
    pub contacts: Vec<Arc<Contact>>,
    /// When the person was and will be away.
    pub absences: Vec<Arc<Absence>>,
    /// Who may act for the person, and for whom the person may act.
    pub delegations: Vec<Arc<Delegation>>,
    /// The requests that the person asked for, that concern the person, and into which the person was copied.
    pub requests: Vec<ExportedRequest>,
    /// What the person wrote elsewhere.
    pub entries: Vec<Arc<Entry>>,
    /// What the person did.
    pub journal: Vec<JournalLine>,
}

/// A request of a person, with what its requester sees of it.
#[derive(Debug, Serialize)]
pub struct ExportedRequest {
    /// How the person has to do with it.
    pub roles: Vec<Role>,
    /// The request.
    pub request: PublicRequest,
    /// Its public entries, in order.
    pub entries: Vec<Arc<Entry>>,
    /// Its public attachments, in order.
    pub attachments: Vec<Arc<Attachment>>,
}

/// Something that a person did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JournalLine {
    /// Its place in the journal.
    pub position: u64,
    /// When.
    pub at: Timestamp,
    /// What happened, by name.
    pub name: String,
    /// To which record.
    pub subject: String,
}

impl People {
    /// Everything about a person: for who may erase persons, and for the person. What is internal to the center is left out
    /// for the person.
    ///
    /// # Errors
    /// An actor without the right, an unknown person, more than [`EXPORT_REQUESTS_MAX`] requests or [`EXPORT_LINES_MAX`]
    /// lines.
    pub async fn export(&self, party: Party) -> Result<PersonExport, DeskError> {
        let (desk, actor) = (&self.0.desk, &self.0.actor);
        let world = desk.world(actor.tenant).await?;
        let who = world.directory.identities(party);
        let themself = actor.principal.is_none() && who.contains(&actor.party);
        let policy = self.0.policy(&world);
        let side = match policy.require_role(Action::ErasePersons) {
            Ok(()) => Side::All,
            Err(_) if themself && policy.holds(Action::SeeOwn) => Side::Public,
            Err(denied) => return Err(denied.into()),
        };
        let mut export = known(&world, &who, (party, desk.now()))?;
        export.requests = desk.requests_of(&world, (actor.tenant, &who)).await?;
        let (lines, written) = desk.done_by(actor.tenant, &who).await?;
        let own: BTreeSet<EntryId> =
            export.requests.iter().flat_map(|request| &request.entries).map(|entry| entry.id).collect();
        let elsewhere = written.into_iter().filter(|id| !own.contains(id)).collect::<Vec<_>>();
        export.entries = desk.entries_among(actor.tenant, &elsewhere, side).await?;
        export.journal = lines;
        Ok(export)
    }
}

/// Which entries are handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    All,
    Public,
}

/// What the directory knows of a person.
fn known(world: &World, who: &[Party], (party, at): (Party, Timestamp)) -> Result<PersonExport, Refusal> {
    let directory: &Directory = &world.directory;
    let of_kind = |kind| who.iter().filter(move |party| party.kind == kind).map(|party| party.id);
    let employees: Vec<EmployeeId> = of_kind(PartyKind::Employee).map(EmployeeId).collect();
    let contacts = of_kind(PartyKind::Contact).filter_map(|id| directory.contact(ContactId(id)).cloned());
    let delegations = |id: &EmployeeId| {
        let id = *id;
        directory.delegations_of(id).chain(directory.delegations_to(id)).cloned().collect::<Vec<_>>()
    };
    let export = PersonExport {
        format: 1,
        party,
        at,
        employees: employees.iter().filter_map(|id| directory.employee(*id).cloned()).collect(),
        contacts: contacts.collect(),
        absences: employees.iter().flat_map(|id| directory.absences(*id).cloned()).collect(),
        delegations: employees.iter().flat_map(delegations).collect(),
        requests: Vec::new(),
        entries: Vec::new(),
        journal: Vec::new(),
    };
    let found = !export.employees.is_empty() || !export.contacts.is_empty();
    if found { Ok(export) } else { Err(Refusal::not_found("person", party)) }
}

impl Desk {
    /// The requests with which somebody has to do.
    async fn requests_of(
        &self,
        world: &World,
        (tenant, who): (TenantId, &[Party]),
    ) -> Result<Vec<ExportedRequest>, DeskError> {
        let ids = who.iter().map(|party| Value::Id(party.id)).collect();
        let by_party = Expr::In(FieldRef::new(involvement_column::party, "party"), ids);
        let rows: Vec<Arc<Involvement>> = self.everything(tenant, &INVOLVEMENT, by_party).await?;
        let mut roles: BTreeMap<RequestId, Vec<Role>> = BTreeMap::new();
        for row in rows.iter().filter(|row| who.contains(&row.party) && row.role != Role::Watcher) {
            roles.entry(row.request).or_default().push(row.role);
        }
        StoreError::within("requests of a person", roles.len(), EXPORT_REQUESTS_MAX)?;
        let mut requests = Vec::new();
        for (id, roles) in roles {
            let read = Read { keys: vec![REQUEST.key(id.0)], ..Read::new(tenant) };
            let view = self.store.load(read).await?;
            if let Some((request, _)) = view.record::<Request>(REQUEST.key(id.0)).flatten() {
                let public = PublicRequest::new(&request, &world.catalog, self.now());
                requests.push(self.exported(tenant, public, roles).await?);
            }
        }
        Ok(requests)
    }

    async fn exported(
        &self,
        tenant: TenantId,
        request: PublicRequest,
        roles: Vec<Role>,
    ) -> Result<ExportedRequest, DeskError> {
        let of_request =
            |column| Expr::Compare(FieldRef::new(column, "request"), Comparison::Eq, Value::Id(request.id.0));
        let mut entries: Vec<Arc<Entry>> =
            self.everything(tenant, &ENTRY, of_request(entry_column::request)).await?;
        entries.retain(|entry| entry.kind.visibility() == Visibility::Public);
        entries.sort_by_key(|entry| entry.number);
        let mut attachments: Vec<Arc<Attachment>> =
            self.everything(tenant, &ATTACHMENT, of_request(attachment_column::request)).await?;
        attachments.retain(|attachment| attachment.is_public() && attachment.removed_at.is_none());
        attachments.sort_by_key(|attachment| attachment.number);
        Ok(ExportedRequest { roles, request, entries, attachments })
    }

    async fn everything<T: Stored>(
        &self,
        tenant: TenantId,
        kind: &'static Kind,
        of: Expr,
    ) -> Result<Vec<Arc<T>>, DeskError> {
        let mut query = Query::records(tenant, kind, of.ground(&Unasked));
        let mut found = Vec::new();
        loop {
            let page = self.store.query(query.clone()).await?;
            found.extend(page.rows.iter().filter_map(|row| row.record.as_ref()?.of::<T>()));
            StoreError::within("records of a person", found.len(), EXPORT_LINES_MAX)?;
            match page.next {
                Some(cursor) => query.after = Some(cursor),
                None => return Ok(found),
            }
        }
    }

    /// What somebody did, and the entries that they wrote.
    async fn done_by(
        &self,
        tenant: TenantId,
        who: &[Party],
    ) -> Result<(Vec<JournalLine>, Vec<EntryId>), DeskError> {
        let (mut lines, mut written, mut after) = (Vec::new(), Vec::new(), 0);
        loop {
            let read = JournalRead { tenant, after, subject: None, limit: JOURNAL_PAGE_MAX };
            let page = self.store.events(read).await?;
            let Some(last) = page.last() else { return Ok((lines, written)) };
            after = last.position;
            let theirs = |event: &&Event| {
                let Event { origin, .. } = event;
                who.contains(&origin.actor) || origin.principal.is_some_and(|party| who.contains(&party))
            };
            for event in page.iter().filter(theirs) {
                let (position, at) = (event.position, event.at);
                let (name, subject) = (event.fact.name().to_owned(), event.subject.to_string());
                lines.push(JournalLine { position, at, name, subject });
                if let Some(RequestEvent::Written { entry, .. }) = event.of() {
                    written.push(*entry);
                }
            }
            StoreError::within("events of a person", lines.len(), EXPORT_LINES_MAX)?;
        }
    }

    async fn entries_among(
        &self,
        tenant: TenantId,
        ids: &[EntryId],
        side: Side,
    ) -> Result<Vec<Arc<Entry>>, DeskError> {
        let mut entries = Vec::new();
        for ids in ids.chunks(READ_KEYS_MAX) {
            let keys = ids.iter().map(|id| ENTRY.key(id.0)).collect();
            let view = self.store.load(Read { keys, ..Read::new(tenant) }).await?;
            entries.extend(view.records.values().flatten().filter_map(Loaded::of::<Entry>));
        }
        entries
            .retain(|entry: &Arc<Entry>| side == Side::All || entry.kind.visibility() == Visibility::Public);
        Ok(entries)
    }
}
