//! Files of a request.

use std::any::Any;
use std::sync::Arc;

use uuid::Uuid;

use crate::base::limits::{
    ENTRY_ATTACHMENTS_MAX, INFECTION_CHARS_MAX, REQUEST_ATTACHED_BYTES_MAX, REQUEST_ATTACHMENTS_MAX,
    UPLOAD_HOURS,
};
use crate::base::{CommandId, Span};
use crate::config::catalog::Recipient;
use crate::life::access::Actor;
use crate::life::directory::EmployeeId;
use crate::life::request::attachment::{
    Asked, Attachment, AttachmentId, MediaType, Scan, ScanVerdict, UploadId, blob_id,
};
use crate::life::request::command::{Message, NewFile, RequestCommand as C, Wake};
use crate::life::request::entry::Visibility;
use crate::life::request::event::RequestEvent;
use crate::life::request::record::Request;
use crate::life::request::status::Status;
use crate::life::sample::{
    Ask, BOSS, COLLEAGUE, OPERATOR, REQUESTER, STRANGER, TENANT_ID, acts, file, loaded, noon, request,
    telling, text, upload, world,
};
use crate::life::{Decision, Refusal, World};
use crate::store::{BlobDigest, Fact, Queue, WorkChange};

fn attach(visibility: Visibility) -> C {
    C::Attach { file: file(), visibility }
}

fn with_file(text: &str) -> Message {
    Message { files: vec![file()], ..Message::from(text) }
}

/// The attachment that a decision writes.
fn written(decision: &Decision) -> Arc<Attachment> {
    let found = decision.puts.iter().find_map(|put| loaded_of(put.record.clone()));
    found.expect("an attachment is written")
}

fn loaded_of(record: Arc<dyn crate::store::Stored>) -> Option<Arc<Attachment>> {
    let record: Arc<dyn Any + Send + Sync> = record;
    record.downcast().ok()
}

/// A file of the request that somebody attached, and a world in which it was.
fn attached(world: &World, who: EmployeeId, visibility: Visibility, scanning: bool) -> (Request, Attachment) {
    let ask = Ask { scanning, ..Ask::new(world, acts(who), noon()) };
    let (request, decision) = ask.step(&request(), &attach(visibility)).expect("they may attach");
    (request, (*written(&decision)).clone())
}

/// A step about an attachment that is there.
fn about(
    world: &World,
    actor: Actor,
    (request, attachment): &(Request, Attachment),
    command: &C,
) -> Result<(Request, Attachment, Decision), Refusal> {
    let beside = vec![loaded(attachment.clone())];
    let ask = Ask { others: beside, scanning: true, ..Ask::new(world, actor, noon() + Span::hours(1)) };
    let (request, decision) = ask.step(request, command)?;
    let after = decision.puts.iter().find_map(|put| loaded_of(put.record.clone()));
    let after = after.map_or_else(|| attachment.clone(), |after| (*after).clone());
    Ok((request, after, decision))
}

#[test]
fn an_attached_file_uses_up_its_upload_and_counts() {
    let world = world();
    let ask = Ask::new(&world, acts(REQUESTER), noon());
    let (request, decision) = ask.step(&request(), &attach(Visibility::Public)).expect("the requester may");
    let attachment = written(&decision);
    assert_eq!((attachment.bytes, attachment.digest, attachment.entry), (3, BlobDigest([7; 32]), None));
    assert_eq!((&attachment.scan, attachment.author), (&Scan::NotScanned, REQUESTER.into()));
    assert_eq!((request.attachments, request.attached_bytes), (1, 3));
    assert_eq!(decision.deletes.iter().map(|(key, _)| key.id).collect::<Vec<_>>(), [file().upload.0]);
    assert!(decision.work.is_empty(), "nothing is to be scanned");
}

#[test]
fn files_come_with_what_is_written_and_are_seen_by_who_sees_that() {
    let world = world();
    for (who, command, visibility) in [
        (REQUESTER, C::Reply(with_file("Here.")), Visibility::Public),
        (OPERATOR, C::Answer(with_file("There.")), Visibility::Public),
        (OPERATOR, C::Note(with_file("Between us.")), Visibility::Internal),
    ] {
        let (_, decision) = Ask::new(&world, acts(who), noon()).step(&request(), &command).expect("they may");
        let attachment = written(&decision);
        let entry = decision.events.iter().find_map(|event| {
            match (&*event.fact as &dyn Any).downcast_ref::<RequestEvent>() {
                Some(RequestEvent::Written { entry, .. }) => Some(*entry),
                _ => None,
            }
        });
        assert_eq!((attachment.entry, attachment.visibility), (entry, visibility), "{command:?}");
        assert!(entry.is_some());
    }
}

