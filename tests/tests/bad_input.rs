//! Whatever is handed in wrongly gets its typed error, says whether a retry helps, and loses nothing.

use okno::base::limits::{ADDRESSES_MAX, ENTRY_BYTES_MAX, SUBJECT_CHARS_MAX};
use okno::base::{TextError, TimeError};
use okno::engine::{Command, DeskError};
use okno::life::directory::{DirectoryCommand, Scope, Unit, UnitId};
use okno::life::request::{FieldChanges, HoldFor, HoldReason};
use okno::store::{StoreError, Version};
use okno::{
    Channel, Condition, Desk, Employee, EmployeeId, Founding, Refusal, RequestCommand, RequestId, Span,
    Status, Submit, TenantId, Text, Timestamp,
};
use okno_storage_sqlx::SqliteOptions;
use okno_tests::{
    Center, Who, branch, code, employee, founding, kinds, on_every_store, runtime, sales, start, text,
};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Executor};
use uuid::Uuid;

#[test]
fn an_unknown_tenant_is_told_as_such() {
    on_every_store(async |store| {
        let center = Center::open(store).await;
        let nowhere = TenantId(Uuid::from_u128(404));
        let actor = okno::Actor::employee(nowhere, EmployeeId(Uuid::from_u128(1)), Channel::Api);
        let submit = Submit::new(code("IT-01"), text("Help"));
        let error = center.desk.acting(actor).requests().submit(submit).await.expect_err("no such tenant");
        assert!(matches!(error, DeskError::Refused(Refusal::UnknownTenant { tenant }) if tenant == nowhere));
        assert!(error.is_not_found() && !error.is_retryable() && !error.is_denied());
        assert_eq!(error.to_string(), format!("there is no tenant `{nowhere}`"));
    });
}

#[test]
fn a_tenant_is_founded_once() {
    on_every_store(async |store| {
        let center = Center::open(store).await;
        center.desk.found(&founding(center.tenant)).await.expect("the same founding gives the first answer");
        let again = Founding { name: text("Somebody else"), ..founding(center.tenant) };
        let error = center.desk.found(&again).await.expect_err("there is one");
        assert_eq!(code_of(&error), "tenant_exists");
        assert!(!error.is_retryable());
        let world = center.desk.world(center.tenant).await.expect("the first one stands");
        assert_eq!(world.directory.tenant().map(|tenant| tenant.name.clone()), Some(text("North Holding")));
    });
}

#[test]
fn a_foreign_id_is_not_found_whoever_asks() {
    on_every_store(async |store| {
        let center = Center::open(store).await;
        let nothing = RequestId(Uuid::from_u128(404));
        for who in Who::ALL {
            let error = center.requests(who).claim(nothing).await.expect_err("no such request");
            assert!(error.is_not_found() && !error.is_retryable(), "{who:?}: {error}");
            assert_eq!(error.to_string(), format!("there is no request `{nothing}`"));
        }
    });
}

#[test]
fn a_stale_version_names_the_current_one() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let id = center.submit("IT-01").await;
        let (_, seen) = center.requests(Who::Operator).get(id).await.expect("readable");
        center.step(id, RequestCommand::Start).await;
        let stale = center.acting(Who::Operator).having_seen(seen).requests();
        let error = stale.resolve(id, "fixed", "").await.expect_err("it changed");
        let current = seen.next();
        assert!(matches!(error, DeskError::Refused(Refusal::Stale { .. })), "{error}");
        assert_eq!(error.to_string(), format!("version {seen} was seen, but {current} is current"));
        assert!(!error.is_retryable(), "who saw an old state has to look first");
        assert_eq!(center.request(id).await.status, Status::InProgress);
        let fresh = center.acting(Who::Operator).having_seen(current).requests();
        fresh.resolve(id, "fixed", "").await.expect("this is what stands");
    });
}

#[test]
fn a_stale_version_of_a_directory_record_is_refused_too() {
    on_every_store(async |store| {
        let center = Center::open(store).await;
        let late = center.acting(Who::Administrator).having_seen(Version(7)).people();
        let renamed = employee(Who::Clerk.employee(center.tenant), "Another name");
        let before = center.lines().await;
        let error = late.save_employee(renamed).await.expect_err("version 1 is current");
        assert!(matches!(error, DeskError::Refused(Refusal::Stale { .. })), "{error}");
        assert!(!error.is_retryable());
        assert_eq!(center.lines().await, before, "nothing happened");
    });
}

