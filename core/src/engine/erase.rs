//! Carrying erasures on: each time a little, until nothing says who somebody was.

use std::collections::BTreeSet;
use uuid::Uuid;

use super::command::Command;
use super::desk::Desk;
use super::error::DeskError;
use super::run::Call;
use super::tick::Carried;
use crate::base::limits::{BLOB_GRACE_HOURS, ERASURE_EVENTS, ERASURE_ROWS};
use crate::base::{CommandId, Party, Span, TenantId, Timestamp, derived_id};
use crate::condition::{Comparison, Expr, FieldRef, Filter, Slot, Unasked, Value};
use crate::life::access::Actor;
use crate::life::directory::{CONTACT, DirectoryCommand, DirectoryEvent, EMPLOYEE, Person};
use crate::life::erasure::{Erasure, ErasureCommand, Holds, Place, Texts, Trace, Traces, part};
use crate::life::request::{Attachment, REQUEST, Request, RequestId, UPLOAD, Upload, upload_column};
use crate::store::{BlobDigest, Finished, JournalRead, Key, Leased, Loaded, Query, Read, StoreError};

/// An erasure in the hands of a worker.
#[derive(Debug, Clone, Copy)]
struct InHand<'a> {
    item: &'a Leased,
    erasure: &'a Erasure,
    now: Timestamp,
}

impl<'a> InHand<'a> {
    fn tenant(&self) -> TenantId {
        self.item.lease.tenant
    }

    fn traces(&self) -> Traces<'a> {
        let Erasure { identities, words, .. } = self.erasure;
        Traces { identities, words, requests: BTreeSet::new(), at: self.now }
    }

    /// A command of this erasure; whoever gives it for this purpose, it is done once.
    fn call(&self, purpose: &str, command: Command) -> Call {
        let Erasure { party, round, .. } = self.erasure;
        let id = CommandId(derived_id(Erasure::key(*party).id, &format!("{round} {purpose}")));
        let mut call = Call::new(Actor::system(self.tenant()), id, command, self.now);
        call.cause = Some(self.item.lease.key);
        call
    }

    fn step(&self, purpose: &str, command: ErasureCommand) -> Call {
        self.call(purpose, Command::Erasure { party: self.erasure.party, command })
    }
}

impl Desk {
    /// Carries an erasure on by one slice. Whoever has the lease does this; if that ends badly, the next one goes on.
    pub(super) async fn carry_erasure(&self, item: &Leased, now: Timestamp) -> Result<Carried, DeskError> {
        let read = Read { keys: vec![item.subject], ..Read::new(item.lease.tenant) };
        let view = self.store.load(read).await?;
        let found = view.record::<Erasure>(item.subject).flatten().map(|(erasure, _)| erasure);
        let Some(erasure) = found.filter(|erasure| erasure.is_going()) else {
            return Ok(Carried::Dropped);
        };
        match self.erase_some(InHand { item, erasure: &erasure, now }).await {
            Ok(()) => Ok(Carried::Done),
            Err(error @ DeskError::Store(StoreError::Fenced { .. })) => Err(error),
            // An erasure is never given up because of a refusal: what refuses is put right and it goes on.
            Err(error) => Ok(Carried::Failed { reason: error.to_string(), retryable: true }),
        }
    }

    async fn erase_some(&self, hand: InHand<'_>) -> Result<(), DeskError> {
        match &hand.erasure.place {
            Place::Names => {
                let words = self.names_of(hand.tenant(), &hand.erasure.identities).await?;
                self.move_on(hand, ErasureCommand::Learn { words }, "learn").await
            }
            Place::Directory => {
                let command = DirectoryCommand::Erase { party: hand.erasure.party };
                self.run(hand.call("person", Command::Directory { command })).await?;
                self.advance(hand, Place::after(None)).await
            }
            Place::Records { kind, after } => match part(kind).map(|part| (part.kind, &part.holds)) {
                Some((kind, Holds::Texts(texts))) => {
                    let page = self.page_after(hand.tenant(), kind, *after).await?;
                    let last = page.last().map(|row| row.record.id());
                    self.erase_records(hand, texts, page).await?;
                    let next =
                        last.map(|last| Place::Records { kind: kind.name.to_owned(), after: Some(last) });
                    self.advance(hand, next.unwrap_or_else(|| Place::after(Some(kind.name)))).await
                }
                Some((kind, Holds::Bundles)) => {
                    let page = self.page_after(hand.tenant(), kind, *after).await?;
                    let last = page.last().map(|row| row.record.id());
                    for tombstone in page {
                        self.erase_bundle(hand.traces(), (hand.tenant(), hand.now), tombstone).await?;
                    }
                    let next =
                        last.map(|last| Place::Records { kind: kind.name.to_owned(), after: Some(last) });
                    self.advance(hand, next.unwrap_or_else(|| Place::after(Some(kind.name)))).await
                }
                // A kind that another version of the program looked at.
                Some((_, Holds::Nothing | Holds::Persons)) | None => {
                    self.advance(hand, Place::after(None)).await
                }
            },
            Place::Journal { after } => self.erase_journal(hand, *after).await,
            Place::Ended => Ok(()),
        }
    }

