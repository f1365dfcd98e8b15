//! Entries after they were written: edits, redactions, mentions, drafts.

use okno::base::Span;
use okno::life::request::{CopyAccess, Effect, EntryId, EntryKind, Message, Redaction};
use okno::store::Queue;
use okno::{Refusal, RequestCommand, RequestId, Submit};
use okno_tests::{Center, Who, code, on_every_store, text};
use uuid::Uuid;

#[test]
fn what_an_entry_said_is_read_by_whoever_reads_the_entry() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let id = center.submit("IT-01").await;
        let answer = write(&center, id, Who::Operator, RequestCommand::Answer("Tomorrow.".into())).await;
        let note = write(&center, id, Who::Operator, RequestCommand::Note("Never.".into())).await;
        for (entry, text) in [(answer, "Today."), (note, "Perhaps.")] {
            center.requests(Who::Operator).edit(id, entry, text).await.expect("its author may");
        }
        center.wait(Span::hours(1));
        let late = center.requests(Who::Operator).edit(id, answer, "Next week.").await;
        assert_eq!(late.expect_err("too late").refusal().map(Refusal::code), Some("edit_window_passed"));
        center.requests(Who::Supervisor).edit(id, answer, "At once.").await.expect("a supervisor may");

        let said = async |who, entry| {
            let revisions = center.requests(who).revisions(entry).await;
            revisions.map(|all| all.iter().map(|it| it.text.clone()).collect::<Vec<_>>()).map_err(|error| {
                assert!(error.is_not_found(), "{error}");
                error.to_string()
            })
        };
        for who in [Who::Operator, Who::Requester] {
            assert_eq!(said(who, answer).await.expect("they read it"), ["Tomorrow.", "Today."]);
        }
        assert_eq!(said(Who::Operator, note).await.expect("they read it"), ["Never."]);
        let nothing = EntryId(Uuid::from_u128(404));
        let unknown = said(Who::Requester, nothing).await.expect_err("there is none");
        let hidden = said(Who::Requester, note).await.expect_err("it is internal");
        assert_eq!(hidden.replace(&note.to_string(), "X"), unknown.replace(&nothing.to_string(), "X"));
        said(Who::Neighbour, answer).await.expect_err("the request is not theirs");
        let journal = center.lines().await.join("\n");
        assert!(!journal.contains("Today.") && !journal.contains("Perhaps."), "texts stand in entries alone");
    });
}

#[test]
fn after_a_redaction_no_entry_and_no_revision_holds_the_passage() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let id = center.submit("IT-01").await;
        let entry = write(&center, id, Who::Operator, RequestCommand::Answer("Call Ivanov.".into())).await;
        center.requests(Who::Operator).edit(id, entry, "Call Ivanov or Petrov.").await.expect("in time");
        let ivanov = Redaction::Passages { passages: vec!["Ivanov".into()] };
        let denied = center.requests(Who::Operator).redact(id, entry, ivanov.clone(), "personal").await;
        assert!(denied.expect_err("no right").is_denied());
        center.requests(Who::Supervisor).redact(id, entry, ivanov, "personal").await.expect("it may");
        assert_eq!(texts(&center, id, entry).await, ["Call ███.", "Call ███ or Petrov."]);
        let event = center.journal().await.pop().expect("something happened");
        assert_eq!(
            (event.fact.name(), event.origin.actor),
            ("entry_redacted", Who::Supervisor.party(center.tenant))
        );
        assert!(!center.lines().await.join("\n").contains("Ivanov"));

        let whole = Redaction::Whole;
        center.requests(Who::Supervisor).redact(id, entry, whole, "personal").await.expect("it may");
        assert_eq!(texts(&center, id, entry).await, ["███", "███"]);
    });
}

#[test]
fn numbers_and_origins_of_what_requesters_read_tell_nothing_of_the_rest() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let id = center.submit("IT-01").await;
        for command in [
            RequestCommand::Note("Hm.".into()),
            RequestCommand::Answer("Tomorrow.".into()),
            RequestCommand::Note("Perhaps.".into()),
        ] {
            write(&center, id, Who::Operator, command).await;
        }
        let own = write(&center, id, Who::Requester, RequestCommand::Reply("Thanks.".into())).await;
        let numbers = async |who| {
            let entries = center.requests(who).entries(id).await.expect("they read it");
            entries.iter().map(|entry| entry.number).collect::<Vec<_>>()
        };
        let all = numbers(Who::Operator).await;
        let public = u32::try_from(all.len()).expect("a few") - 2;
        assert_eq!(numbers(Who::Requester).await, (1..=public).collect::<Vec<_>>());

        let submit = Submit::new(code("IT-01"), text("Another matter"));
        let receipt = center.requests(Who::Supervisor).split(id, own, submit).await.expect("it may");
        let new = RequestId(receipt.subject);
        let copies = async |who| {
            let entries = center.requests(who).entries(new).await.expect("they read it");
            entries.iter().filter(|entry| entry.copy_of.is_some()).count()
        };
        assert_eq!((copies(Who::Operator).await, copies(Who::Requester).await), (1, 0));
    });
}

