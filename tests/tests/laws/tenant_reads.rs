//! Law 2 for every read: what names a record of another tenant is answered as what names nothing.

use std::fmt::Debug;

use okno::base::{Address, Span};
use okno::condition::{Condition, Value};
use okno::config::schedule::{Every, Schedule};
use okno::engine::{Acting, DeskError, Doing, Grouping, List};
use okno::life::directory::{Contact, ContactId};
use okno::life::job::{Bulk, JobId, Selection};
use okno::life::request::{AttachmentId, EntryId, EntryKind, LinkKind, RequestId, SeriesId, Visibility};
use okno::life::series::{CatchUp, SeriesPlan};
use okno::life::view::{Sharing, Side, ViewId, ViewPlan};
use okno::{EmployeeId, Person, RequestCommand, Submit};
use okno_tests::{Center, Who, attach, code, employee, on_every_store, text};
use uuid::Uuid;

#[test]
fn every_read_of_another_tenants_records_answers_as_of_what_does_not_exist() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        center.submit("IT-01").await;
        let mut other = center.neighbour().await;
        let (foreign, nothing) = (Things::of(&mut other).await, Things::nowhere());
        for who in Who::ALL {
            let acting = center.acting(who);
            let answers = reads(&acting, &foreign).await.into_iter().zip(reads(&acting, &nothing).await);
            for ((read, told), (_, expected)) in answers {
                assert_eq!(foreign.hidden_in(&told), nothing.hidden_in(&expected), "{who:?} {read}");
            }
            for (read, told) in lists(&acting).await {
                assert_eq!(foreign.hidden_in(&told), told, "{who:?} {read}");
            }
        }
        assert_at_home(&other, &foreign, &nothing).await;
    });
}

/// Whoever may do much at home is told something else about each of the records, so that the comparison is one.
async fn assert_at_home(other: &Center, things: &Things, nothing: &Things) {
    let mut silent: Vec<&str> =
        reads(&other.acting(Who::Requester), things).await.into_iter().map(|it| it.0).collect();
    let mut hidden: Vec<&str> =
        lists(&other.acting(Who::Requester)).await.into_iter().map(|it| it.0).collect();
    for who in [Who::Supervisor, Who::Administrator, Who::Requester, Who::Operator] {
        let acting = other.acting(who);
        let answers = reads(&acting, things).await.into_iter().zip(reads(&acting, nothing).await);
        for ((read, told), (_, expected)) in answers {
            if things.hidden_in(&told) != nothing.hidden_in(&expected) {
                silent.retain(|name| *name != read);
            }
        }
        for (read, told) in lists(&acting).await {
            if things.hidden_in(&told) != told {
                hidden.retain(|name| *name != read);
            }
        }
    }
    assert!(silent.is_empty() && hidden.is_empty(), "{silent:?} and {hidden:?} tell nobody anything");
}

/// One of everything that can be named.
#[derive(Debug)]
struct Things {
    request: RequestId,
    number: String,
    entry: EntryId,
    attachment: AttachmentId,
    job: JobId,
    series: SeriesId,
    view: ViewId,
    employee: EmployeeId,
    contact: ContactId,
    /// Somebody who was erased.
    erased: ContactId,
    /// The number of a request that was archived.
    archived: String,
}

impl Things {
    /// What no tenant has.
    fn nowhere() -> Self {
        let id = |n: u128| Uuid::from_u128(40_400 + n);
        Self {
            request: RequestId(id(1)),
            number: "HR-040400".to_owned(),
            entry: EntryId(id(2)),
            attachment: AttachmentId(id(3)),
            job: JobId(id(4)),
            series: SeriesId(id(5)),
            view: ViewId(id(6)),
            employee: EmployeeId(id(7)),
            contact: ContactId(id(8)),
            erased: ContactId(id(9)),
            archived: "HR-040401".to_owned(),
        }
    }

