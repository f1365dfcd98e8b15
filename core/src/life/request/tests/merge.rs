//! A request goes on in another one and comes back; a new one is split off.

use std::sync::{Arc, LazyLock};

use uuid::Uuid;

use crate::base::limits::{ABSORBED_MAX, MERGE_DEPTH_MAX, WATCHERS_MAX};
use crate::base::{Channel, Party, PartyKind, Span};
use crate::config::catalog::{Action, Reach};
use crate::life::decision::Decision;
use crate::life::directory::Employee;
use crate::life::refusal::Refusal;
use crate::life::request::command::{HoldFor, Message, RequestCommand as C, Submit};
use crate::life::request::draft::Draft;
use crate::life::request::entry::{CopyOf, Entry, EntryId, EntryKind, Redacted, Touched};
use crate::life::request::hold::{Hold, HoldReason, Release};
use crate::life::request::involvement::{CopiedIn, CopyAccess, Role};
use crate::life::request::record::{REQUEST, Request, RequestId};
use crate::life::request::status::Status;
use crate::life::request::tie::{Absorbed, Link, LinkKind, Parent, SplitFrom};
use crate::life::sample::{
    Ask, BOSS, CALLER, COLLEAGUE, OPERATOR, REQUESTER, STRANGER, acts, catalog, code, employee, file, noon,
    party, request, take, text, upload, world, written,
};
use crate::life::world::World;
use crate::store::{Queue, Stored, Version, WorkChange};

const MASTER: RequestId = RequestId(Uuid::from_u128(200));
const OTHER: RequestId = RequestId(Uuid::from_u128(201));
const ENTRY_ID: EntryId = EntryId(Uuid::from_u128(300));

#[test]
fn a_merged_request_stands_still_and_its_master_has_everybody() {
    let source = Request {
        copied: vec![CopiedIn { party: CALLER.into(), access: CopyAccess::Update }],
        watchers: vec![party(OPERATOR), party(BOSS)],
        links: vec![Link { kind: LinkKind::Relates, request: OTHER }],
        ..source()
    };
    let own = Request { watchers: vec![party(BOSS)], ..master() };
    let (source, master) = merge(&source, &own);
    assert_eq!((source.status, source.copied.len(), source.watchers.len()), (Status::Merged, 1, 2));
    let roles: Vec<_> = master.involvements().map(|row| (row.party, row.role)).collect();
    let expected = [
        (party(COLLEAGUE), Role::Requester),
        (CALLER.into(), Role::Participant),
        (party(REQUESTER), Role::Viewer),
        (party(BOSS), Role::Watcher),
        (party(OPERATOR), Role::Watcher),
    ];
    assert_eq!(roles, expected);
    assert_eq!(master.all_links().collect::<Vec<_>>(), source.links);
    assert_eq!((master.status, master.watchers), (own.status, own.watchers));
}

#[test]
fn what_was_merged_comes_back_as_it_was() {
    let source = Request {
        copied: vec![CopiedIn { party: CALLER.into(), access: CopyAccess::Update }],
        watchers: vec![party(OPERATOR)],
        ..source()
    };
    let (merged, absorbing) = merge(&source, &master());
    let (back, given) = unmerge(&merged, &absorbing);
    assert_eq!(back, source);
    assert_eq!(given, master());
}

