//! Bulk work: one command over many requests, each with its verdict, once.

use std::sync::Arc;

use okno::base::Span;
use okno::condition::{Comparison, Condition, ME};
use okno::engine::Progress;
use okno::life::job::{Bulk, Job, JobId, JobState, Selection, Verdict};
use okno::store::{FaultPlan, FaultyStore};
use okno::{RequestCommand, RequestId, Status};
use okno_tests::{Center, Who, on_every_store};

#[test]
fn a_job_gives_every_request_a_verdict() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let mut requests = many(&mut center, 40).await;
        let closed = requests[7];
        center.step(closed, RequestCommand::Close { reason: "done".into() }).await;
        let hidden = center.submit("HR-01").await;
        requests.push(hidden);
        let job = start(&center, Selection::These(requests), resolve()).await;
        assert_eq!(progress(&center, job).await, Progress { pending: 41, done: 0, refused: 0 });
        center.tick().await;
        let ended = get(&center, job).await;
        assert_eq!((ended.state, ended.done, ended.refused), (JobState::Ended, 39, 2));
        assert_eq!(ended.bulk, None, "what was written is kept by the entries alone");
        let items = center.acting(Who::Operator).jobs().items(job, None, 100).await.expect("it is theirs");
        let refused = items.items.iter().filter_map(|item| match &item.verdict {
            Verdict::Refused { code, .. } => Some((item.request, code.as_str())),
            Verdict::Pending | Verdict::Done => None,
        });
        assert_eq!(refused.collect::<Vec<_>>(), [(closed, "already_closed"), (hidden, "not_found")]);
    });
}

#[test]
fn a_job_by_condition_takes_what_the_owner_sees_and_nothing_else() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        many(&mut center, 30).await;
        center.submit("HR-01").await;
        let open = Condition::compare("status", Comparison::Eq, "new");
        let job = start(&center, Selection::Where(open), RequestCommand::Claim).await;
        assert_eq!(get(&center, job).await.state, JobState::Collecting);
        center.tick().await;
        assert_eq!(progress(&center, job).await, Progress { pending: 0, done: 30, refused: 0 });
        assert_eq!(center.times("claimed").await, 30);
        let secret = center.request(center.submitted[30]).await;
        assert_eq!(secret.assignee, None, "its line is another");
    });
}

#[test]
fn whoever_starts_a_job_is_meant_by_me_in_its_condition() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let requests = many(&mut center, 3).await;
        center.requests(Who::Operator).claim(requests[0]).await.expect("nobody has it");
        center.requests(Who::Colleague).claim(requests[1]).await.expect("nobody has it");
        let mine = Selection::Where(Condition::eq("assignee", ME));
        let job = start(&center, mine, RequestCommand::Start).await;
        center.tick().await;
        assert_eq!(progress(&center, job).await, Progress { pending: 0, done: 1, refused: 0 });
        assert_eq!(center.request(requests[0]).await.status, Status::InProgress);
    });
}

#[test]
fn a_condition_with_a_problem_is_refused_before_there_is_a_job() {
    on_every_store(async |store| {
        let center = Center::open(store).await;
        let wrong = Condition::compare("statsu", Comparison::Eq, "new");
        let bulk = Bulk { over: Selection::Where(wrong), command: RequestCommand::Claim };
        let error = center.acting(Who::Operator).jobs().start(bulk).await.expect_err("no such field");
        assert!(error.to_string().contains("did you mean `status`?"), "{error}");
        assert_eq!(center.times("job_started").await, 0);
    });
}

#[test]
fn a_job_whose_worker_dies_again_and_again_does_everything_once() {
    on_every_store(async |store| {
        for seed in 0..4 {
            let mut center = Center::open(store).await;
            let requests = many(&mut center, 40).await;
            let job = start(&center, Selection::These(requests.clone()), resolve()).await;
            let plan = FaultPlan { before: 20, after: 20, conflict: 20 };
            let faulty = FaultyStore::new(center.store.clone(), plan, seed);
            let node = center.node_on(Arc::new(faulty), seed + 10);
            for _ in 0..200 {
                if get(&center, job).await.state == JobState::Ended {
                    break;
                }
                // What the store reports is the fault that was asked for; the lease of the dead ends in time.
                drop(node.tick(center.now()).await);
                center.wait(Span::minutes(2));
            }
            let ended = get(&center, job).await;
            assert_eq!((ended.state, ended.done, ended.refused), (JobState::Ended, 40, 0));
            for request in requests {
                assert_eq!(center.request(request).await.entries, 1, "seed {seed}");
            }
        }
    });
}