    /// One of each in a tenant; its numbers are not those of the neighbour.
    async fn of(center: &mut Center) -> Self {
        let (request, second) = (center.submit("HR-01").await, center.submit("HR-01").await);
        let supervisor = center.acting(Who::Supervisor);
        let requests = supervisor.requests();
        requests.answer(request, "Soon.").await.expect("a supervisor may");
        attach(&requests, request, Visibility::Public).await.expect("a supervisor may");
        requests.link(request, LinkKind::Relates, second).await.expect("a supervisor may");
        let entry = center.entries(request).await[0].id;
        requests.edit(request, entry, "Now.").await.expect("a supervisor may");
        let draft = RequestCommand::SaveDraft { kind: EntryKind::Answer, text: "So".into() };
        center.step(request, draft).await;
        let bulk = Bulk { over: Selection::These(vec![request]), command: RequestCommand::Watch };
        let job = JobId(supervisor.jobs().start(bulk).await.expect("a supervisor may").subject);
        let (employee, contact) = newcomers(center).await;
        let (erased, archived) = (erased(center).await, archived(center).await);
        Self {
            request,
            number: center.request(request).await.number,
            entry,
            attachment: center.attachments(request).await[0].id,
            job,
            series: series(center).await,
            view: view(center).await,
            employee,
            contact,
            erased,
            archived,
        }
    }

    /// A text in which every name of these is hidden.
    fn hidden_in(&self, told: &str) -> String {
        let ids = [
            self.request.0,
            self.entry.0,
            self.attachment.0,
            self.job.0,
            self.series.0,
            self.view.0,
            self.employee.0,
            self.contact.0,
            self.erased.0,
        ];
        let told = told.replace(&self.number, "X").replace(&self.archived, "X");
        ids.iter().fold(told, |told, id| told.replace(&id.to_string(), "X"))
    }
}

/// Two people whom the neighbour has not.
async fn newcomers(center: &Center) -> (EmployeeId, ContactId) {
    let people = center.acting(Who::Administrator).people();
    let (id, contact) = (EmployeeId(Uuid::from_u128(7_001)), ContactId(Uuid::from_u128(7_002)));
    let mut newcomer = employee(id, "Newcomer");
    newcomer.person = newcomer.person.with_address(address(), true);
    people.save_employee(newcomer).await.expect("an administrator may");
    let person = Person::named("Outsider").expect("a name").with_address(address(), true);
    people.save_contact(Contact::new(contact, person)).await.expect("an administrator may");
    (id, contact)
}

async fn erased(center: &Center) -> ContactId {
    let people = center.acting(Who::Administrator).people();
    let id = ContactId(Uuid::from_u128(7_005));
    let person = Person::named("Forgotten").expect("a name");
    people.save_contact(Contact::new(id, person)).await.expect("an administrator may");
    people.erase(id.into()).await.expect("an administrator may");
    id
}

async fn archived(center: &mut Center) -> String {
    let id = center.submit("HR-01").await;
    let number = center.request(id).await.number;
    center.requests(Who::Requester).cancel(id, "not_needed").await.expect("it is theirs");
    center.wait(Span::minutes(1));
    let done = center.acting(Who::Administrator).administration().archive(center.now()).await;
    assert_eq!(done.expect("an administrator may").left, 1);
    number
}

fn address() -> Address {
    Address::Email("new@north.example".parse().expect("an address"))
}

async fn series(center: &Center) -> SeriesId {
    let id = SeriesId(Uuid::from_u128(7_003));
    let schedule = Schedule {
        every: Every::Days(1),
        at: "09:00".to_owned(),
        zone: "UTC".to_owned(),
        from: center.now().to_utc().date_naive(),
        until: None,
    };
    let mut submit = Submit::new(code("IT-01"), text("The backups"));
    submit.requester = Some(Who::Requester.party(center.tenant));
    let (name, catch_up) = (text("Backups"), CatchUp::Latest);
    let plan = SeriesPlan { id, name, schedule, catch_up, submit, active: true };
    center.acting(Who::Supervisor).series().save(plan).await.expect("a supervisor may");
    id
}

async fn view(center: &Center) -> ViewId {
    let id = ViewId(Uuid::from_u128(7_004));
    let columns = vec!["number".to_owned()];
    let plan = ViewPlan {
        id,
        name: text("Everything"),
        side: Side::Center,
        sharing: Sharing::Everybody,
        filter: Condition::all([]),
        sort: Vec::new(),
        columns,
    };
    center.acting(Who::Supervisor).views().save(plan).await.expect("a supervisor may");
    id
}

