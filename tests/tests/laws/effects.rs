//! Messages that fail: tried again, put aside where an administrator sees them, set going again.

use std::sync::Arc;

use okno::base::Span;
use okno::engine::{Administration, DeliveryError};
use okno::life::directory::{Grant, GrantId, Only, Scope};
use okno::life::request::REQUEST;
use okno::life::request::{Next, Standing};
use okno::store::{Batch, Digest, NewWork, Origin, Queue, WorkChange};
use okno::{Desk, RequestCommand, RequestId};
use okno_tests::{Candidate, Center, Post, Who, code, on_every_store};

#[test]
fn a_message_that_keeps_failing_is_tried_at_growing_intervals_and_then_parked() {
    on_every_store(async |store| {
        let bench = Bench::open(store).await;
        bench.post.fail(Some(fault("the mail server is down", true)));
        let mut gaps = Vec::new();
        while bench.parked().await.is_empty() {
            bench.tick().await;
            if let [waiting] = &bench.center.work(Queue::Effects, Some(bench.id), false).await[..] {
                // What others report may name somebody, so that the queue does not repeat it.
                assert_eq!(waiting.error.as_deref(), Some("the request says why"));
                gaps.push((waiting.due - bench.center.now()).millis() / 1_000);
                bench.center.clock.set(waiting.due);
            }
        }
        assert_eq!(gaps, [1, 4, 16, 64, 256, 1_024, 4_096]);
        assert_eq!(bench.post.tries(), 8);
    });
}

#[test]
fn a_message_that_can_never_be_carried_is_parked_at_once() {
    on_every_store(async |store| {
        let bench = Bench::open(store).await;
        bench.post.fail(Some(fault("there is no such address", false)));
        let tick = bench.tick().await;
        assert_eq!((tick.done, tick.retried, tick.parked), (0, 0, 1));
        let parked = bench.center.work(Queue::Effects, Some(bench.id), true).await;
        assert_eq!(parked[0].error.as_deref(), Some("the request says why"));
        let stuck = bench.center.request(bench.id).await.stuck;
        assert_eq!(stuck[0].reason, "there is no such address");
    });
}

#[test]
fn a_parked_message_puts_its_open_request_before_the_administrators_until_it_goes_again() {
    on_every_store(async |store| {
        let bench = Bench::open(store).await;
        bench.post.fail(Some(fault("no", false)));
        bench.tick().await;
        bench.reopen().await;
        assert_eq!(bench.standing().await, administrators());

        let administration = bench.administration();
        administration.retry(bench.id).await.expect("something was put aside");
        assert_eq!(bench.standing().await, operator(&bench.center));
        bench.post.fail(None);
        assert_eq!(bench.tick().await.done, 1);
        assert_eq!(bench.post.delivered().len(), 1);
        assert!(administration.parked(Queue::Effects).await.expect("it is allowed").is_empty());
        let nothing = administration.retry(bench.id).await.expect_err("nothing is left");
        assert_eq!(nothing.to_string(), "nothing was put aside");
    });
}

#[test]
fn each_of_several_parked_messages_goes_again_as_itself() {
    on_every_store(async |store| {
        let bench = Bench::open(store).await;
        bench.reopen().await;
        bench.center.wait(Span::minutes(1));
        let resolve = RequestCommand::Resolve { code: "again".into(), text: String::new() };
        bench.center.step(bench.id, resolve).await;
        bench.reopen().await;
        bench.post.fail(Some(fault("no", false)));
        bench.tick().await;
        let mut parked = bench.parked().await;
        assert_eq!(parked.len(), 2, "one for each resolution");

        let administration = bench.administration();
        for _ in 0..2 {
            assert_eq!(bench.standing().await, administrators());
            administration.retry(bench.id).await.expect("something was put aside");
        }
        assert_eq!(bench.standing().await, operator(&bench.center));
        bench.post.fail(None);
        bench.tick().await;
        let mut delivered: Vec<_> = bench.post.delivered().into_iter().map(|(key, _)| key).collect();
        delivered.sort_unstable();
        parked.sort_unstable();
        assert_eq!(delivered, parked);
    });
}

#[test]
fn a_message_for_a_closed_request_goes_again_without_opening_it() {
    on_every_store(async |store| {
        let bench = Bench::open(store).await;
        bench.post.fail(Some(fault("no", false)));
        bench.tick().await;
        bench.center.requests(Who::Requester).confirm(bench.id).await.expect("it is resolved");
        bench.administration().retry(bench.id).await.expect("something was put aside");
        assert_eq!(bench.standing().await, Standing::Ended);
    });
}

#[test]
fn a_message_that_was_carried_is_not_carried_again() {
    on_every_store(async |store| {
        let bench = Bench::open(store).await;
        bench.tick().await;
        bench.center.wait(Span::days(1));
        bench.tick().await;
        assert_eq!(bench.post.tries(), 1);
    });
}

#[test]
fn a_message_whose_node_died_is_carried_by_another_under_the_same_key() {
    on_every_store(async |store| {
        let bench = Bench::open(store).await;
        let claim = okno::store::WorkClaim {
            queue: Queue::Effects,
            now: bench.center.now(),
            limit: 10,
            lease: Span::minutes(1),
        };
        let dead = bench.center.store.claim(claim).await.expect("the store does its part");
        bench.tick().await;
        assert_eq!(bench.post.tries(), 0, "the lease still holds");
        bench.center.wait(Span::minutes(1));
        bench.tick().await;
        assert_eq!(bench.post.delivered()[0].0, dead[0].lease.key);
    });
}

