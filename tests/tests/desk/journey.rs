//! A week at a service center, as four people see it: an employee of a branch, an accountant of the center, its supervisor,
//! and an auditor who sees everything and changes nothing.

use std::any::Any;
use std::sync::Arc;

use okno::base::{Clock, ManualClock, SeededIds, Span};
use okno::condition::Condition;
use okno::config::catalog::{Action, Permission, Reach, Role};
use okno::engine::{List, Progress};
use okno::life::directory::{
    Absence, AbsenceId, Delegation, DelegationId, Grant, GrantId, Only, Scope, Unit, UnitId, UnitKind,
};
use okno::life::job::{Bulk, JobId, Selection};
use okno::life::request::{Effect, HoldFor, HoldReason, Language, Narrator, REQUEST};
use okno::store::JournalRead;
use okno::{
    Actor, Catalog, Channel, Desk, Employee, EmployeeId, Founding, Member, Person, RequestCommand, RequestId,
    Submit, TenantId, Timestamp,
};
use okno_tests::{Candidate, Post, code, on_every_store, text};
use uuid::Uuid;

#[test]
fn a_week_of_an_employee_an_accountant_a_supervisor_and_an_auditor() {
    on_every_store(async |store| {
        let mut week = Week::begin(store).await;
        let payment = monday(&mut week).await;
        tuesday(&mut week, payment).await;
        wednesday(&mut week, payment).await;
        thursday(&mut week).await;
        sunday(&mut week, payment).await;
    });
}

/// Boris asks for a payment. Marina takes it, asks back, and is answered.
async fn monday(week: &mut Week) -> RequestId {
    let submit = Submit {
        text: "Invoice 114 of Acme.".to_owned(),
        ..Submit::new(code("ACC-01"), text("A payment to a supplier"))
    };
    let payment = RequestId(week.requests(BORIS).submit(submit).await.expect("everybody may ask").subject);
    let center = "center new, 1 entries, told nothing";
    week.is_seen(payment, ["own new, 1 entries, told nothing", center, center, center]).await;

    week.later("10:00").await;
    let marina = week.requests(MARINA);
    marina.claim(payment).await.expect("it is on her line");
    marina.start(payment).await.expect("it is hers");
    marina.answer(payment, "Of which contract is it?").await.expect("it is hers");
    marina.note(payment, "They always forget the contract.").await.expect("it is hers");
    marina.hold(payment, HoldFor::new(HoldReason::Requester)).await.expect("it is hers");
    let center = "center on_hold, 3 entries, told nothing";
    week.is_seen(payment, ["own on_hold, 2 entries, told held written", center, center, center]).await;

    week.later("11:00").await;
    week.requests(BORIS).reply(payment, "Of A-114.").await.expect("it is his");
    let marina = "center in_progress, 4 entries, told written";
    let center = "center in_progress, 4 entries, told nothing";
    week.is_seen(payment, ["own in_progress, 3 entries, told nothing", marina, center, center]).await;
    payment
}

/// It goes to the treasury by mistake, where Marina does not see it; Vera fetches it back. It is paid, and wrongly.
async fn tuesday(week: &mut Week, payment: RequestId) {
    week.day_after("09:00").await;
    week.requests(MARINA).hand_over(payment, code("treasury")).await.expect("it is hers");
    let center = "center in_progress, 4 entries, told nothing";
    let own = "own in_progress, 3 entries, told nothing";
    week.is_seen(payment, [own, "nothing, told nothing", center, center]).await;
    week.requests(VERA).hand_over(payment, code("accounts")).await.expect("a supervisor may");
    week.requests(VERA).assign(payment, MARINA).await.expect("a supervisor may");
    let marina = "center in_progress, 4 entries, told assigned";
    week.is_seen(payment, [own, marina, center, center]).await;

    week.later("15:00").await;
    week.requests(MARINA).resolve(payment, "paid", "It was paid today.").await.expect("it is hers");
    let center = "center resolved, 5 entries, told nothing";
    week.is_seen(payment, ["own resolved, 4 entries, told resolved written", center, center, center]).await;
    week.later("16:00").await;
    week.requests(BORIS).reopen(payment, "The sum is wrong.").await.expect("it is his");
    let center = "center in_progress, 6 entries, told nothing";
    let marina = "center in_progress, 6 entries, told written";
    week.is_seen(payment, ["own in_progress, 5 entries, told nothing", marina, center, center]).await;
}