    async fn advance(&self, hand: InHand<'_>, to: Place) -> Result<(), DeskError> {
        let purpose = format!("advance to {to:?}");
        self.move_on(hand, ErasureCommand::Advance { to }, &purpose).await
    }

    /// Does a step of the erasure itself; it and the end of the lease take effect together.
    async fn move_on(
        &self,
        hand: InHand<'_>,
        command: ErasureCommand,
        purpose: &str,
    ) -> Result<(), DeskError> {
        let mut call = hand.step(purpose, command);
        call.finishes = vec![hand.item.lease.finish(Finished::Done)];
        self.run(call).await.map(drop)
    }

    /// By which names and addresses people were ever known: their journals say so.
    async fn names_of(&self, tenant: TenantId, who: &[Party]) -> Result<Vec<String>, DeskError> {
        let mut words = BTreeSet::new();
        let keys = who.iter().flat_map(|party| [&EMPLOYEE, &CONTACT].map(|kind| kind.key(party.id)));
        for subject in keys {
            let mut after = 0;
            loop {
                let read = JournalRead { tenant, after, subject: Some(subject), limit: ERASURE_EVENTS };
                let events = self.store.events(read).await?;
                let Some(last) = events.last() else { break };
                after = last.position;
                events.iter().filter_map(|event| person_of(event.of()?)).for_each(|person| {
                    words.insert(person.name.as_str().to_owned());
                    words.extend(person.addresses.iter().map(|known| known.address.key().to_owned()));
                });
            }
        }
        Ok(words.into_iter().collect())
    }

    async fn page_after(
        &self,
        tenant: TenantId,
        kind: &'static crate::store::Kind,
        after: Option<Uuid>,
    ) -> Result<Vec<Loaded>, DeskError> {
        let rest = after.map_or_else(Filter::everything, |last| {
            let id = FieldRef::new(Slot::ID, "id");
            Expr::Compare(id, Comparison::Gt, Value::Id(last)).ground(&Unasked)
        });
        let query = Query { limit: ERASURE_ROWS, ..Query::records(tenant, kind, rest) };
        let page = self.store.query(query).await?;
        Ok(page.rows.into_iter().filter_map(|row| row.record).collect())
    }

    /// Erases what records hold, each by a command of its own.
    async fn erase_records(
        &self,
        hand: InHand<'_>,
        texts: &Texts,
        page: Vec<Loaded>,
    ) -> Result<(), DeskError> {
        let traces = self.traces(hand, texts, &page).await?;
        for loaded in page {
            let Some(trace) = (texts.trace)(&loaded, &traces) else { continue };
            if let Some(digest) = bytes_of(&loaded, &trace) {
                // Bytes first: as long as the record says where they lie, they are found again after a crash.
                self.erase_bytes(hand, digest, loaded.record.id()).await?;
            }
            self.erase_record(hand, loaded.record.key(), None).await?;
        }
        Ok(())
    }