#[test]
fn a_command_in_a_wrong_status_says_where_the_request_stands() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let id = center.submit("IT-01").await;
        center.step(id, RequestCommand::Close { reason: "done".into() }).await;
        let before = center.lines().await;
        let error = center.requests(Who::Supervisor).start(id).await.expect_err("it is closed");
        assert_eq!((code_of(&error), error.is_retryable()), ("already_closed", false));
        assert_eq!(error.to_string(), "a request that is `closed` cannot be asked to `start`");
        assert_eq!(center.lines().await, before);
    });
}

#[test]
fn a_text_over_its_limit_names_field_and_limit_and_one_at_the_limit_is_kept() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let id = center.submit("IT-01").await;
        let operator = center.requests(Who::Operator);
        let error = operator.note(id, "я".repeat(ENTRY_BYTES_MAX / 2 + 1)).await.expect_err("too long");
        let expected = format!(
            "`text`: the text has {} bytes; at most {ENTRY_BYTES_MAX} are taken",
            ENTRY_BYTES_MAX + 2
        );
        assert_eq!((error.to_string(), error.is_retryable()), (expected, false));
        let longest = "\u{1}".repeat(ENTRY_BYTES_MAX);
        operator.note(id, longest.clone()).await.expect("at the limit, however it is written");
        let kept = operator.entries(id).await.expect("readable");
        assert_eq!(kept.iter().map(|entry| entry.text == longest).collect::<Vec<_>>(), [true]);
    });
}

#[test]
fn a_field_over_its_limit_is_refused_by_name() {
    on_every_store(async |store| {
        let center = Center::open(store).await;
        let requests = center.requests(Who::Requester);
        let long = "ж".repeat(SUBJECT_CHARS_MAX + 1);
        let submit = Submit::new(code("IT-01"), text(&long));
        assert_invalid(requests.submit(submit).await, "subject");
        let longest = Submit::new(code("IT-01"), text(&long[2..]));
        requests.submit(longest).await.expect("at the limit");
        assert!(long.parse::<okno::config::catalog::ServiceCode>().is_err(), "a code has its own limit");

        let people = center.acting(Who::Administrator).people();
        let clerk = employee(Who::Clerk.employee(center.tenant), "Clerk");
        let mut named = clerk.clone();
        named.person.name = text(&long);
        assert_invalid(people.save_employee(named).await, "employee.person.name");
        let mut addressed = clerk.clone();
        let address = |n| format!("phone:+7495000000{n:02}").parse().expect("an address");
        for n in 0..=ADDRESSES_MAX {
            addressed.person = addressed.person.with_address(address(n), false);
        }
        assert_invalid(people.save_employee(addressed).await, "employee.person.addresses");
        let placed = Employee { position: text(&long), ..clerk.clone() };
        assert_invalid(people.save_employee(placed).await, "employee.position");
        let speaking = Employee { languages: vec!["e\0".into()], ..clerk };
        assert_invalid(people.save_employee(speaking).await, "employee.languages");
    });
}

#[test]
fn a_founding_keeps_to_the_limits_of_names() {
    on_every_store(async |store| {
        let center = Center::open(store).await;
        let tenant = TenantId(Uuid::from_u128(3));
        for name in ["", " ", &"ж".repeat(SUBJECT_CHARS_MAX + 1)] {
            let nameless = Founding { name: text(name), ..founding(tenant) };
            assert_invalid(center.desk.found(&nameless).await, "name");
            let mut headless = founding(tenant);
            headless.administrator.name = text(name);
            assert_invalid(center.desk.found(&headless).await, "administrator.name");
        }
        center.desk.found(&founding(tenant)).await.expect("nothing was founded yet");
    });
}

#[test]
fn an_empty_subject_is_refused_when_submitting_and_when_changing() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let id = center.submit("IT-01").await;
        for empty in ["", "   ", "\n\t"] {
            let submit = Submit::new(code("IT-01"), text(empty));
            assert_invalid(center.requests(Who::Requester).submit(submit).await, "subject");
            let changes = FieldChanges { subject: Some(text(empty)), ..FieldChanges::default() };
            let change = RequestCommand::ChangeFields(changes);
            assert_invalid(center.requests(Who::Operator).step(id, change).await, "subject");
        }
    });
}