#[test]
fn a_file_name_stands_in_the_content_of_its_event_and_not_in_its_body() {
    let world = world();
    let ask = Ask::new(&world, acts(REQUESTER), noon());
    let (_, decision) = ask.step(&request(), &attach(Visibility::Public)).expect("the requester may");
    let fact: &dyn Fact = &*decision.events[0].fact;
    let (body, content) = (fact.encode().expect("it is written"), fact.content().expect("it is written"));
    assert!(!body.contains("7.pdf") && content.as_deref() == Some("\"Счёт № 7.pdf\""), "{body} {content:?}");
    let event = super::super::fact::decode(&body, content.as_deref()).expect("it is read");
    assert_eq!(Some(&event), (fact as &dyn Any).downcast_ref());
    let erased = super::super::fact::decode(&body, None).expect("what was erased is read");
    assert!(matches!(erased, RequestEvent::Attached(attached) if attached.name.as_str().is_empty()));
}

#[test]
fn only_who_writes_notes_attaches_internally() {
    let world = world();
    for (who, public, internal) in [
        (REQUESTER, None, Some("denied")),
        (OPERATOR, None, None),
        (COLLEAGUE, None, None),
        (STRANGER, Some("not_found"), Some("not_found")),
    ] {
        for (visibility, expected) in [(Visibility::Public, public), (Visibility::Internal, internal)] {
            let done = Ask::new(&world, acts(who), noon()).step(&request(), &attach(visibility));
            assert_eq!(done.err().map(|refusal| refusal.code()), expected, "{who} {visibility:?}");
        }
    }
}

#[test]
fn an_upload_is_attached_by_who_brought_it_within_its_day_and_once() {
    let world = world();
    let refused =
        |ask: Ask<'_>, command: C| ask.step(&request(), &command).expect_err("it is refused").code();
    let foreign = vec![loaded(upload(OPERATOR.into()))];
    let ask = Ask { others: foreign, ..Ask::new(&world, acts(REQUESTER), noon()) };
    assert_eq!(refused(ask, attach(Visibility::Public)), "not_found");
    let late = noon() + Span::hours(UPLOAD_HOURS) + Span::from_millis(1);
    assert_eq!(
        refused(Ask::new(&world, acts(REQUESTER), late), attach(Visibility::Public)),
        "upload_expired"
    );
    let twice = Message { files: vec![file(), file()], ..Message::from("Twice") };
    assert_eq!(refused(Ask::new(&world, acts(REQUESTER), noon()), C::Reply(twice)), "invalid");
}

#[test]
fn a_name_is_one_line_without_folders() {
    let world = world();
    let long = "я".repeat(256);
    for (name, taken) in [
        ("отчёт 2026.xlsx", true),
        ("..", true),
        (&long[2..], true),
        (&long, false),
        (" ", false),
        ("", false),
        ("../etc/passwd", false),
        ("C:\\boot.ini", false),
        ("a\nb", false),
    ] {
        let file = NewFile { name: text(name), ..file() };
        let ask = Ask::new(&world, acts(REQUESTER), noon());
        let done = ask.step(&request(), &C::Attach { file, visibility: Visibility::Public });
        assert_eq!(done.is_ok(), taken, "{name}");
    }
}

#[test]
fn a_media_type_has_the_form_of_the_standard() {
    let half = "a".repeat(128);
    for (text, taken) in [
        ("application/pdf", true),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", true),
        ("Image/SVG+xml", true),
        ("text/plain; charset=utf-8", false),
        ("text", false),
        ("/", false),
        ("text/", false),
        ("text/a/b", false),
        (".a/b", false),
        ("текст/plain", false),
        (&format!("{half}/b"), false),
    ] {
        assert_eq!(text.parse::<MediaType>().is_ok(), taken, "{text}");
    }
    assert_eq!("Image/SVG+xml".parse::<MediaType>().map(|ty| ty.to_string()).as_deref(), Ok("image/svg+xml"));
}