    /// Who is erased, with the requests of the person among those that records belong to.
    async fn traces<'a>(
        &self,
        hand: InHand<'a>,
        texts: &Texts,
        page: &[Loaded],
    ) -> Result<Traces<'a>, DeskError> {
        let mut traces = hand.traces();
        let below: BTreeSet<RequestId> = page.iter().filter_map(texts.below).collect();
        if !below.is_empty() {
            let mut read = Read::new(hand.tenant());
            read.keys = below.iter().map(|id| REQUEST.key(id.0)).collect();
            let view = self.store.load(read).await?;
            let requests = view.records.values().flatten().filter_map(Loaded::of::<Request>);
            traces.requests =
                requests.filter(|request| traces.owns(request)).map(|request| request.id).collect();
        }
        Ok(traces)
    }

    /// Erases what one record holds; `said` is the position at which its journal was seen to hold something.
    async fn erase_record(&self, hand: InHand<'_>, key: Key, said: Option<u64>) -> Result<(), DeskError> {
        let (kind, id) = (key.kind.name.to_owned(), key.id);
        let purpose = format!("{key} {said:?}");
        let command = ErasureCommand::Erase { kind, id, journal: said.is_some() };
        match self.run(hand.step(&purpose, command)).await {
            Ok(_) => Ok(()),
            Err(DeskError::Refused(refusal)) if refusal.code() == "no_change" => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Deletes the bytes of a record, unless something else refers to the same ones.
    async fn erase_bytes(&self, hand: InHand<'_>, digest: BlobDigest, of: Uuid) -> Result<(), DeskError> {
        let tenant = hand.tenant();
        // Bytes that come again from now on are younger, and stay.
        let before = self.now();
        let others = self.referring(tenant, digest).await?;
        if others.iter().any(|other| *other != of) || self.is_uploaded(hand, digest).await? {
            return Ok(());
        }
        self.blobs()?.delete(tenant, digest, before + Span::from_millis(1)).await?;
        Ok(())
    }

    /// Whether somebody else brought the same bytes and may still attach them.
    async fn is_uploaded(&self, hand: InHand<'_>, digest: BlobDigest) -> Result<bool, DeskError> {
        let young = Value::Instant(hand.now - Span::hours(BLOB_GRACE_HOURS));
        let at = FieldRef::new(upload_column::at, "at");
        let filter = Expr::Compare(at, Comparison::Ge, young).ground(&Unasked);
        let mut query = Query { limit: ERASURE_ROWS, ..Query::records(hand.tenant(), &UPLOAD, filter) };
        loop {
            let page = self.store.query(query.clone()).await?;
            let mut uploads = page.rows.iter().filter_map(|row| row.record.as_ref()?.of::<Upload>());
            let others = |upload: &Upload| !hand.erasure.identities.contains(&upload.author);
            if uploads.any(|upload| upload.digest == digest && others(&upload)) {
                return Ok(true);
            }
            match page.next {
                Some(cursor) => query.after = Some(cursor),
                None => return Ok(false),
            }
        }
    }

    /// Looks at what the journal keeps apart. A record whose journal names the person loses all of it there and says once
    /// more what is left.
    async fn erase_journal(&self, hand: InHand<'_>, after: u64) -> Result<(), DeskError> {
        let read = JournalRead { tenant: hand.tenant(), after, subject: None, limit: ERASURE_EVENTS };
        let events = self.store.events(read).await?;
        let Some(last) = events.last().map(|event| event.position) else {
            return self.advance(hand, Place::Ended).await;
        };
        let mut named = BTreeSet::new();
        for event in &events {
            let has_texts = part(event.subject.kind.name).is_some_and(|p| matches!(p.holds, Holds::Texts(_)));
            let content = event.fact.content()?.filter(|_| has_texts);
            if content.is_some_and(|content| hand.erasure.words.mask(&content).is_some()) {
                named.insert(event.subject);
            }
        }
        for key in named {
            self.erase_record(hand, key, Some(after)).await?;
        }
        // Going on is told by the journal as well, so a page that is not full is the last one.
        let ended = events.len() < ERASURE_EVENTS;
        self.advance(hand, if ended { Place::Ended } else { Place::Journal { after: last } }).await
    }
}

/// The bytes that go with a record.
fn bytes_of(loaded: &Loaded, trace: &Trace) -> Option<BlobDigest> {
    match trace {
        Trace::Forgotten(_) => loaded.of::<Attachment>().map(|attachment| attachment.digest),
        Trace::Gone => loaded.of::<Upload>().map(|upload| upload.digest),
        Trace::Masked(_) => None,
    }
}

/// Who an event says that somebody is.
fn person_of(event: &DirectoryEvent) -> Option<&Person> {
    match event {
        DirectoryEvent::EmployeeSaved(employee) => Some(&employee.person),
        DirectoryEvent::ContactSaved(contact) => Some(&contact.person),
        _ => None,
    }
}