#[test]
fn an_unknown_service_category_line_person_or_unit_is_named() {
    on_every_store(async |store| {
        let center = Center::open(store).await;
        let supervisor = center.requests(Who::Supervisor);
        let asks = || Submit::new(code("IT-01"), text("Help"));
        let nobody = okno::Party { id: Uuid::from_u128(404), ..Who::Requester.party(center.tenant) };
        let cases = [
            ("service", Submit { service: code("IT-99"), ..asks() }),
            ("category", Submit { category: Some(code("nothing")), ..asks() }),
            ("line", Submit { line: Some(code("nowhere")), ..asks() }),
            ("requester", Submit { requester: Some(nobody), ..asks() }),
            ("recipient", Submit { recipient: Some(nobody), ..asks() }),
            ("unit", Submit { unit: Some(UnitId(Uuid::from_u128(404))), ..asks() }),
            ("impact", Submit { impact: Some(9), ..asks() }),
            ("urgency", Submit { urgency: Some(0), ..asks() }),
        ];
        for (field, submit) in cases {
            assert_invalid(supervisor.submit(submit).await, field);
        }
        assert_eq!(center.times("submitted").await, 0);
    });
}

#[test]
fn units_in_a_circle_are_refused_and_the_tree_stays() {
    on_every_store(async |store| {
        let center = Center::open(store).await;
        let people = center.acting(Who::Administrator).people();
        let error = people.move_unit(branch(), Some(sales())).await.expect_err("a circle");
        assert_eq!((code_of(&error), error.is_retryable()), ("unit_cycle", false));
        let world = center.desk.world(center.tenant).await.expect("it is known");
        assert_eq!(
            world.directory.unit(branch()).and_then(|unit| unit.parent),
            Some(founding(center.tenant).unit())
        );
    });
}

#[test]
fn two_nodes_that_move_units_at_once_make_no_circle() {
    on_every_store(async |store| {
        for round in 0..6 {
            let center = Center::open(store).await;
            let people = center.acting(Who::Administrator).people();
            let (one, two) = (UnitId(Uuid::from_u128(71)), UnitId(Uuid::from_u128(72)));
            for id in [one, two] {
                let unit = Unit {
                    id,
                    kind: okno::life::directory::UnitKind::Branch,
                    name: text("Unit"),
                    parent: None,
                };
                people.save_unit(unit).await.expect("a top");
            }
            let both = [(one, two), (two, one)].map(|(unit, parent)| {
                let node = center.node(10 * (round + 1) + u64::from(unit == one));
                let acting = node.acting(Who::Administrator.actor(center.tenant));
                tokio::spawn(async move { acting.people().move_unit(unit, Some(parent)).await })
            });
            let mut refused = 0;
            for moved in both {
                match moved.await.expect("no panic") {
                    Ok(_) => {}
                    Err(error) => {
                        assert_eq!(code_of(&error), "unit_cycle");
                        refused += 1;
                    }
                }
            }
            assert_eq!(refused, 1);
        }
    });
}

#[test]
fn two_nodes_that_change_managers_at_once_make_no_circle() {
    on_every_store(async |store| {
        for round in 0..6 {
            let center = Center::open(store).await;
            let (one, two) = (Who::Clerk.employee(center.tenant), Who::Colleague.employee(center.tenant));
            let both = [(one, two), (two, one)].map(|(under, manager)| {
                let node = center.node(10 * (round + 1) + u64::from(under == one));
                let acting = node.acting(Who::Administrator.actor(center.tenant));
                let employee = Employee { manager: Some(manager), ..employee(under, "Somebody") };
                tokio::spawn(async move { acting.people().save_employee(employee).await })
            });
            let mut refused = 0;
            for saved in both {
                if let Err(error) = saved.await.expect("no panic") {
                    assert_eq!(code_of(&error), "manager_cycle");
                    refused += 1;
                }
            }
            assert_eq!(refused, 1);
        }
    });
}

#[test]
fn text_with_the_character_nul_is_refused_wherever_it_comes_in() {
    assert_eq!(Text::new("a\0b"), Err(TextError::Nul));
    assert!(serde_json::from_str::<Submit>(r#"{"service": "IT-01", "subject": "a\u0000b"}"#).is_err());
    assert!("IT\0".parse::<okno::config::catalog::ServiceCode>().is_err());
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let submit = Submit { text: "a\0b".into(), ..Submit::new(code("IT-01"), text("Help")) };
        assert_invalid(center.requests(Who::Requester).submit(submit).await, "text");
        let id = center.submit("IT-01").await;
        let operator = center.requests(Who::Operator);
        assert_invalid(operator.note(id, "\0").await, "text");
        assert_invalid(operator.answer(id, "\0").await, "text");
        assert_invalid(operator.resolve(id, "fix\0ed", "").await, "code");
        assert_invalid(operator.resolve(id, "fixed", "\0").await, "text");
        assert_invalid(operator.close(id, "do\0ne").await, "reason");
        assert_invalid(center.requests(Who::Requester).reply(id, "\0").await, "text");
        let signal = Some("deli\0vered".to_owned());
        let release = Some(okno::life::request::Release { on_reply: false, on_signal: signal });
        let hold = HoldFor { reason: HoldReason::ThirdParty, until: None, release };
        assert_invalid(operator.hold(id, hold).await, "release.on_signal");
        let looked = operator.by_number("IT-\0").await.expect_err("no number has it");
        assert!(looked.is_not_found(), "{looked}");
        let count = operator.count(&Condition::eq("number", "IT-\0")).await;
        let counted = count.expect_err("no value has it");
        assert!(matches!(counted, DeskError::Problems(_)), "{counted:?}");
    });
}