#[test]
fn who_reads_an_entry_by_the_master_reads_its_revisions_as_well() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let (source, master) = (center.submit("IT-01").await, center.submit("IT-01").await);
        let answer = write(&center, source, Who::Operator, RequestCommand::Answer("Tomorrow.".into())).await;
        center.requests(Who::Operator).edit(source, answer, "Today.").await.expect("its author may");
        let caller = Who::Caller.party(center.tenant);
        let supervisor = center.requests(Who::Supervisor);
        supervisor.copy_in(master, caller, CopyAccess::View).await.expect("a contact");
        let read = async || center.requests(Who::Caller).revisions(answer).await;
        assert!(read().await.expect_err("it is another request").is_not_found());
        supervisor.merge(source, master).await.expect("both are open");
        assert_eq!(read().await.expect("the master shows the entry").len(), 1);
    });
}

#[test]
fn who_is_mentioned_is_told_and_a_requester_does_not_learn_of_it() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let id = center.submit("IT-01").await;
        let mention = |who: Who| Message {
            mentions: vec![who.employee(center.tenant)],
            ..Message::from("Please have a look.")
        };
        let answer = RequestCommand::Answer(mention(Who::Colleague));
        write(&center, id, Who::Operator, answer).await;
        let work = center.work(Queue::Effects, Some(id), false).await;
        let effects = work.iter().map(|item| serde_json::from_str(&item.body).expect("an effect"));
        let told: Vec<Effect> = effects.collect();
        let [Effect::Notify { to, event, .. }] = &told[..] else { panic!("{told:?}") };
        assert_eq!((*to, event.as_str()), (Who::Colleague.party(center.tenant), "mentioned"));
        let mentions = async |who| {
            let entries = center.requests(who).entries(id).await.expect("they read it");
            entries.last().map(|entry| entry.mentions.len())
        };
        assert_eq!((mentions(Who::Operator).await, mentions(Who::Requester).await), (Some(1), Some(0)));

        let clerk = center.requests(Who::Operator).note(id, mention(Who::Clerk)).await;
        let refused = clerk.expect_err("a clerk of another line sees nothing").to_string();
        assert!(refused.contains(&Who::Clerk.id(center.tenant).to_string()), "{refused}");
        let asked = center.requests(Who::Requester).reply(id, mention(Who::Operator)).await;
        assert!(asked.expect_err("operators are no business of a requester").is_denied());
    });
}

#[test]
fn a_draft_is_its_authors_alone_and_goes_with_the_message() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let id = center.submit("IT-01").await;
        let before = (center.lines().await, center.versioned(id).await);
        let operator = center.requests(Who::Operator);
        operator.save_draft(id, EntryKind::Answer, "Dear").await.expect("who answers drafts");
        operator.save_draft(id, EntryKind::Answer, "Dear colleague").await.expect("it is replaced");
        operator.save_draft(id, EntryKind::Note, "Hm").await.expect("another kind, another draft");
        assert_eq!(
            (center.lines().await, center.versioned(id).await),
            before,
            "nothing happened to the request"
        );
        let drafts = async |who| {
            let drafts = center.requests(who).drafts(id).await.expect("the request is in sight");
            let mut texts: Vec<_> = drafts.iter().map(|draft| draft.text.clone()).collect();
            texts.sort();
            texts
        };
        assert_eq!(drafts(Who::Operator).await, ["Dear colleague", "Hm"]);
        for who in [Who::Colleague, Who::Supervisor, Who::Requester] {
            assert!(drafts(who).await.is_empty(), "{who:?}");
        }
        assert!(center.requests(Who::Neighbour).drafts(id).await.expect_err("unseen").is_not_found());

        let sent = Message { from_draft: true, ..Message::from("Dear colleague, it works.") };
        operator.answer(id, sent).await.expect("it is sent");
        operator
            .step(id, RequestCommand::DiscardDraft { kind: EntryKind::Note })
            .await
            .expect("there is one");
        assert!(drafts(Who::Operator).await.is_empty());
        let again = operator.step(id, RequestCommand::DiscardDraft { kind: EntryKind::Note }).await;
        assert_eq!(again.expect_err("there is none").refusal().map(Refusal::code), Some("no_change"));
    });
}

/// Writes something and gives the entry.
async fn write(center: &Center, id: RequestId, who: Who, command: RequestCommand) -> EntryId {
    center.requests(who).step(id, command).await.expect("it is written");
    center.entries(id).await.last().expect("there is an entry").id
}

/// Everything that an entry said and says.
async fn texts(center: &Center, id: RequestId, entry: EntryId) -> Vec<String> {
    let revisions = center.requests(Who::Supervisor).revisions(entry).await.expect("it is in sight");
    let entries = center.entries(id).await;
    let now = entries.iter().find(|known| known.id == entry).expect("it is there").text.clone();
    revisions.iter().map(|revision| revision.text.clone()).chain([now]).collect()
}