#[test]
fn the_limits_of_a_request_are_exact() {
    let world = world();
    let step = |request: Request| {
        let ask = Ask::new(&world, acts(REQUESTER), noon());
        ask.step(&request, &attach(Visibility::Public)).err().map(|refusal| refusal.code())
    };
    let counted = |attachments| Request { attachments, ..request() };
    assert_eq!(step(counted(REQUEST_ATTACHMENTS_MAX - 1)), None);
    assert_eq!(step(counted(REQUEST_ATTACHMENTS_MAX)), Some("too_many_attachments"));
    let weighed = |attached_bytes| Request { attached_bytes, ..request() };
    assert_eq!(step(weighed(REQUEST_ATTACHED_BYTES_MAX - 3)), None);
    assert_eq!(step(weighed(REQUEST_ATTACHED_BYTES_MAX - 2)), Some("too_many_bytes"));
}

#[test]
fn an_entry_takes_a_limited_number_of_files() {
    let world = world();
    let numbered = |n: usize| NewFile { upload: UploadId(Uuid::from_u128(300 + n as u128)), ..file() };
    let files = |n| (0..n).map(numbered).collect::<Vec<_>>();
    let beside = |n| {
        files(n)
            .iter()
            .map(|file| loaded(crate::life::request::Upload { id: file.upload, ..upload(REQUESTER.into()) }))
            .collect()
    };
    let reply = |n| {
        let ask = Ask { others: beside(n), ..Ask::new(&world, acts(REQUESTER), noon()) };
        ask.step(&request(), &C::Reply(Message { files: files(n), ..Message::from("All") }))
    };
    let (full, decision) = reply(ENTRY_ATTACHMENTS_MAX).expect("so many are taken");
    assert_eq!(full.attachments as usize, ENTRY_ATTACHMENTS_MAX);
    assert_eq!(decision.deletes.len(), ENTRY_ATTACHMENTS_MAX);
    assert_eq!(reply(ENTRY_ATTACHMENTS_MAX + 1).expect_err("one more is not").code(), "invalid");
}

#[test]
fn an_attachment_is_removed_by_its_author_or_who_may_remove_those_of_others() {
    let world = world();
    let remove = |attachment: &Attachment| C::RemoveAttachment { attachment: attachment.id };
    let public = attached(&world, REQUESTER, Visibility::Public, true);
    for (who, expected) in [(REQUESTER, None), (OPERATOR, None), (BOSS, None), (STRANGER, Some("not_found"))]
    {
        let done = about(&world, acts(who), &public, &remove(&public.1));
        assert_eq!(done.as_ref().err().map(Refusal::code), expected, "{who}");
        let Ok((request, removed, decision)) = done else { continue };
        assert_eq!((request.attachments, request.attached_bytes), (0, 0));
        assert_eq!(removed.removed_at, Some(noon() + Span::hours(1)));
        let cancelled = |change: &WorkChange| matches!(change, WorkChange::Cancel { queue: Queue::Timers, key } if *key == removed.scan_key());
        assert!(decision.work.iter().any(cancelled), "nobody waits for its scan any more");
        let again = about(&world, acts(who), &(request, removed.clone()), &remove(&removed));
        assert_eq!(again.expect_err("it is gone").code(), "not_found");
    }
    let of_operator = attached(&world, OPERATOR, Visibility::Public, false);
    let done = about(&world, acts(REQUESTER), &of_operator, &remove(&of_operator.1));
    assert_eq!(done.expect_err("it is the operator's").code(), "denied");
    let internal = attached(&world, OPERATOR, Visibility::Internal, false);
    let done = about(&world, acts(REQUESTER), &internal, &remove(&internal.1));
    assert_eq!(done.expect_err("requesters know nothing of it").code(), "not_found");
}

#[test]
fn an_attachment_of_another_request_is_not_found() {
    let world = world();
    let (request, attachment) = attached(&world, REQUESTER, Visibility::Public, true);
    let other = Request { id: crate::life::request::RequestId(Uuid::from_u128(101)), ..request };
    let id = attachment.id;
    for (actor, command) in [
        (acts(BOSS), C::RemoveAttachment { attachment: id }),
        (acts(BOSS), C::ScanAttachment { attachment: id }),
        (Actor::system(TENANT_ID), C::NoteVerdict { attachment: id, verdict: ScanVerdict::Clean }),
    ] {
        let done = about(&world, actor, &(other.clone(), attachment.clone()), &command);
        assert_eq!(done.expect_err("it belongs to another").code(), "not_found", "{command:?}");
    }
}