#[test]
fn a_cancelled_job_stops_and_keeps_what_was_done() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let requests = many(&mut center, 20).await;
        let job = start(&center, Selection::These(requests), RequestCommand::Claim).await;
        let jobs = center.acting(Who::Operator).jobs();
        jobs.cancel(job).await.expect("it is theirs");
        center.tick().await;
        assert_eq!(progress(&center, job).await, Progress { pending: 20, done: 0, refused: 0 });
        let again = jobs.cancel(job).await.expect_err("it ended");
        assert_eq!(again.refusal().map(okno::Refusal::code), Some("job_ended"));
    });
}

#[test]
fn nothing_is_done_after_a_job_was_cancelled_though_a_worker_has_it_in_hand() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let requests = many(&mut center, 60).await;
        let job = start(&center, Selection::These(requests), RequestCommand::Claim).await;
        let (desk, now) = (center.desk.clone(), center.now());
        let worker = tokio::spawn(async move { desk.tick(now).await });
        while center.times("claimed").await == 0 {
            tokio::task::yield_now().await;
        }
        // The worker may have come to the end first; then there is nothing left to cancel.
        let cancelled = center.acting(Who::Operator).jobs().cancel(job).await;
        worker.await.expect("it ends").expect("the store does its part");
        if let Ok(cancelled) = cancelled {
            let after =
                center.journal().await.into_iter().filter(|event| event.position > cancelled.position);
            assert_eq!(after.map(|event| event.fact.name()).collect::<Vec<_>>(), [""; 0]);
            assert_eq!(get(&center, job).await.state, JobState::Cancelled);
        }
        let done = progress(&center, job).await.done;
        assert_eq!(center.times("claimed").await as u64, done, "each verdict is what happened");
    });
}

#[test]
fn a_job_is_readable_by_its_owner_and_its_tenant_only() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let requests = many(&mut center, 1).await;
        let job = start(&center, Selection::These(requests), RequestCommand::Claim).await;
        for who in [Who::Colleague, Who::Requester, Who::Caller, Who::Program] {
            let jobs = center.acting(who).jobs();
            assert!(jobs.get(job).await.expect_err("not theirs").is_not_found(), "{who:?}");
            assert!(jobs.progress(job).await.expect_err("not theirs").is_not_found(), "{who:?}");
            assert!(jobs.items(job, None, 10).await.expect_err("not theirs").is_not_found(), "{who:?}");
            assert!(jobs.cancel(job).await.expect_err("not theirs").is_not_found(), "{who:?}");
            assert!(jobs.own(10).await.expect("there are none").is_empty(), "{who:?}");
        }
        let neighbour = center.neighbour().await;
        let jobs = neighbour.acting(Who::Operator).jobs();
        assert!(jobs.get(job).await.expect_err("another tenant's").is_not_found());
        assert!(jobs.own(10).await.expect("there are none").is_empty());
        let own = center.acting(Who::Operator).jobs().own(10).await.expect("it is theirs");
        assert_eq!(own.iter().map(|job| job.id).collect::<Vec<_>>(), [job]);
        let administrator = center.acting(Who::Administrator).jobs();
        assert!(administrator.get(job).await.expect_err("it holds what its owner wrote").is_not_found());
        administrator.cancel(job).await.expect("they look after work");
    });
}

async fn many(center: &mut Center, count: usize) -> Vec<RequestId> {
    let mut requests = Vec::new();
    for _ in 0..count {
        requests.push(center.submit("IT-01").await);
    }
    requests
}

fn resolve() -> RequestCommand {
    RequestCommand::Resolve { code: "fixed".into(), text: "A new toner.".into() }
}

async fn start(center: &Center, over: Selection, command: RequestCommand) -> JobId {
    let started = center.acting(Who::Operator).jobs().start(Bulk { over, command }).await;
    JobId(started.expect("an operator may").subject)
}

async fn get(center: &Center, job: JobId) -> Arc<Job> {
    center.acting(Who::Operator).jobs().get(job).await.expect("it is theirs")
}

async fn progress(center: &Center, job: JobId) -> Progress {
    center.acting(Who::Operator).jobs().progress(job).await.expect("it is theirs")
}