/// Marina is away, and Olga of the treasury acts for her; by herself she sees nothing of it.
async fn wednesday(week: &mut Week, payment: RequestId) {
    week.away(MARINA, OLGA).await;
    week.day_after("09:00").await;
    let olga = week.requests(OLGA);
    assert!(olga.get(payment).await.expect_err("it is not her line").is_not_found());
    let for_marina = week.desk.acting(actor(OLGA).acting_for(MARINA)).requests();
    for_marina.resolve(payment, "paid", "The rest was paid.").await.expect("it is Marina's");
    let center = "center resolved, 7 entries, told nothing";
    // The substitute did it, so that Marina learns of it as everybody who was not there.
    let marina = "center resolved, 7 entries, told written";
    week.is_seen(payment, ["own resolved, 6 entries, told resolved written", marina, center, center]).await;
    let told = week.story(NADIA, payment).await;
    assert!(told.contains("Olga for Marina: resolved: paid"), "{told}");
}

/// Boris asks for four more payments, and Vera gives them all to Marina, who is back.
async fn thursday(week: &mut Week) {
    week.day_after("09:00").await;
    let mut payments = Vec::new();
    for _ in 0..4 {
        let submit = Submit::new(code("ACC-01"), text("One more payment"));
        payments.push(RequestId(week.requests(BORIS).submit(submit).await.expect("he may").subject));
    }
    let over =
        Selection::Where(Condition::all([Condition::eq("line", "accounts"), Condition::eq("status", "new")]));
    let bulk = Bulk { over, command: RequestCommand::Assign { operator: MARINA } };
    let jobs = week.desk.acting(actor(VERA)).jobs();
    let job = JobId(jobs.start(bulk).await.expect("a supervisor may").subject);
    week.later("09:05").await;
    assert_eq!(jobs.progress(job).await.expect("hers"), Progress { pending: 0, done: 4, refused: 0 });
    let center = "center assigned, 0 entries, told nothing";
    let marina = "center assigned, 0 entries, told assigned assigned assigned assigned";
    week.is_seen(payments[0], ["own assigned, 0 entries, told nothing", marina, center, center]).await;
    let jobs = week.desk.acting(actor(NADIA)).jobs();
    assert!(jobs.get(job).await.expect_err("a job is its owner's").is_not_found());
}

/// Silence closes the first payment. Nadia goes through everything, and can change none of it.
async fn sunday(week: &mut Week, payment: RequestId) {
    week.day_after("08:00").await;
    week.day_after("08:00").await;
    let center = "center resolved, 7 entries, told nothing";
    week.is_seen(payment, ["own resolved, 6 entries, told nothing", center, center, center]).await;
    week.later("09:00").await;
    let center = "center closed, 7 entries, told nothing";
    week.is_seen(payment, ["own closed, 6 entries, told closed", center, center, center]).await;

    week.day_after("10:00").await;
    let before = week.journal().await;
    let auditor = week.requests(NADIA);
    let steps = [
        RequestCommand::Claim,
        RequestCommand::Start,
        RequestCommand::Note("I was here.".into()),
        RequestCommand::Answer("I was here.".into()),
        RequestCommand::Reply("I was here.".into()),
        RequestCommand::Close { reason: "audited".to_owned() },
        RequestCommand::Reopen { text: String::new(), hold: None },
        RequestCommand::Watch,
        RequestCommand::Tag { tag: code("audited") },
    ];
    for step in steps {
        let refused = auditor.step(payment, step.clone()).await.expect_err("an auditor changes nothing");
        assert!(refused.is_denied(), "{step:?}: {refused}");
    }
    assert_eq!(week.journal().await, before);
    week.assert_seen_whole().await;
}

const TENANT: TenantId = TenantId(Uuid::from_u128(9));
const BORIS: EmployeeId = EmployeeId(Uuid::from_u128(91));
const MARINA: EmployeeId = EmployeeId(Uuid::from_u128(92));
const VERA: EmployeeId = EmployeeId(Uuid::from_u128(93));
const NADIA: EmployeeId = EmployeeId(Uuid::from_u128(94));
const OLGA: EmployeeId = EmployeeId(Uuid::from_u128(95));

/// The employee, the accountant, the supervisor, the auditor.
const FOUR: [EmployeeId; 4] = [BORIS, MARINA, VERA, NADIA];