#[test]
fn a_time_beyond_the_range_is_no_instant() {
    assert!(matches!("2200-01-01T00:00:00Z".parse::<Timestamp>(), Err(TimeError::OutOfRange { .. })));
    assert!(matches!("1899-12-31T23:59:59.999Z".parse::<Timestamp>(), Err(TimeError::OutOfRange { .. })));
    assert!(matches!(Timestamp::from_millis(i64::MAX), Err(TimeError::OutOfRange { .. })));
    assert!(matches!("2026-02-30T00:00:00Z".parse::<Timestamp>(), Err(TimeError::Malformed { .. })));
    let hold = r#"{"type": "hold", "reason": "scheduled", "until": "9999-01-01T00:00:00Z"}"#;
    assert!(serde_json::from_str::<RequestCommand>(hold).is_err());
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let id = center.submit("IT-01").await;
        let past = HoldFor::until(HoldReason::Scheduled, start() - Span::hours(1));
        assert_invalid(center.requests(Who::Operator).hold(id, past).await, "until");
        let last = HoldFor::until(HoldReason::Scheduled, Timestamp::MAX);
        center.requests(Who::Operator).hold(id, last).await.expect("the last instant is one");
        assert_eq!(center.desk.next_due(center.tenant).await.expect("readable"), Some(Timestamp::MAX));
        center.clock.set(Timestamp::MAX);
        center.step(id, RequestCommand::Resolve { code: "fixed".into(), text: String::new() }).await;
        assert_eq!(center.request(id).await.closes_at, Some(Timestamp::MAX), "no sum leaves the range");
    });
}

#[test]
fn a_catalog_under_which_no_timer_could_fire_is_not_published() {
    on_every_store(async |store| {
        let center = Center::open(store).await;
        let mut catalog = okno_tests::catalog();
        let system = catalog.roles.iter_mut().find(|role| role.code.as_str() == "system");
        system.expect("there is one").permissions.clear();
        let publish = center.acting(Who::Administrator).administration().publish(catalog).await;
        let error = publish.expect_err("timers would vanish");
        assert!(matches!(error, DeskError::Problems(_)) && !error.is_retryable(), "{error}");
        assert!(error.to_string().contains("missing_permission"), "{error}");
    });
}

#[test]
fn a_grant_names_what_exists_and_an_import_is_taken_whole_or_not() {
    on_every_store(async |store| {
        let center = Center::open(store).await;
        let clerk = Who::Clerk.employee(center.tenant);
        let lines = okno::life::directory::Only::These(vec![code("nowhere")]);
        let grant = okno::life::directory::Grant {
            id: okno::life::directory::GrantId(Uuid::from_u128(60)),
            holder: clerk.into(),
            role: code("supervisor"),
            scope: Scope { lines, ..Scope::default() },
            active: true,
        };
        let renamed = DirectoryCommand::SaveEmployee { employee: employee(clerk, "Renamed") };
        let changes = vec![renamed, DirectoryCommand::SaveGrant { grant }];
        let import = Command::Directory { command: DirectoryCommand::Import { changes } };
        assert_invalid(center.acting(Who::Administrator).run(import).await, "grant.scope.lines");
        let world = center.desk.world(center.tenant).await.expect("it is known");
        assert_eq!(
            world.directory.employee(clerk).map(|clerk| clerk.person.name.clone()),
            Some(text("Clerk"))
        );
    });
}

#[test]
fn a_database_file_that_is_read_only_is_read_and_says_so_when_written() {
    runtime().block_on(async {
        let file = File::with_a_request().await;
        // Once the option forbids writing, once the file itself does.
        for (read_only, version) in [(true, 2), (false, 3)] {
            file.set_write_format(version);
            let store = file.options().read_only(read_only).open(kinds()).await.expect("it can be read");
            let store = std::sync::Arc::new(store);
            let desk = Desk::new(store.clone());
            let requests = desk.acting(Who::Requester.actor(file.tenant)).requests();
            assert_eq!(requests.count_own(&Condition::all([])).await.expect("it can be read"), 1);
            let submit = Submit::new(code("IT-01"), text("Help"));
            let error = requests.submit(submit).await.expect_err("it cannot be written");
            assert!(matches!(error, DeskError::Store(StoreError::ReadOnly { .. })), "{error:?}");
            assert!(!error.is_retryable());
            store.close().await;
            file.set_write_format(2);
            file.assert_whole(1).await;
        }
    });
}

