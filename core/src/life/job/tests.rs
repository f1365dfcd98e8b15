use uuid::Uuid;

use super::*;
use crate::base::Timestamp;
use crate::base::limits::BULK_LIST_MAX;
use crate::condition::Condition;
use crate::life::access::Actor;
use crate::life::decision::{Decision, Reader};
use crate::life::refusal::Refusal;
use crate::life::request::{RequestCommand, RequestId};
use crate::life::sample::{ADMINISTRATOR, Ask, OPERATOR, STRANGER, TENANT_ID, acts, loaded, noon, world};
use crate::store::{View, WorkChange};

#[test]
fn a_job_over_named_requests_takes_each_once_and_runs_at_once() {
    let (job, decision) = started(Selection::These(vec![request(1), request(2), request(1)]));
    assert_eq!((job.state, job.found), (JobState::Running, 2));
    let items: Vec<_> = decision.puts.iter().filter_map(|put| record::<JobItem>(&*put.record)).collect();
    assert_eq!(
        items.iter().map(|item| (item.number, item.request)).collect::<Vec<_>>(),
        [(1, request(1)), (2, request(2))]
    );
    assert!(items.iter().all(|item| item.verdict == Verdict::Pending));
    assert_eq!(decision.work.len(), 1, "the worker is asked to go on");
}

#[test]
fn a_job_by_condition_collects_and_then_runs() {
    let (job, _) = started(Selection::Where(Condition::All { of: Vec::new() }));
    assert_eq!(job.state, JobState::Collecting);
    let more = JobCommand::Collect { found: vec![request(5), request(6)], complete: false };
    let (job, _) = step(&job, &more, Actor::system(TENANT_ID)).expect("the engine may");
    assert_eq!((job.state, job.found, job.found_to), (JobState::Collecting, 2, Some(request(6))));
    let last = JobCommand::Collect { found: vec![request(7)], complete: true };
    let (job, decision) = step(&job, &last, Actor::system(TENANT_ID)).expect("the engine may");
    assert_eq!((job.state, job.found), (JobState::Running, 3));
    let numbers = decision.puts.iter().filter_map(|put| record::<JobItem>(&*put.record));
    assert_eq!(numbers.map(|item| item.number).collect::<Vec<_>>(), [3]);
}

#[test]
fn a_job_that_ended_forgets_what_was_asked_and_takes_no_step() {
    let (job, _) = started(Selection::These(vec![request(1)]));
    let end = JobCommand::End { done: 1, refused: 0 };
    let (ended, _) = step(&job, &end, Actor::system(TENANT_ID)).expect("the engine may");
    assert_eq!((ended.state, ended.done, ended.bulk.is_none()), (JobState::Ended, 1, true));
    for command in [JobCommand::Cancel, JobCommand::Resume] {
        let refusal = step(&ended, &command, acts(OPERATOR)).expect_err("it ended");
        assert_eq!(refusal.code(), "job_ended");
    }
}

#[test]
fn a_cancelled_job_is_left_alone_by_the_worker() {
    let (job, _) = started(Selection::These(vec![request(1)]));
    let (cancelled, decision) = step(&job, &JobCommand::Cancel, acts(OPERATOR)).expect("the owner may");
    assert_eq!((cancelled.state, cancelled.bulk.is_none()), (JobState::Cancelled, true));
    assert!(matches!(decision.work[..], [WorkChange::Cancel { .. }]));
}

#[test]
fn a_job_is_its_owners_and_theirs_who_look_after_parked_work() {
    let (job, _) = started(Selection::These(vec![request(1)]));
    for (who, may) in [(OPERATOR, true), (ADMINISTRATOR, true), (STRANGER, false)] {
        assert_eq!(step(&job, &JobCommand::Resume, acts(who)).is_ok(), may, "{who}");
    }
    let end = JobCommand::End { done: 0, refused: 0 };
    assert_eq!(step(&job, &end, acts(OPERATOR)).expect_err("only the engine").code(), "not_found");
}

#[test]
fn only_who_may_do_bulk_work_starts_a_job_and_only_of_a_size() {
    let refused = |who, over| {
        let world = world();
        let bulk = Bulk { over, command: RequestCommand::Claim };
        let ask = Ask::new(&world, acts(who), noon());
        ask.decide(|context| start(&bulk, context)).expect_err("it is refused").code()
    };
    assert_eq!(refused(STRANGER, Selection::These(vec![request(1)])), "denied");
    assert_eq!(refused(OPERATOR, Selection::These(Vec::new())), "invalid");
    let many = (0..=BULK_LIST_MAX as u128).map(request).collect();
    assert_eq!(refused(OPERATOR, Selection::These(many)), "invalid");
}

#[test]
fn a_job_is_the_fold_of_its_events_but_for_what_it_was_asked() {
    let (job, decision) = started(Selection::These(vec![request(1)]));
    assert_eq!(folded(job.clone(), &decision, noon()), job);
    let end = JobCommand::End { done: 0, refused: 1 };
    let (ended, decision) = step(&job, &end, Actor::system(TENANT_ID)).expect("the engine may");
    assert_eq!(folded(job, &decision, noon()), ended);
}

fn request(id: u128) -> RequestId {
    RequestId(Uuid::from_u128(id))
}

fn started(over: Selection) -> (Job, Decision) {
    let world = world();
    let bulk = Bulk { over, command: RequestCommand::Claim };
    let ask = Ask::new(&world, acts(OPERATOR), noon());
    let decision = ask.decide(|context| start(&bulk, context)).expect("an operator may");
    (written(&decision), decision)
}

fn step(job: &Job, command: &JobCommand, actor: Actor) -> Result<(Job, Decision), Refusal> {
    let world = world();
    let mut view = View::default();
    view.records.insert(JOB.key(job.id.0), Some(loaded(job.clone())));
    let ask = Ask::new(&world, actor, noon());
    let decision = ask.decide(|context| decide(Reader(&view), job.id, command, context))?;
    Ok((written(&decision), decision))
}

fn folded(mut job: Job, decision: &Decision, at: Timestamp) -> Job {
    for event in &decision.events {
        let any: &dyn std::any::Any = &*event.fact;
        job.evolve(any.downcast_ref().expect("an event of a job"), at);
    }
    job
}

fn written(decision: &Decision) -> Job {
    decision.puts.iter().find_map(|put| record::<Job>(&*put.record)).expect("a step writes the job").clone()
}

fn record<T: 'static>(record: &dyn crate::store::Stored) -> Option<&T> {
    let any: &dyn std::any::Any = record;
    any.downcast_ref()
}