#[test]
fn a_scan_is_asked_for_with_the_attachment_and_its_verdict_is_noted_once() {
    let world = world();
    let ask = Ask { scanning: true, ..Ask::new(&world, acts(REQUESTER), noon()) };
    let (request, decision) = ask.step(&request(), &attach(Visibility::Public)).expect("the requester may");
    let attachment = written(&decision);
    let [WorkChange::Set(set)] = &decision.work[..] else { panic!("{:?}", decision.work) };
    assert_eq!((set.queue, set.key, set.due), (Queue::Timers, attachment.scan_key(), noon()));
    let wake: Wake = serde_json::from_str(&set.body).expect("it is a timer of a request");
    let set_by = CommandId(Uuid::from_u128(1_000));
    assert_eq!(wake, Wake::Scan { set_by, attachment: attachment.id });

    let pending = (request, (*attachment).clone());
    let note = |verdict| C::NoteVerdict { attachment: pending.1.id, verdict };
    // The boss holds every permission, the engine's too, and yet is not the engine.
    for who in [BOSS, OPERATOR] {
        let by_hand = about(&world, acts(who), &pending, &note(ScanVerdict::Clean));
        assert_eq!(by_hand.expect_err("a verdict is the scanner's").code(), "denied");
    }
    let engine = Actor::system(TENANT_ID);
    let (request, clean, _) =
        about(&world, engine, &pending, &note(ScanVerdict::Clean)).expect("it is awaited");
    assert_eq!(clean.scan, Scan::Clean);
    let again = about(&world, engine, &(request, clean), &note(ScanVerdict::Clean));
    assert_eq!(again.expect_err("nobody waits any more").code(), "not_due");
}

#[test]
fn what_a_scanner_calls_an_infection_is_cut_and_cleaned() {
    let world = world();
    let pending = attached(&world, REQUESTER, Visibility::Public, true);
    let verdict = ScanVerdict::Infected { name: format!("Eicar\0\n{}", "x".repeat(1_000)) };
    let note = C::NoteVerdict { attachment: pending.1.id, verdict };
    let (_, infected, _) = about(&world, Actor::system(TENANT_ID), &pending, &note).expect("it is awaited");
    let Scan::Infected { name } = infected.scan else { panic!("{:?}", infected.scan) };
    assert!(name.starts_with("Eicarx") && name.chars().count() == INFECTION_CHARS_MAX);
}

#[test]
fn a_scan_that_is_put_aside_failed_until_it_is_asked_for_again() {
    let world = world();
    let pending = attached(&world, REQUESTER, Visibility::Public, true);
    let key = pending.1.scan_key();
    let wake = Wake::Scan { set_by: CommandId(Uuid::from_u128(1_000)), attachment: pending.1.id };
    let body = serde_json::to_string(&wake).expect("a timer can be written");
    let park = C::Park { timer: true, key, reason: "no scanner".into(), body };
    let (parked, failed, _) = about(&world, Actor::system(TENANT_ID), &pending, &park).expect("it is parked");
    assert_eq!((&failed.scan, parked.stuck.len()), (&Scan::Failed, 1));

    let stuck = (parked, failed.clone());
    let scan = C::ScanAttachment { attachment: failed.id };
    let (going, again, decision) = about(&world, acts(OPERATOR), &stuck, &scan).expect("an operator may");
    assert_eq!((&again.scan, going.stuck.len(), decision.work.len()), (&Scan::Pending, 0, 1));
    let (going, removed, _) =
        about(&world, acts(OPERATOR), &stuck, &C::RemoveAttachment { attachment: failed.id })
            .expect("they may");
    assert!(going.stuck.is_empty() && removed.removed_at.is_some(), "nobody has to look after it any more");

    let again = about(&world, acts(OPERATOR), &(going, again), &scan);
    assert!(again.is_err(), "it was asked for already");
    let by_requester = about(&world, acts(REQUESTER), &stuck, &scan);
    assert_eq!(by_requester.expect_err("a scan is for operators").code(), "denied");
}

#[test]
fn an_infected_file_stays_infected() {
    let world = world();
    let (request, attachment) = attached(&world, REQUESTER, Visibility::Public, true);
    let infected = Attachment { scan: Scan::Infected { name: "Eicar".to_owned() }, ..attachment };
    let scan = C::ScanAttachment { attachment: infected.id };
    let refused = about(&world, acts(OPERATOR), &(request, infected), &scan);
    assert_eq!(refused.expect_err("it would be handed out meanwhile").code(), "infected");
}