#[test]
fn a_database_file_that_another_program_holds_says_that_a_retry_can_help() {
    runtime().block_on(async {
        let file = File::with_a_request().await;
        let patience = std::time::Duration::from_millis(10);
        let store = file.options().busy_timeout(patience).open(kinds()).await.expect("nobody holds it");
        let desk = Desk::new(std::sync::Arc::new(store));
        let submit = || Submit::new(code("IT-01"), text("Help"));
        let id = okno::CommandId(Uuid::from_u128(777));
        let requests = desk.acting(Who::Requester.actor(file.tenant)).once(id).requests();
        let mut other = file.other_program().await;
        other.execute("BEGIN IMMEDIATE").await.expect("it is held");
        let error = requests.submit(submit()).await.expect_err("it is held");
        assert!(matches!(error, DeskError::Store(StoreError::Locked { .. })), "{error:?}");
        assert!(error.is_retryable());
        file.assert_whole(1).await;
        other.execute("ROLLBACK").await.expect("it is let go");
        requests.submit(submit()).await.expect("the same command once more");
        file.assert_whole(2).await;
    });
}

#[test]
fn a_database_file_of_a_newer_program_is_not_touched() {
    runtime().block_on(async {
        let file = File::with_a_request().await;
        let mut other = file.other_program().await;
        other
            .execute("UPDATE okno_schema SET number = number + 41 WHERE part = 'request'")
            .await
            .expect("newer");
        let error = file.options().open(kinds()).await.expect_err("it is newer");
        assert!(matches!(&error, StoreError::NewerSchema { what, found: 43, known: 2 } if what == "request"));
        assert!(!error.is_retryable());
        other
            .execute("UPDATE okno_schema SET number = number - 41 WHERE part = 'request'")
            .await
            .expect("back");
        file.assert_whole(1).await;
    });
}

/// A SQLite file with a center and one request in it.
struct File {
    folder: tempfile::TempDir,
    tenant: TenantId,
}

impl File {
    async fn with_a_request() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = Self { folder, tenant: TenantId(Uuid::from_u128(1)) };
        let store = std::sync::Arc::new(file.options().open(kinds()).await.expect("a fresh file"));
        let desk = Desk::new(store.clone());
        okno_tests::found(&desk, file.tenant).await.expect("the center can be founded");
        let submit = Submit::new(code("IT-01"), text("Help"));
        let requests = desk.acting(Who::Requester.actor(file.tenant)).requests();
        requests.submit(submit).await.expect("the requester may submit");
        store.close().await;
        file
    }

    /// Sets the version of the file format that a writer must know: SQLite only reads what needs more than 2, also
    /// for the superuser, whom rights do not hold back.
    fn set_write_format(&self, version: u8) {
        let path = self.folder.path().join("desk.db");
        let mut bytes = std::fs::read(&path).expect("it is there");
        bytes[18] = version;
        std::fs::write(path, bytes).expect("it can be changed");
    }

    fn options(&self) -> SqliteOptions {
        SqliteOptions::new(self.folder.path().join("desk.db"))
    }

    async fn other_program(&self) -> SqliteConnection {
        let options = SqliteConnectOptions::new().filename(self.folder.path().join("desk.db"));
        options.connect().await.expect("another program opens it")
    }

    /// What was in the file is still in it.
    async fn assert_whole(&self, requests: u64) {
        let wanted = requests;
        let store = self.options().open(kinds()).await.expect("it can be opened again");
        let store = std::sync::Arc::new(store);
        let desk = Desk::new(store.clone());
        let requests = desk.acting(Who::Supervisor.actor(self.tenant)).requests();
        assert_eq!(requests.count(&Condition::all([])).await.expect("readable"), wanted);
        store.close().await;
    }
}

fn code_of(error: &DeskError) -> &'static str {
    error.refusal().map_or("none", Refusal::code)
}

fn assert_invalid<T: std::fmt::Debug>(done: Result<T, DeskError>, field: &str) {
    let error = done.expect_err("the field cannot be taken");
    assert!(!error.is_retryable() && !error.is_denied() && !error.is_not_found(), "{error}");
    match error.refusal() {
        Some(Refusal::Invalid { field: found, .. }) => assert_eq!(*found, field, "{error}"),
        other => panic!("{other:?} instead of a refusal of `{field}`"),
    }
}