#[test]
fn only_who_may_manage_work_sees_it_and_sets_it_going() {
    on_every_store(async |store| {
        let bench = Bench::open(store).await;
        bench.post.fail(Some(fault("no", false)));
        bench.tick().await;
        for who in [Who::Requester, Who::Operator, Who::Supervisor, Who::Engine] {
            let administration = bench.center.acting(who).administration();
            let refused = administration.parked(Queue::Effects).await.expect_err("no right");
            assert!(refused.is_denied() && !refused.is_retryable(), "{who:?}: {refused}");
            let refused = administration.retry(bench.id).await.expect_err("no right");
            assert!(refused.is_denied(), "{who:?}: {refused}");
        }
        assert_eq!(bench.parked().await.len(), 1);
    });
}

#[test]
fn parked_work_of_a_request_that_may_not_be_set_going_is_not_listed() {
    on_every_store(async |store| {
        let bench = Bench::open(store).await;
        bench.post.fail(Some(fault("no", false)));
        bench.tick().await;
        let clerk = Who::Clerk;
        let scope = Scope { lines: Only::These(vec![code("hr")]), ..Scope::default() };
        let id = GrantId(uuid::Uuid::from_u128(79));
        let holder = clerk.party(bench.center.tenant);
        let grant = Grant { id, holder, role: code("administrator"), scope, active: true };
        let people = bench.center.acting(Who::Administrator).people();
        people.save_grant(grant).await.expect("the administrator may");

        let clerk = bench.center.acting(clerk).administration();
        assert!(clerk.parked(Queue::Effects).await.expect("the role is held").is_empty());
        clerk.retry(bench.id).await.expect_err("the request is on another line");
        let all = bench.administration().parked(Queue::Effects).await.expect("it is allowed");
        assert_eq!(all.len(), 1);
    });
}

#[test]
fn setting_work_going_twice_under_one_id_gives_the_first_answer() {
    on_every_store(async |store| {
        let bench = Bench::open(store).await;
        bench.post.fail(Some(fault("no", false)));
        bench.tick().await;
        let once = bench.center.acting(Who::Administrator).once(okno::CommandId(uuid::Uuid::from_u128(77)));
        let first = once.administration().retry(bench.id).await.expect("something was put aside");
        assert_eq!(once.administration().retry(bench.id).await.expect("the first answer"), first);
        assert!(bench.parked().await.is_empty());
    });
}

#[test]
fn one_message_whose_request_is_gone_is_put_aside_alone_and_stops_no_other() {
    on_every_store(async |store| {
        let bench = Bench::open(store).await;
        let gone = REQUEST.key(uuid::Uuid::from_u128(404));
        let digest = Digest::of(&[]);
        let command = okno::CommandId(uuid::Uuid::from_u128(78));
        let mut batch = Batch::new(bench.center.tenant, bench.center.now(), command, digest, Origin::SYSTEM);
        batch.work.push(WorkChange::Set(NewWork {
            queue: Queue::Effects,
            key: uuid::Uuid::nil(),
            subject: gone,
            due: bench.center.now() - Span::hours(1),
            body: "not an effect".into(),
        }));
        bench.center.store.commit(batch).await.expect("the store takes it");
        let tick = bench.tick().await;
        assert_eq!((tick.done, tick.parked, tick.failed), (1, 1, 0));
    });
}

/// A request that an operator resolved, and a node that is about to tell the requester.
struct Bench {
    center: Center,
    node: Desk,
    post: Arc<Post>,
    id: RequestId,
}

impl Bench {
    async fn open(store: Candidate) -> Self {
        let mut center = Center::open(store).await;
        let id = center.submit("IT-02").await;
        let operator = center.requests(Who::Operator);
        operator.claim(id).await.expect("nobody has it");
        operator.resolve(id, "fixed", "").await.expect("it is the operator's");
        let post = Arc::new(Post::default());
        let node = center.node(2).with_messenger(post.clone());
        Self { center, node, post, id }
    }

    async fn tick(&self) -> okno::engine::Tick {
        self.node.tick(self.center.now()).await.expect("the store does its part")
    }

    async fn reopen(&self) {
        self.center.step(self.id, RequestCommand::Reopen { text: String::new(), hold: None }).await;
    }

    async fn parked(&self) -> Vec<uuid::Uuid> {
        let parked = self.center.work(Queue::Effects, Some(self.id), true).await;
        parked.into_iter().map(|item| item.key).collect()
    }

    async fn standing(&self) -> Standing {
        self.center.request(self.id).await.standing()
    }

    fn administration(&self) -> Administration {
        self.center.acting(Who::Administrator).administration()
    }
}

fn administrators() -> Standing {
    Standing::Open(Next::Line(code("root")))
}

fn operator(center: &Center) -> Standing {
    Standing::Open(Next::Operator(Who::Operator.employee(center.tenant)))
}

fn fault(reason: &str, retryable: bool) -> DeliveryError {
    DeliveryError { reason: reason.to_owned(), retryable }
}