#[test]
fn a_requester_joins_the_master_only_as_the_merge_says() {
    for access in [None, Some(CopyAccess::View), Some(CopyAccess::Update)] {
        let decision =
            decide(&source(), &C::Merge { into: MASTER, requester: access, earliest: false }, &[master()]);
        let master = written(&decision.expect("it is allowed"), MASTER).expect("both change");
        let joined: Vec<_> = master.copied_in().map(|copied| copied.access).collect();
        assert_eq!(joined, access.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn who_is_taken_off_a_master_does_not_come_back_with_the_next_change() {
    let (_, master) = merge(&source(), &master());
    let boss = Ask::new(&WORLD, acts(BOSS), noon());
    let (out, decision) = boss.step(&master, &C::CopyOut { party: party(REQUESTER) }).expect("copied in");
    assert_eq!((out.copied_in().count(), decision.deletes.len()), (0, 1));
    let (again, _) =
        boss.step(&out, &C::CopyIn { party: party(REQUESTER), access: CopyAccess::View }).expect("anew");
    assert_eq!(again.copied.len(), 1, "this time the master's own");
}

#[test]
fn a_merge_is_refused_by_the_rule_that_forbids_it() {
    let cases = [
        ("master_ended", source(), Request { status: Status::Closed, ..master() }),
        ("master_ended", source(), Request { status: Status::Cancelled, ..master() }),
        ("master_ended", source(), Request { status: Status::Rejected, ..master() }),
        ("master_ended", source(), merge(&master(), &other()).0),
        ("master_less_confidential", Request { confidentiality: 1, ..source() }, master()),
        ("has_children", Request { children: 1, ..source() }, master()),
        ("already_merged", merge(&source(), &other()).0, master()),
        ("already_closed", Request { status: Status::Closed, ..source() }, master()),
    ];
    for (rule, source, master) in cases {
        assert_eq!(refused(&source, &into(MASTER), &[master]), rule);
    }
    assert_eq!(refused(&source(), &into(source().id), &[]), "same_request");
    assert_eq!(refused(&source(), &into(MASTER), &[]), "not_found");
}

#[test]
fn who_may_not_see_a_master_is_told_that_there_is_none() {
    let hidden = Request { line: code("hr"), service: code("HR-01"), confidentiality: 2, ..master() };
    let operator = Ask::new(&WORLD, acts(OPERATOR), noon()).beside(hidden);
    let refusal = operator.step(&source(), &into(MASTER)).expect_err("the operator may not see it");
    assert_eq!(refusal, Refusal::not_found("request", MASTER));
}

#[test]
fn an_operator_merges_what_nobody_else_works_on_into_what_a_colleague_works_on() {
    let worked_on = |request| Request { assignee: Some(COLLEAGUE), ..request };
    let operator = |beside| Ask::new(&WORLD, acts(OPERATOR), noon()).beside(beside);
    operator(worked_on(master())).decide_beside(&source(), &into(MASTER)).expect("the source is free");
    let refusal = operator(master()).decide_beside(&worked_on(source()), &into(MASTER));
    assert_eq!(refusal.expect_err("a colleague works on it").code(), "denied");
}

#[test]
fn a_chain_of_merges_is_flat_and_undone_from_its_end() {
    let (first, second) = merge(&source(), &other_as(OTHER));
    let (second, master) = merge(&second, &master());
    let known: Vec<_> = master.absorbed.iter().map(|absorbed| (absorbed.request, absorbed.via)).collect();
    assert_eq!(known, [(OTHER, None), (first.id, Some(OTHER))]);
    let refusal =
        decide(&first, &C::Unmerge, std::slice::from_ref(&second)).expect_err("the second one first");
    assert_eq!(refusal.code(), "merged_via");
    assert!(refusal.to_string().contains(&second.number), "{refusal}");
    let (second, master) = unmerge(&second, &master);
    assert_eq!(master.absorbed, []);
    let (first, second) = unmerge(&first, &second);
    assert_eq!((first, second), (source(), other_as(OTHER)));
}

#[test]
fn a_master_takes_up_a_limited_number_of_requests_people_and_merges() {
    let absorbed = |n: usize, depth| Absorbed {
        confidentiality: 0,
        request: RequestId(Uuid::from_u128(5_000 + n as u128)),
        via: None,
        depth,
        copied: Vec::new(),
        watchers: Vec::new(),
        links: Vec::new(),
        counts_from: None,
    };
    let crowd = |from: usize, many: usize| -> Vec<Party> {
        let somebody = |n| Party { kind: PartyKind::Employee, id: Uuid::from_u128(9_000 + n as u128) };
        (from..from + many).map(somebody).collect()
    };
    let full = |many| Request { absorbed: (0..many).map(|n| absorbed(n, 1)).collect(), ..master() };
    merge(&source(), &full(ABSORBED_MAX - 1));
    assert_eq!(refused(&source(), &into(MASTER), &[full(ABSORBED_MAX)]), "merge_too_large");
    let deep = |depth| Request { absorbed: vec![absorbed(0, depth)], ..source() };
    merge(&deep(MERGE_DEPTH_MAX - 1), &master());
    assert_eq!(refused(&deep(MERGE_DEPTH_MAX), &into(MASTER), &[master()]), "merge_too_large");
    let watched = |many| Request { watchers: crowd(0, many), ..master() };
    let source = Request { watchers: crowd(WATCHERS_MAX, 1), ..source() };
    merge(&source, &watched(WATCHERS_MAX - 1));
    assert_eq!(refused(&source, &into(MASTER), &[watched(WATCHERS_MAX)]), "merge_too_large");
}

#[test]
fn a_hold_stops_with_a_merge_and_goes_on_or_is_over_afterwards() {
    let until = noon() + Span::hours(2);
    let hold = HoldFor::until(HoldReason::ThirdParty, until);
    let (held, _) = Ask::new(&WORLD, acts(BOSS), noon()).step(&source(), &C::Hold(hold)).expect("open");
    let decision = decide(&held, &into(MASTER), &[master()]).expect("it is open");
    let cancelled = |change: &WorkChange| matches!(change, WorkChange::Cancel { queue: Queue::Timers, .. });
    assert_eq!(decision.work.iter().filter(|change| cancelled(change)).count(), 1);
    let (merged, absorbing) = merge(&held, &master());
    assert_eq!(merged.hold, None);
    let at = |now| {
        let ask = Ask::new(&WORLD, acts(BOSS), now).beside(absorbing.clone());
        ask.step(&merged, &C::Unmerge).expect("it is merged")
    };
    let (early, decision) = at(until - Span::from_millis(1));
    assert_eq!((early.status, early.hold), (Status::OnHold, held.hold));
    let set = |change: &WorkChange| matches!(change, WorkChange::Set(new) if new.due == until);
    assert!(decision.work.iter().any(set), "the timer is set again");
    let (late, decision) = at(until);
    assert_eq!((late.status, late.hold), (Status::InProgress, None));
    assert!(decision.work.is_empty());
}

#[test]
fn an_operator_who_left_meanwhile_does_not_get_the_request_back() {
    for (status, after) in [(Status::Assigned, Status::Classified), (Status::InProgress, Status::InProgress)]
    {
        let worked_on = Request { status, assignee: Some(OPERATOR), ..source() };
        let (merged, master) = merge(&worked_on, &master());
        assert_eq!(unmerge(&merged, &master).0, worked_on, "who is still there gets it back");
        let mut left = world();
        take(&mut left.directory, Employee { active: false, ..employee(OPERATOR) });
        let ask = Ask::new(&left, acts(BOSS), noon()).beside(master);
        let (back, _) = ask.step(&merged, &C::Unmerge).expect("it is merged");
        assert_eq!((back.status, back.assignee), (after, None));
    }
}

#[test]
fn a_hold_that_is_over_leads_to_where_the_operator_of_now_is() {
    let until = Some(noon() - Span::hours(1));
    let release = Release::default();
    let hold = Some(Hold { reason: HoldReason::Internal, until, release, before: Status::New });
    let held = Request { status: Status::OnHold, hold, assignee: Some(OPERATOR), ..source() };
    let (merged, master) = merge(&held, &master());
    assert_eq!(unmerge(&merged, &master).0.status, Status::Assigned);
}

#[test]
fn the_silence_of_a_resolved_request_begins_anew_when_it_would_be_over() {
    let closes_at = Some(noon() + Span::hours(1));
    let resolved = Request { status: Status::Resolved, resolved_at: Some(noon()), closes_at, ..source() };
    let (merged, absorbing) = merge(&resolved, &master());
    assert_eq!(merged.closes_at, None);
    let at = |now| {
        let ask = Ask::new(&WORLD, acts(BOSS), now).beside(absorbing.clone());
        ask.step(&merged, &C::Unmerge).expect("it is merged").0.closes_at
    };
    assert_eq!(at(noon()), closes_at);
    let late = noon() + Span::hours(1);
    assert_eq!(at(late), Some(late + Span::hours(120)));
}

#[test]
fn what_is_said_to_a_merged_request_is_said_to_its_master() {
    let (first, second) = merge(&source(), &other_as(OTHER));
    let (second, master) = merge(&second, &master());
    for command in [C::Note("Strange.".into()), C::Answer("Wait.".into()), C::Reply("Hurry.".into())] {
        let decision = decide(&first, &command, &[second.clone(), master.clone()]).expect("it goes on");
        assert_eq!((decision.answer.subject, written(&decision, first.id)), (MASTER.0, None));
        assert_eq!(written(&decision, MASTER).expect("the master").entries, master.entries + 1);
        assert_eq!(decision.guards.len(), 1, "the request must still be merged");
    }
    assert_eq!(refused(&first, &C::Watch, &[second, master]), "already_merged");
}

#[test]
fn who_may_not_attach_to_a_master_brings_no_file_by_what_was_merged() {
    let mut catalog = catalog();
    let permissions = catalog.roles.iter_mut().flat_map(|role| &mut role.permissions);
    for permission in permissions.filter(|permission| permission.action == Action::Attach) {
        permission.reach = Reach::NotOthers;
    }
    let world = World { catalog: Arc::new(catalog.check().expect("it is as before")), ..world() };
    let upload = upload(party(BOSS));
    let answer = C::Answer(Message { files: vec![file()], ..Message::from("See the photograph.") });
    let (merged, master) = merge(&source(), &master());
    let taken = Request { assignee: Some(COLLEAGUE), ..master.clone() };
    let done = |master: Request| {
        let ask = Ask::new(&world, acts(BOSS), noon()).beside(upload.clone()).beside(master);
        ask.decide_beside(&merged, &answer).map_or_else(|refusal| refusal.code(), |_| "done")
    };
    assert_eq!((done(master), done(taken)), ("done", "denied"));
}

#[test]
fn who_may_not_write_to_a_master_is_told_its_number_if_they_may_see_it() {
    let (merged, master) = merge(&source(), &master());
    let requester = |master: Request| {
        let ask = Ask::new(&WORLD, acts(REQUESTER), noon()).beside(master);
        ask.decide_beside(&merged, &C::Reply("Hurry.".into())).expect_err("a viewer does not write")
    };
    let number = master.number.clone();
    let seen = requester(master.clone());
    assert_eq!(seen.code(), "already_merged");
    assert!(seen.to_string().contains(&number), "{seen}");
    let unseen = requester(Request { absorbed: Vec::new(), ..master });
    assert_eq!(unseen.code(), "already_merged");
    assert!(!unseen.to_string().contains(&number), "{unseen}");
}

#[test]
fn a_split_begins_a_request_with_a_copy_and_says_on_both_sides_where_it_came_from() {
    let entry = entry(EntryKind::Message, party(STRANGER));
    let decision = split(&source(), &entry, asked("IT-02")).expect("the boss may");
    let new = RequestId(decision.answer.subject);
    let (old, new) = (written(&decision, source().id).expect("old"), written(&decision, new).expect("new"));
    assert_eq!((new.number.as_str(), decision.answer.label.as_str()), ("IT-000077", "IT-000077"));
    assert_eq!(new.split_from, Some(SplitFrom { request: old.id, entry: ENTRY_ID }));
    assert_eq!((new.requester, new.entries), (party(STRANGER), 1));
    assert_eq!(new.links, [Link { kind: LinkKind::Relates, request: old.id }]);
    assert_eq!(old.links, [Link { kind: LinkKind::Relates, request: new.id }]);
    let copy = copied(&decision);
    assert_eq!((copy.kind, copy.text.as_str(), copy.author), (entry.kind, &*entry.text, party(BOSS)));
    assert_eq!(copy.copy_of, Some(CopyOf::from(&entry)));
    let names: Vec<_> = decision.events.iter().map(|event| event.fact.name()).collect();
    assert_eq!(names, ["split_off", "linked", "submitted", "split_from", "linked"]);
    let events = decision.events.iter().map(|event| event.fact.encode().expect("events are written"));
    assert!(events.into_iter().all(|body| !body.contains(&entry.text)), "texts stand in entries only");
}

#[test]
fn a_note_that_is_split_off_stays_internal_and_is_for_the_requester_of_before() {
    let note = entry(EntryKind::Note, party(OPERATOR));
    let decision = split(&source(), &note, asked("IT-02")).expect("the boss may");
    assert_eq!(copied(&decision).kind, EntryKind::Note);
    let new = written(&decision, RequestId(decision.answer.subject)).expect("the new request");
    assert_eq!((new.requester, new.answered_at), (party(REQUESTER), None));
    let named = Submit { requester: Some(party(COLLEAGUE)), ..asked("IT-02") };
    let decision = split(&source(), &note, named).expect("the boss may");
    let new = written(&decision, RequestId(decision.answer.subject)).expect("the new request");
    assert_eq!(new.requester, party(COLLEAGUE));
}

#[test]
fn a_split_is_refused_by_the_rule_that_forbids_it() {
    let message = || entry(EntryKind::Message, party(REQUESTER));
    let rule = |request: &Request, entry: Entry, submit| {
        split(request, &entry, submit).expect_err("it is refused").code()
    };
    let foreign = Entry { request: OTHER, ..message() };
    assert_eq!(rule(&source(), foreign.clone(), asked("IT-02")), "not_found");
    assert_eq!(rule(&source(), message(), Submit { text: "Hello".into(), ..asked("IT-02") }), "invalid");
    assert_eq!(rule(&source(), message(), asked("XX-02")), "invalid");
    let secret = Request { confidentiality: 2, ..source() };
    assert_eq!(rule(&secret, message(), asked("IT-02")), "service_less_confidential");
    split(&secret, &message(), asked("HR-01")).expect("as confidential as before");
    let (_, absorbing) = merge(&other_as(OTHER), &source());
    split(&absorbing, &foreign, asked("IT-02")).expect("it is shown in the master");
    for kind in [EntryKind::Resolution, EntryKind::Work, EntryKind::Rating] {
        assert_eq!(rule(&source(), entry(kind, party(OPERATOR)), asked("IT-02")), "not_splittable");
    }
    let blanked = Some(Redacted { last: Touched { by: party(BOSS), at: noon() }, whole: false });
    assert_eq!(rule(&source(), Entry { redacted: blanked, ..message() }, asked("IT-02")), "redacted");
    assert_eq!(rule(&source(), message(), Submit { files: vec![file()], ..asked("IT-02") }), "invalid");
    let missing = decide(&source(), &C::Split { entry: ENTRY_ID, submit: asked("IT-02").into() }, &[]);
    assert_eq!(missing.expect_err("there is no entry").code(), "not_found");
    let requester = Ask::new(&WORLD, acts(REQUESTER), noon()).beside(message());
    let refusal =
        requester.decide_beside(&source(), &C::Split { entry: ENTRY_ID, submit: asked("IT-02").into() });
    assert_eq!(refusal.expect_err("a requester splits nothing").code(), "denied");
}

#[test]
fn a_child_that_is_merged_stays_a_child() {
    let parent = Some(Parent { request: OTHER, on_end: None });
    let (merged, master) = merge(&Request { parent, ..source() }, &master());
    assert_eq!((merged.parent, master.parent), (parent, None));
}

#[test]
fn a_merge_closes_no_circle() {
    use LinkKind::{DependsOn, DuplicateOf, DuplicatedBy, NeededBy, Relates};
    let linked = |request: Request, links: &[(LinkKind, RequestId)]| {
        let links = links.iter().map(|(kind, request)| Link { kind: *kind, request: *request }).collect();
        Request { links, ..request }
    };
    let (own, third) = (source().id, OTHER);
    for (there, back) in [(DependsOn, NeededBy), (DuplicateOf, DuplicatedBy)] {
        for (first, second) in [(there, back), (back, there)] {
            // Source and master stand on two sides of the third, so together they would stand on both.
            let third = linked(other(), &[(second, own), (first, MASTER)]);
            let (source, master) =
                (linked(source(), &[(first, third.id)]), linked(master(), &[(second, third.id)]));
            assert_eq!(refused(&source, &into(MASTER), &[master, third]), "circle", "{first:?}");
        }
    }
    // Both on one side, or with no direction, or linked with each other alone.
    for kind in [DependsOn, Relates] {
        let third = linked(other(), &[(kind.inverse(), own), (kind.inverse(), MASTER)]);
        let (source, master) = (linked(source(), &[(kind, third.id)]), linked(master(), &[(kind, third.id)]));
        let decision = decide(&source, &into(MASTER), &[master, third]).expect("no circle");
        let guarded: Vec<_> = decision.guards.iter().map(|(key, _)| *key).collect();
        assert_eq!(guarded, if kind == Relates { vec![] } else { vec![REQUEST.key(OTHER.0)] });
    }
    let (source, master) = (linked(source(), &[(DependsOn, MASTER)]), linked(master(), &[(NeededBy, own)]));
    decide(&source, &into(MASTER), &[master, linked(other_as(third), &[])]).expect("no circle");
}

#[test]
fn a_master_stays_as_confidential_as_what_went_on_in_it() {
    let secret = |request| Request { service: code("HR-01"), confidentiality: 2, ..request };
    let (_, master) = merge(&secret(source()), &secret(master()));
    let service = |service| C::Classify { service: Some(code(service)), category: None };
    assert_eq!(refused(&master, &service("IT-01"), &[]), "below_absorbed");
    let (_, open) = merge(&other_as(OTHER), &secret(self::master()));
    decide(&open, &service("IT-01"), &[]).expect("what went on in it is no secret");
}

#[test]
fn a_draft_goes_from_the_request_where_it_was_written() {
    let (merged, master) = merge(&source(), &master());
    let draft = Draft {
        request: merged.id,
        author: party(BOSS),
        kind: EntryKind::Answer,
        text: "Wait".into(),
        at: noon(),
    };
    let ask = || Ask::new(&WORLD, acts(BOSS), noon()).beside(draft.clone());
    let sent = C::Answer(Message { from_draft: true, ..Message::from("Wait.") });
    let decision = ask().beside(master).decide_beside(&merged, &sent).expect("it goes on");
    assert_eq!(decision.deletes.first(), Some(&(draft.key(), Version(1))));
    let discard = C::DiscardDraft { kind: EntryKind::Answer };
    for status in Status::ALL {
        let standing = Request { status, ..source() };
        let decision = ask().decide_beside(&standing, &discard).expect("it is the author's");
        assert_eq!(decision.deletes, [(draft.key(), Version(1))], "{status:?}");
    }
}

static WORLD: LazyLock<World> = LazyLock::new(world);

fn source() -> Request {
    Request { status: Status::InProgress, ..request() }
}

fn master() -> Request {
    let number = "IT-000200".to_owned();
    Request { id: MASTER, number, requester: party(COLLEAGUE), status: Status::Assigned, ..request() }
}

fn other() -> Request {
    other_as(OTHER)
}

fn other_as(id: RequestId) -> Request {
    Request { id, number: "IT-000201".to_owned(), requester: party(COLLEAGUE), ..source() }
}

fn into(master: RequestId) -> C {
    C::Merge { into: master, requester: Some(CopyAccess::View), earliest: false }
}

fn decide(request: &Request, command: &C, others: &[Request]) -> Result<Decision, Refusal> {
    let ask = Ask::new(&WORLD, acts(BOSS), noon());
    others.iter().cloned().fold(ask, Ask::beside).decide_beside(request, command)
}

fn refused(request: &Request, command: &C, others: &[Request]) -> &'static str {
    decide(request, command, others).expect_err("it is refused").code()
}

/// Both requests after a step of the first.
fn both(first: &Request, command: &C, second: &Request) -> (Request, Request) {
    let decision = decide(first, command, std::slice::from_ref(second)).expect("it is allowed");
    let after = |id| written(&decision, id).expect("both change");
    (after(first.id), after(second.id))
}

fn merge(source: &Request, master: &Request) -> (Request, Request) {
    both(source, &into(master.id), master)
}

fn unmerge(source: &Request, master: &Request) -> (Request, Request) {
    both(source, &C::Unmerge, master)
}

fn asked(service: &str) -> Submit {
    Submit::new(code(service), text("The second printer"))
}

fn entry(kind: EntryKind, author: Party) -> Entry {
    Entry {
        id: ENTRY_ID,
        request: source().id,
        number: 1,
        kind,
        author,
        principal: None,
        at: noon(),
        channel: Channel::Portal,
        text: "The second one is silent as well.".to_owned(),
        mentions: Vec::new(),
        revisions: 0,
        edited: None,
        redacted: None,
        work: None,
        copy_of: None,
    }
}

fn split(request: &Request, entry: &Entry, submit: Submit) -> Result<Decision, Refusal> {
    let ask = Ask::new(&WORLD, acts(BOSS), noon() + Span::hours(1)).beside(entry.clone());
    ask.decide_beside(request, &C::Split { entry: entry.id, submit: Box::new(submit) })
}

fn copied(decision: &Decision) -> Entry {
    let mut entries = decision.puts.iter().filter_map(|put| {
        let any: &dyn std::any::Any = &*put.record;
        any.downcast_ref::<Entry>()
    });
    entries.next().expect("the copy is written").clone()
}