const CATALOG: &str = r#"{
    "services": [{"code": "ACC-01", "name": "Payment", "prefix": "ACC", "line": "accounts",
                  "close_after": "72h", "reopen_within": "240h"}],
    "lines": [{"code": "accounts", "name": "Accounts"}, {"code": "treasury", "name": "Treasury"},
              {"code": "root", "name": "Administrators"}],
    "administrators": "root",
    "notifications": [{"on": "written", "to": "requester"}, {"on": "written", "to": "assignee"},
                      {"on": "held", "to": "requester"}, {"on": "assigned", "to": "assignee"},
                      {"on": "resolved", "to": "requester"}, {"on": "closed", "to": "requester"}]
}"#;

/// The week: the desk, its clock, and the letters that went out.
struct Week {
    desk: Desk,
    clock: Arc<ManualClock>,
    post: Arc<Post>,
    /// How many letters were looked at.
    opened: usize,
    administrator: Actor,
    _guard: Box<dyn Any + Send + Sync>,
}

impl Week {
    /// Founds the center on a Monday at nine.
    async fn begin(store: Candidate) -> Self {
        let clock = Arc::new(ManualClock::new("2026-03-02T09:00:00Z".parse().expect("an instant")));
        let fixture = (store.open)(clock.clone()).await;
        let post = Arc::new(Post::default());
        let desk = Desk::new(fixture.store)
            .with_clock(clock.clone())
            .with_ids(Arc::new(SeededIds::new(1)))
            .with_messenger(post.clone());
        let founding = founding();
        desk.found(&founding).await.expect("the center can be founded");
        let administrator = Actor::employee(TENANT, founding.administrator_id(), Channel::Workplace);
        let week = Self { desk, clock, post, opened: 0, administrator, _guard: fixture.guard };
        week.move_in(founding.unit()).await;
        week
    }

    /// A branch and its employee, the people of the center, and their rights.
    async fn move_in(&self, top: UnitId) {
        let people = self.desk.acting(self.administrator).people();
        let (id, parent) = (UnitId(Uuid::from_u128(80)), Some(top));
        let branch = Unit { id, kind: UnitKind::Branch, name: text("Vologda"), parent };
        people.save_unit(branch).await.expect("an administrator may");
        let names = [
            (BORIS, "Boris", id),
            (MARINA, "Marina", top),
            (VERA, "Vera", top),
            (NADIA, "Nadia", top),
            (OLGA, "Olga", top),
        ];
        for (who, name, unit) in names {
            let person = Person::named(name).expect("a name");
            people.save_employee(Employee::new(who, person, unit)).await.expect("an administrator may");
        }
        for (line, who) in [("accounts", MARINA), ("treasury", OLGA)] {
            people.save_member(Member::new(code(line), who)).await.expect("an administrator may");
        }
        for (n, who, role) in [(1, VERA, "supervisor"), (2, NADIA, "auditor")] {
            let (id, scope) = (GrantId(Uuid::from_u128(n)), Scope { confidentiality: 9, ..Scope::default() });
            let grant = Grant { id, holder: who.into(), role: code(role), scope, active: true };
            people.save_grant(grant).await.expect("an administrator may");
        }
    }

    fn requests(&self, who: EmployeeId) -> okno::engine::Requests {
        self.desk.acting(actor(who)).requests()
    }

    /// Somebody is away the next day, and names who stands in.
    async fn away(&self, who: EmployeeId, substitute: EmployeeId) {
        let people = self.desk.acting(actor(who)).people();
        let from = self.at("00:00") + Span::days(1);
        let absence = Absence::new(AbsenceId(Uuid::from_u128(71)), who, from, Some(from + Span::days(1)));
        people.save_absence(absence).await.expect("it is her own");
        let delegation = Delegation {
            id: DelegationId(Uuid::from_u128(72)),
            principal: who,
            delegate: substitute,
            from: self.clock.now(),
            until: None,
            scope: Scope::default(),
            actions: Only::All,
            only_while_absent: true,
            active: true,
        };
        people.save_delegation(delegation).await.expect("it is her own");
    }

    /// The same day at a later time; the engine does what is due.
    async fn later(&self, time: &str) {
        self.tick().await;
        self.clock.set(self.at(time));
        self.tick().await;
    }

    /// The next day.
    async fn day_after(&self, time: &str) {
        self.tick().await;
        self.clock.set(self.at(time) + Span::days(1));
        self.tick().await;
    }