/// Everything that can be asked about something that is named.
async fn reads(acting: &Acting, of: &Things) -> Vec<(&'static str, String)> {
    let mut answers = of_request(acting, of).await;
    answers.extend(among_requests(acting, of).await);
    let (jobs, series, views, people) = (acting.jobs(), acting.series(), acting.views(), acting.people());
    answers.extend([
        ("job", told(jobs.get(of.job).await)),
        ("progress", told(jobs.progress(of.job).await)),
        ("items", told(jobs.items(of.job, None, 10).await)),
        ("series", told(series.get(of.series).await)),
        ("view", told(views.get(of.view).await)),
        ("view page", told(views.page(of.view, None, 10).await)),
        ("employee", told(people.employee(of.employee).await)),
        ("contact", told(people.contact(of.contact).await)),
        ("erasure", told(people.erasure(of.erased.into()).await)),
        ("export", told(people.export(of.contact.into()).await)),
    ]);
    answers
}

async fn of_request(acting: &Acting, of: &Things) -> Vec<(&'static str, String)> {
    let requests = acting.requests();
    vec![
        ("get", told(requests.get(of.request).await)),
        ("get_own", told(requests.get_own(of.request).await)),
        ("by_number", told(requests.by_number(&of.number).await)),
        ("archived", told(requests.archived(&of.archived).await)),
        ("bundle", told(requests.bundle(&of.archived).await)),
        ("entries", told(requests.entries(of.request).await)),
        ("revisions", told(requests.revisions(of.entry).await)),
        ("drafts", told(requests.drafts(of.request).await)),
        ("timeline", told(requests.timeline(of.request).await)),
        ("links", told(requests.links(of.request).await)),
        ("attachments", told(requests.attachments(of.request).await)),
        ("attachment", told(requests.attachment(of.attachment).await)),
        ("download", told(requests.download(of.attachment).await)),
        ("download_unscanned", told(requests.download_unscanned(of.attachment).await)),
        ("looking", told(requests.looking(of.request, Doing::Looking).await)),
        ("foresee", told(requests.foresee(of.request, RequestCommand::Watch).await)),
        ("preview", told(requests.preview(of.request, &code("hello"), None).await)),
        ("why", told(requests.why(&List::of(Condition::all([])), of.request).await)),
        ("why_own", told(requests.why_own(&List::own(Condition::all([])), of.request).await)),
    ]
}

async fn among_requests(acting: &Acting, of: &Things) -> Vec<(&'static str, String)> {
    let requests = acting.requests();
    let named = Condition::is_in("id", [of.request.0]);
    let by = Grouping::Field("status".to_owned());
    vec![
        ("unread_of", told(requests.unread_of(&[of.request]).await)),
        ("unread_of_own", told(requests.unread_of_own(&[of.request]).await)),
        ("list", told(requests.list(&List::of(named.clone())).await.map(rows))),
        ("list_own", told(requests.list_own(&List::own(named.clone())).await.map(rows))),
        ("count", told(requests.count(&named).await)),
        ("count_own", told(requests.count_own(&named).await)),
        ("groups", told(requests.groups(&named, &by).await)),
        ("groups_own", told(requests.groups_own(&named, &by).await)),
    ]
}

/// Every list that is asked for without a name.
async fn lists(acting: &Acting) -> Vec<(&'static str, String)> {
    let (requests, people, views) = (acting.requests(), acting.people(), acting.views());
    let everything = || Condition::all([]);
    let names = List { columns: vec!["name".to_owned()], ..List::named("") };
    vec![
        ("list", told(requests.list(&List::of(everything())).await.map(rows))),
        ("list_own", told(requests.list_own(&List::own(everything())).await.map(rows))),
        ("jobs", told(acting.jobs().own(10).await)),
        ("series", told(acting.series().all().await)),
        ("views", told(views.all().await)),
        ("counts", told(views.counts().await)),
        ("employees", told(people.employees(&names).await.map(rows))),
        ("contacts", told(people.contacts(&names).await.map(rows))),
        ("employees_by_address", told(people.employees_by_address(&address()).await)),
        ("contact_by_address", told(people.contact_by_address(&address()).await)),
    ]
}

fn rows(page: okno::store::Page) -> Vec<(Uuid, Vec<Value>)> {
    page.rows.into_iter().map(|row| (row.id, row.values)).collect()
}

fn told<T: Debug>(answer: Result<T, DeskError>) -> String {
    match answer {
        Ok(told) => format!("{told:?}"),
        Err(error) => format!("error: {error}"),
    }
}