#[test]
fn a_scan_is_asked_for_where_files_are_scanned_only() {
    let world = world();
    let (request, attachment) = attached(&world, REQUESTER, Visibility::Public, false);
    let beside = vec![loaded(attachment.clone())];
    let ask = Ask { others: beside, ..Ask::new(&world, acts(OPERATOR), noon()) };
    let refused = ask.step(&request, &C::ScanAttachment { attachment: attachment.id });
    assert_eq!(refused.expect_err("nobody would scan it").code(), "not_scanning");
}

#[test]
fn bytes_are_handed_out_by_this_table() {
    let (_, attachment) = attached(&world(), REQUESTER, Visibility::Public, false);
    let infected = Scan::Infected { name: "Eicar".to_owned() };
    for (scan, scanning, plainly, unscanned) in [
        (Scan::NotScanned, false, None, None),
        (Scan::NotScanned, true, Some("not_scanned"), None),
        (Scan::Pending, true, Some("not_scanned"), None),
        (Scan::Pending, false, Some("not_scanned"), None),
        (Scan::Clean, true, None, None),
        (Scan::Failed, true, Some("scan_failed"), None),
        (Scan::Failed, false, Some("scan_failed"), None),
        (infected.clone(), true, Some("infected"), Some("infected")),
        (infected, false, Some("infected"), Some("infected")),
    ] {
        let attachment = Attachment { scan, ..attachment.clone() };
        for (asked, expected) in [(Asked::Plainly, plainly), (Asked::Unscanned, unscanned)] {
            let done = attachment.check_handed_out(asked, scanning);
            let code = done.as_ref().err().map(Refusal::code);
            assert_eq!(code, expected, "{:?} {asked:?} {scanning}", attachment.scan);
        }
    }
}

#[test]
fn an_attachment_is_the_fold_of_its_events() {
    let world = world();
    let mut now = attached(&world, REQUESTER, Visibility::Public, true);
    let mut folded = now.1.clone();
    let id = folded.id;
    for (actor, command) in [
        (Actor::system(TENANT_ID), C::NoteVerdict { attachment: id, verdict: ScanVerdict::Clean }),
        (acts(OPERATOR), C::ScanAttachment { attachment: id }),
        (acts(OPERATOR), C::RemoveAttachment { attachment: id }),
    ] {
        let (request, after, decision) = about(&world, actor, &now, &command).expect("the step is possible");
        let mut refolded = now.0.clone();
        for event in &decision.events {
            let fact = (&*event.fact as &dyn Any).downcast_ref().expect("an event of a request");
            folded.evolve(fact, decision.at);
            refolded.evolve(fact, decision.at);
        }
        assert_eq!((&folded, &refolded), (&after, &request), "{command:?}");
        now = (request, after);
    }
    let other =
        RequestEvent::AttachmentScanned { attachment: AttachmentId(Uuid::from_u128(1)), scan: Scan::Failed };
    folded.evolve(&other, noon());
    assert_eq!(folded, now.1, "what happens to another attachment is nothing to this one");
}

#[test]
fn an_internal_file_is_nothing_to_the_requester() {
    let mut world = telling(Recipient::Requester);
    let mut catalog = world.catalog.definition().clone();
    catalog.notifications.iter_mut().for_each(|notification| notification.on = "attached".into());
    world.catalog = Arc::new(catalog.check().expect("the catalog has no problem"));
    let told = |visibility| {
        let ask = Ask::new(&world, acts(OPERATOR), noon());
        ask.step(&request(), &attach(visibility)).expect("an operator may").1.work.len()
    };
    assert_eq!((told(Visibility::Public), told(Visibility::Internal)), (1, 0));
}

#[test]
fn a_closed_request_takes_files_with_words_only() {
    let world = world();
    let closed = Request { status: Status::Closed, closed_at: Some(noon()), ..request() };
    let ask = Ask::new(&world, acts(OPERATOR), noon());
    let alone = ask.step(&closed, &attach(Visibility::Public));
    assert_eq!(alone.expect_err("nobody would look").code(), "already_closed");
    assert!(ask.step(&closed, &C::Answer(with_file("As you asked."))).is_ok());
}

#[test]
fn attachments_are_found_by_half_a_digest() {
    let mut digest = BlobDigest([0; 32]);
    digest.0[15] = 1;
    assert_eq!(blob_id(digest), Uuid::from_u128(1));
    digest.0[16] = 9;
    assert_eq!(blob_id(digest), Uuid::from_u128(1), "a second blob of this half only stays longer");
}