    async fn tick(&self) {
        self.desk.tick(self.clock.now()).await.expect("the store does its part");
    }

    fn at(&self, time: &str) -> Timestamp {
        let day = self.clock.now().to_utc().format("%Y-%m-%d").to_string();
        format!("{day}T{time}:00Z").parse().expect("an instant")
    }

    /// What each of the four sees of a request, and was told since they looked last.
    async fn is_seen(&mut self, id: RequestId, expected: [&str; 4]) {
        self.tick().await;
        let letters = self.post.delivered().split_off(self.opened);
        self.opened += letters.len();
        for (who, expected) in FOUR.into_iter().zip(expected) {
            let mut told: Vec<&str> =
                letters.iter().filter_map(|(_, letter)| letter_to(letter, who)).collect();
            // Letters of one instant go out in no particular order.
            told.sort_unstable();
            let told = if told.is_empty() { "nothing".to_owned() } else { told.join(" ") };
            assert_eq!(format!("{}, told {told}", self.sight(who, id).await), expected, "{who}");
        }
    }

    /// On which side somebody has a request in a list, how it stands, and how many entries they read.
    async fn sight(&self, who: EmployeeId, id: RequestId) -> String {
        let requests = self.requests(who);
        let this = Condition::is_in("id", [id.0]);
        let listed = requests.list(&List::of(this.clone())).await.expect("it may be listed").rows.len() == 1;
        let own = requests.list_own(&List::own(this)).await.expect("it may be listed").rows.len() == 1;
        let (side, status) = match (listed, own) {
            (true, _) => ("center", requests.get(id).await.expect("it is listed").0.status),
            (false, true) => ("own", requests.get_own(id).await.expect("it is listed").status),
            (false, false) => {
                assert!(requests.entries(id).await.expect_err("it is not listed").is_not_found());
                return "nothing".to_owned();
            }
        };
        let entries = requests.entries(id).await.expect("it is listed").len();
        format!("{side} {}, {entries} entries", status.code())
    }

    /// The timeline of a request in words.
    async fn story(&self, who: EmployeeId, id: RequestId) -> String {
        let world = self.desk.world(TENANT).await.expect("a tenant");
        let narrator = Narrator::new(&world.directory, Language::English);
        let events = self.requests(who).timeline(id).await.expect("it is in sight");
        events.iter().map(|event| narrator.line(event)).collect::<Vec<_>>().join("\n")
    }

    /// The positions of everything that happened to requests.
    async fn journal(&self) -> Vec<u64> {
        let read = JournalRead { tenant: TENANT, after: 0, subject: None, limit: 1_000 };
        let events = self.desk.store().events(read).await.expect("the store does its part");
        let of_requests = events.iter().filter(|event| *event.subject.kind == REQUEST);
        of_requests.map(|event| event.position).collect()
    }

    /// The auditor reads everything that ever happened to a request.
    async fn assert_seen_whole(&self) {
        let auditor = self.requests(NADIA);
        let page = auditor.list(&List::of(Condition::all([]))).await.expect("it may be listed");
        let mut read = Vec::new();
        for row in &page.rows {
            let timeline = auditor.timeline(RequestId(row.id)).await.expect("it is listed");
            read.extend(timeline.iter().map(|event| event.position));
        }
        read.sort_unstable();
        assert_eq!((page.rows.len(), read), (5, self.journal().await));
    }
}

/// The tenant, with a role for the auditor that is made as data.
fn founding() -> Founding {
    let mut catalog: Catalog = serde_json::from_str(CATALOG).expect("the catalog is well written");
    let permissions =
        [Action::See, Action::SeeDirectory].map(|action| Permission { action, reach: Reach::All });
    catalog.roles.push(Role { code: code("auditor"), permissions: permissions.to_vec() });
    let administrator = Person::named("Anna").expect("a name");
    Founding { tenant: TENANT, name: text("Northern Group"), catalog, administrator }
}

fn actor(who: EmployeeId) -> Actor {
    let channel = if who == BORIS { Channel::Portal } else { Channel::Workplace };
    Actor::employee(TENANT, who, channel)
}

/// What a letter tells somebody.
fn letter_to(letter: &Effect, who: EmployeeId) -> Option<&str> {
    let Effect::Notify { to, event, .. } = letter else { return None };
    (*to == who.into()).then_some(event.as_str())
}
