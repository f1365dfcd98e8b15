//! People: who stands in for whom, who leaves and comes back, contacts and their addresses.

use std::collections::BTreeSet;
use std::sync::Arc;

use okno::base::{Address, Span};
use okno::condition::Condition;
use okno::engine::{DeskError, List};
use okno::life::directory::{
    Absence, AbsenceId, CONTACT, Contact, ContactId, Delegation, DelegationId, DirectoryEvent, EMPLOYEE,
    Only, Placement, Scope,
};
use okno::life::job::{Bulk, JobId, Selection};
use okno::life::request::{Language, Narrator};
use okno::store::{
    Batch, Digest, FaultPlan, FaultyStore, JournalRead, Key, NewWork, Origin, Queue, WorkChange,
};
use okno::{Actor, Channel, CommandId, Person, RequestCommand, RequestId, Status, Submit};
use okno_tests::{Center, Who, branch, code, on_every_store, start, text};
use uuid::Uuid;

#[test]
fn what_a_substitute_does_is_recorded_as_done_for_the_principal() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let id = center.submit("IT-01").await;
        away(&center, Who::Operator, (0, 5)).await;
        stands_in(&center, Who::Operator, Who::Clerk, true).await;
        let clerk = for_principal(&center, Who::Clerk, Who::Operator).requests();
        clerk.claim(id).await.expect("the operator may, and so may the substitute");
        clerk.answer(id, "I look at it for Boris.").await.expect("it is the operator's");
        let (clerk_party, operator) = (Who::Clerk.party(center.tenant), Who::Operator.party(center.tenant));
        let events = clerk.timeline(id).await.expect("readable");
        let world = center.desk.world(center.tenant).await.expect("a tenant");
        let narrator = Narrator::new(&world.directory, Language::English);
        for event in &events[1..] {
            let origin = event.origin;
            assert_eq!((origin.actor, origin.principal), (clerk_party, Some(operator)));
            let line = narrator.line(event);
            assert!(line.contains("Clerk for Operator: "), "{line}");
        }
        let entries = clerk.entries(id).await.expect("readable");
        let written = entries.last().expect("an answer");
        assert_eq!((written.author, written.principal), (clerk_party, Some(operator)));
        assert_eq!(center.request(id).await.assignee, Some(Who::Operator.employee(center.tenant)));
    });
}

#[test]
fn a_substitute_may_nothing_before_after_beside_or_without_the_absence() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let id = center.submit("IT-01").await;
        stands_in(&center, Who::Operator, Who::Clerk, true).await;
        let clerk = for_principal(&center, Who::Clerk, Who::Operator).requests();
        let lists = async || clerk.count(&Condition::all([])).await.expect("it may be counted");
        let not_found = |refused: DeskError| assert!(refused.is_not_found(), "{refused}");
        not_found(clerk.get(id).await.map(drop).expect_err("the operator is here"));
        assert_eq!(lists().await, 0);
        away(&center, Who::Operator, (1, 2)).await;
        not_found(clerk.claim(id).await.expect_err("the operator is still here"));
        center.wait(Span::days(1));
        clerk.get(id).await.expect("the operator is away");
        assert_eq!(lists().await, 1);
        let own = center.requests(Who::Clerk);
        not_found(own.get(id).await.map(drop).expect_err("not in person"));
        let other = for_principal(&center, Who::Colleague, Who::Operator).requests();
        not_found(other.get(id).await.map(drop).expect_err("nobody named the colleague"));
        center.wait(Span::days(1));
        not_found(clerk.get(id).await.map(drop).expect_err("the operator is back"));
        assert_eq!(lists().await, 0);
    });
}

#[test]
fn a_delegation_reaches_no_further_than_it_says() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let (it, hr) = (center.submit("IT-01").await, center.submit("HR-01").await);
        let scope = Scope { lines: Only::These(vec![code("it")]), confidentiality: 9, ..Scope::default() };
        let actions =
            Only::These(vec![okno::config::catalog::Action::See, okno::config::catalog::Action::Answer]);
        let delegation = between(&center, Who::Supervisor, Who::Neighbour, false);
        save(&center, Delegation { scope, actions, ..delegation }).await.expect("it is the supervisor's own");
        let neighbour = for_principal(&center, Who::Neighbour, Who::Supervisor).requests();
        neighbour.answer(it, "Soon.").await.expect("within scope and actions");
        let refused = neighbour.claim(it).await.expect_err("taking is not delegated");
        assert!(refused.is_denied(), "{refused}");
        let refused = neighbour.answer(hr, "Soon.").await.expect_err("the line is not delegated");
        assert!(refused.is_not_found(), "{refused}");
        let listed = neighbour.list(&List::of(Condition::all([]))).await.expect("it may be listed");
        assert_eq!(listed.rows.iter().map(|row| row.id).collect::<Vec<_>>(), [it.0]);
    });
}

#[test]
fn a_chain_of_two_holds_while_both_are_away_and_is_cut_by_an_end_date() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let id = center.submit("IT-01").await;
        away(&center, Who::Operator, (0, 9)).await;
        away(&center, Who::Clerk, (0, 5)).await;
        let first = between(&center, Who::Operator, Who::Clerk, true);
        let until = Some(center.now() + Span::days(3));
        save(&center, Delegation { until, ..first }).await.expect("no circle");
        stands_in(&center, Who::Clerk, Who::Neighbour, true).await;
        let neighbour = for_principal(&center, Who::Neighbour, Who::Operator).requests();
        neighbour.claim(id).await.expect("the clerk is away as well");
        center.wait(Span::days(3));
        let refused = neighbour.answer(id, "Soon.").await.expect_err("the first link ended");
        assert!(refused.is_not_found(), "{refused}");
    });
}

#[test]
fn nobody_is_given_work_while_away() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let id = center.submit("IT-01").await;
        away(&center, Who::Operator, (0, 1)).await;
        stands_in(&center, Who::Operator, Who::Colleague, true).await;
        let supervisor = center.requests(Who::Supervisor);
        let operator = Who::Operator.employee(center.tenant);
        let refused = supervisor.assign(id, operator).await.expect_err("the operator is away");
        assert_eq!(rule(&refused), "operator_absent");
        let colleague = Who::Colleague.employee(center.tenant);
        assert!(refused.to_string().contains(&colleague.to_string()), "{refused}");
        supervisor.assign(id, colleague).await.expect("the substitute is here");
        center.wait(Span::days(1));
        supervisor.assign(id, operator).await.expect("the operator is back");
    });
}

#[test]
fn the_same_command_for_somebody_else_is_another_command() {
    on_every_store(async |store| {
        let center = Center::open(store).await;
        stands_in(&center, Who::Requester, Who::Neighbour, false).await;
        let once = CommandId(Uuid::from_u128(700));
        let submit = || Submit::new(code("IT-01"), text("A new laptop"));
        let in_person = center.acting(Who::Neighbour).once(once).requests();
        let first = in_person.submit(submit()).await.expect("everybody may");
        assert_eq!(in_person.submit(submit()).await.expect("the first answer"), first);
        let acting = for_principal(&center, Who::Neighbour, Who::Requester).once(once);
        let reused = acting.requests().submit(submit()).await.expect_err("it is another one");
        assert!(matches!(reused, DeskError::CommandReused { .. }), "{reused}");
        let acting = for_principal(&center, Who::Neighbour, Who::Requester).requests();
        let id = RequestId(acting.submit(submit()).await.expect("for the requester").subject);
        assert_eq!(center.request(id).await.requester, Who::Requester.party(center.tenant));
    });
}

#[test]
fn a_job_is_carried_out_for_the_principal_for_whom_it_was_started() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let id = center.submit("IT-01").await;
        away(&center, Who::Operator, (0, 1)).await;
        stands_in(&center, Who::Operator, Who::Neighbour, true).await;
        let jobs = for_principal(&center, Who::Neighbour, Who::Operator).jobs();
        let bulk = Bulk { over: Selection::Where(Condition::all([])), command: RequestCommand::Claim };
        let job = JobId(jobs.start(bulk).await.expect("the operator may").subject);
        center.tick().await;
        assert_eq!(jobs.progress(job).await.expect("their own").done, 1);
        assert_eq!(center.request(id).await.assignee, Some(Who::Operator.employee(center.tenant)));
        let claimed = center.journal().await.into_iter().find(|event| event.fact.name() == "claimed");
        let origin = claimed.expect("it was claimed").origin;
        assert_eq!(origin.actor, Who::Neighbour.party(center.tenant));
        assert_eq!(origin.principal, Some(Who::Operator.party(center.tenant)));
    });
}

#[test]
fn the_work_of_somebody_who_left_goes_back_to_its_lines() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let (kept, given) =
            (held(&mut center, 1, Who::Colleague).await, held(&mut center, 3, Who::Operator).await);
        let step = RequestCommand::Resolve { code: "fixed".into(), text: String::new() };
        center.step(given[0], step).await;
        center.step(given[1], RequestCommand::Start).await;
        leave(&center, Who::Operator).await;
        let refused = center.requests(Who::Operator).get(given[2]).await.expect_err("at once");
        assert!(refused.is_not_found(), "{refused}");
        assert_eq!(center.tick().await.done, 1);
        let mut statuses = Vec::new();
        for id in &given {
            let request = center.request(*id).await;
            assert_eq!(request.assignee, None);
            statuses.push(request.status);
        }
        assert_eq!(statuses, [Status::Resolved, Status::InProgress, Status::Classified]);
        let colleague = Who::Colleague.employee(center.tenant);
        assert_eq!(center.request(kept[0]).await.assignee, Some(colleague));
        center.requests(Who::Colleague).claim(given[2]).await.expect("nobody has it");
        assert_eq!(center.tick().await.done, 0, "nothing is left");
    });
}

#[test]
fn a_worker_that_dies_on_the_way_gives_each_request_back_once() {
    on_every_store(async |store| {
        for seed in 0..4 {
            let mut center = Center::open(store).await;
            let given = held(&mut center, 12, Who::Operator).await;
            leave(&center, Who::Operator).await;
            let plan = FaultPlan { before: 60, after: 60, conflict: 60 };
            let faulty = Arc::new(FaultyStore::new(center.store.clone(), plan, seed));
            let node = center.node_on(faulty.clone(), seed + 10);
            for round in 0.. {
                assert!(round < 500, "the requests are never given back");
                // What the store reports is the fault that was asked for; the lease of the dead ends in time.
                drop(node.tick(center.now()).await);
                center.wait(Span::minutes(2));
                let items = center.work(Queue::Timers, None, false).await;
                if items.iter().all(|item| item.subject.kind != &EMPLOYEE) {
                    break;
                }
            }
            assert!(faulty.faults() > 0);
            assert!(center.work(Queue::Timers, None, true).await.is_empty(), "nothing was put aside");
            for id in &given {
                assert_eq!(center.request(*id).await.assignee, None, "seed {seed}");
            }
            assert_eq!(center.times("released").await, given.len(), "seed {seed}");
        }
    });
}

#[test]
fn two_workers_at_once_give_each_request_back_once() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let given = held(&mut center, 10, Who::Operator).await;
        leave(&center, Who::Operator).await;
        let now = center.now();
        let ticks = [center.node(2), center.node(3)]
            .map(|node| tokio::spawn(async move { node.tick(now).await.map(|tick| tick.done) }));
        let mut done = 0;
        for tick in ticks {
            done += tick.await.expect("no panic").expect("the store does its part");
        }
        assert_eq!((done, center.times("released").await), (1, given.len()));
    });
}

#[test]
fn whoever_leaves_while_taking_requests_is_left_with_none() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let mut ids = Vec::new();
        for _ in 0..8 {
            ids.push(center.submit("IT-01").await);
        }
        let actor = Who::Operator.actor(center.tenant);
        let claims = ids.iter().zip(2..).map(|(id, seed)| {
            let (node, id) = (center.node(seed), *id);
            tokio::spawn(async move { node.acting(actor).requests().claim(id).await })
        });
        let claims: Vec<_> = claims.collect();
        leave(&center, Who::Operator).await;
        for claim in claims {
            // It came before the leaving, or it is refused.
            drop(claim.await.expect("no panic"));
        }
        center.tick().await;
        for id in ids {
            assert_eq!(center.request(id).await.assignee, None);
        }
    });
}

#[test]
fn what_could_not_be_given_back_is_seen_and_set_going_by_letting_go_again() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let given = held(&mut center, 1, Who::Operator).await;
        leave(&center, Who::Operator).await;
        spoil(&center).await;
        assert_eq!(center.tick().await.parked, 1);
        let administration = center.acting(Who::Administrator).administration();
        let parked = administration.parked(Queue::Timers).await.expect("the administrator may");
        assert_eq!(parked.iter().map(|item| item.subject.kind).collect::<Vec<_>>(), [&EMPLOYEE]);
        leave(&center, Who::Operator).await;
        assert_eq!(center.tick().await.done, 1);
        assert_eq!(center.request(given[0]).await.assignee, None);
        assert!(administration.parked(Queue::Timers).await.expect("it may look").is_empty());
    });
}

#[test]
fn who_comes_back_keeps_what_was_given_since_and_nothing_from_before() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let given = held(&mut center, 2, Who::Operator).await;
        let people = center.acting(Who::Administrator).people();
        let operator = Who::Operator.employee(center.tenant);
        leave(&center, Who::Operator).await;
        let to = Placement { unit: branch(), position: text("Adviser"), manager: None };
        people.take_back(operator, to.clone()).await.expect("the operator is back");
        assert!(center.requests(Who::Operator).get(given[0]).await.is_err(), "on no line any more");
        people.save_member(okno::Member::new(code("it"), operator)).await.expect("on a line again");
        center.tick().await;
        let kept = center.request(given[0]).await;
        assert_eq!(kept.assignee, Some(operator), "who works on the line again keeps it");
        let (back, _) = people.employee(operator).await.expect("readable");
        assert_eq!((back.placement(), back.active), (to, true));
    });
}

#[test]
fn a_person_is_the_fold_of_the_events_of_the_directory() {
    on_every_store(async |store| {
        let center = Center::open(store).await;
        let people = center.acting(Who::Administrator).people();
        let operator = Who::Operator.employee(center.tenant);
        let to = |unit| Placement { unit, position: text("Adviser"), manager: None };
        people.move_employee(operator, to(branch())).await.expect("another unit");
        people.leave(operator).await.expect("the operator works here");
        people.take_back(operator, to(okno_tests::sales())).await.expect("the operator left");
        let (caller, second) = two_contacts(&center).await;
        people.merge_contact(second, caller).await.expect("both stand for themselves");
        people.unmerge_contact(second).await.expect("it is merged");
        people.merge_contact(second, caller).await.expect("once more");

        let mut employee = None;
        for event in of_record(&center, EMPLOYEE.key(operator.0)).await {
            match event {
                DirectoryEvent::EmployeeSaved(saved) => employee = Some(saved),
                other => employee.as_mut().expect("it was saved first").evolve(&other),
            }
        }
        assert_eq!(employee.as_ref(), Some(&*people.employee(operator).await.expect("readable").0));
        let mut contact = None;
        for event in of_record(&center, CONTACT.key(second.0)).await {
            match event {
                DirectoryEvent::ContactSaved(saved) => contact = Some(saved),
                other => contact.as_mut().expect("it was saved first").evolve(&other),
            }
        }
        assert_eq!(contact.as_ref(), Some(&*people.contact(second).await.expect("readable").0));
    });
}

#[test]
fn of_two_who_claim_one_address_at_once_exactly_one_has_it() {
    on_every_store(async |store| {
        let center = Center::open(store).await;
        let nodes = [center.node(2), center.node(3)];
        let actor = Who::Administrator.actor(center.tenant);
        let saves = [61, 62].into_iter().zip(nodes).map(|(id, node)| {
            let person = Person::named("Dana").expect("no NUL").with_address(email(), false);
            let contact = Contact::new(ContactId(Uuid::from_u128(id)), person);
            tokio::spawn(async move { node.acting(actor).people().save_contact(contact).await })
        });
        let mut answers = Vec::new();
        for save in saves.collect::<Vec<_>>() {
            answers.push(save.await.expect("no panic"));
        }
        let refused: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().err()).collect();
        assert_eq!(refused.iter().map(|refused| rule(refused)).collect::<Vec<_>>(), ["address_taken"]);
    });
}

#[test]
fn two_delegations_saved_at_once_make_no_circle() {
    on_every_store(async |store| {
        let center = Center::open(store).await;
        let pairs = [(Who::Operator, Who::Clerk), (Who::Clerk, Who::Operator)];
        let saves =
            pairs.into_iter().zip([center.node(2), center.node(3)]).map(|((principal, delegate), node)| {
                let delegation = between(&center, principal, delegate, true);
                let actor = principal.actor(center.tenant);
                tokio::spawn(async move { node.acting(actor).people().save_delegation(delegation).await })
            });
        let mut refused = Vec::new();
        for save in saves.collect::<Vec<_>>() {
            refused.extend(save.await.expect("no panic").err());
        }
        assert_eq!(refused.iter().map(rule).collect::<Vec<_>>(), ["delegation_cycle"]);
    });
}

#[test]
fn merged_contacts_share_their_requests_until_they_are_separated_and_no_request_changes() {
    on_every_store(async |store| {
        let center = Center::open(store).await;
        let (caller, second) = two_contacts(&center).await;
        let asked = |id| {
            let actor = Actor::contact(center.tenant, id, Channel::Mail);
            center.desk.acting(actor).requests()
        };
        let mut ids = BTreeSet::new();
        for contact in [caller, second] {
            let submit = Submit::new(code("IT-01"), text("Where is my parcel?"));
            ids.insert(asked(contact).submit(submit).await.expect("everybody may").subject);
        }
        let own = async |contact| -> BTreeSet<Uuid> {
            let page =
                asked(contact).list_own(&List::own(Condition::all([]))).await.expect("it may be listed");
            page.rows.iter().map(|row| row.id).collect()
        };
        let before = [own(caller).await, own(second).await];
        assert_eq!(before.each_ref().map(BTreeSet::len), [1, 1]);
        let positions = center.head().await.position;
        let people = center.acting(Who::Administrator).people();
        people.merge_contact(second, caller).await.expect("both stand for themselves");
        assert_eq!([own(caller).await, own(second).await], [ids.clone(), ids.clone()]);
        for id in &ids {
            asked(caller).get_own(RequestId(*id)).await.expect("what is listed is readable");
        }
        people.unmerge_contact(second).await.expect("it is merged");
        assert_eq!([own(caller).await, own(second).await], before);
        assert_eq!(center.head().await.position, positions + 2, "one event each, and none of a request");
    });
}

#[test]
fn the_directory_is_readable_to_who_may_see_it_and_to_nobody_else() {
    on_every_store(async |store| {
        let center = Center::open(store).await;
        let (caller, second) = two_contacts(&center).await;
        let operator = Who::Operator.employee(center.tenant);
        let unknown = okno::EmployeeId(Uuid::from_u128(404));
        for who in [Who::Operator, Who::Clerk, Who::Supervisor, Who::Administrator] {
            let people = center.acting(who).people();
            let (found, version) = people.employee(operator).await.expect("readable");
            assert_eq!((found.id, version.0), (operator, 1));
            assert!(people.employee(unknown).await.expect_err("nobody").is_not_found());
            let named = people.employees(&List::named("opER")).await.expect("it may be listed");
            assert_eq!(named.rows.iter().map(|row| row.id).collect::<Vec<_>>(), [operator.0]);
            let named = people.contacts(&List::named("CALL")).await.expect("it may be listed");
            assert_eq!(named.rows.iter().map(|row| row.id).collect::<Vec<_>>(), [caller.0]);
            let found = people.contact_by_address(&email()).await.expect("it may be searched");
            assert_eq!(found.map(|contact| contact.id), Some(second));
            let nobody = "phone:+74950000009".parse().expect("an address");
            assert_eq!(people.contact_by_address(&nobody).await.expect("it may be searched"), None);
            assert!(people.employees_by_address(&email()).await.expect("it may be searched").is_empty());
        }
        for who in [Who::Requester, Who::Neighbour, Who::Caller, Who::Program, Who::Engine] {
            let people = center.acting(who).people();
            let answers = [
                people.employee(operator).await.map(drop),
                people.employee(unknown).await.map(drop),
                people.contact(caller).await.map(drop),
                people.employees(&List::named("")).await.map(drop),
                people.contacts(&List::named("")).await.map(drop),
                people.contact_by_address(&email()).await.map(drop),
                people.employees_by_address(&email()).await.map(drop),
                people.absences(operator).await.map(drop),
                people.delegations(operator).await.map(drop),
                people.principals(operator).await.map(drop),
            ];
            for answer in answers {
                let refused = answer.expect_err("no right");
                assert!(refused.is_denied(), "{who:?}: {refused}");
            }
        }
        let neighbour = center.neighbour().await;
        let people = neighbour.acting(Who::Administrator).people();
        assert_eq!(people.contact_by_address(&email()).await.expect("it may be searched"), None);
        assert!(people.contact(second).await.expect_err("of another tenant").is_not_found());
    });
}

#[test]
fn an_address_leads_to_the_contact_that_stands_for_its_owner() {
    on_every_store(async |store| {
        let center = Center::open(store).await;
        let (caller, second) = two_contacts(&center).await;
        let people = center.acting(Who::Administrator).people();
        let found = async || {
            let found = people.contact_by_address(&email()).await.expect("it may be searched");
            found.map(|contact| contact.id)
        };
        people.merge_contact(second, caller).await.expect("both stand for themselves");
        assert_eq!(found().await, Some(caller));
        people.unmerge_contact(second).await.expect("it is merged");
        assert_eq!(found().await, Some(second));
        let (known, _) = people.contact(second).await.expect("readable");
        people.save_contact(Contact { active: false, ..(*known).clone() }).await.expect("the contact ends");
        assert_eq!(found().await, None);
        let person = Person::named("Third").expect("no NUL").with_address(email(), true);
        let third = Contact::new(ContactId(Uuid::from_u128(63)), person);
        people.save_contact(third).await.expect("nobody has the address any more");
        assert_eq!(found().await, Some(ContactId(Uuid::from_u128(63))));
    });
}

#[test]
fn one_sees_the_own_absences_and_delegations_and_why_somebody_is_away_is_told_to_few() {
    on_every_store(async |store| {
        let center = Center::open(store).await;
        let requester = Who::Requester.employee(center.tenant);
        let own = center.acting(Who::Requester).people();
        let reason = Some(text("Sick leave"));
        let absence = Absence { reason: reason.clone(), ..absence(&center, Who::Requester, (0, 1)) };
        own.save_absence(absence).await.expect("one's own");
        stands_in(&center, Who::Requester, Who::Neighbour, true).await;
        let told = async |who: Who| {
            let absences = center.acting(who).people().absences(requester).await.expect("readable");
            absences.into_iter().map(|absence| absence.reason).collect::<Vec<_>>()
        };
        assert_eq!(told(Who::Requester).await, std::slice::from_ref(&reason));
        assert_eq!(told(Who::Administrator).await, [reason]);
        assert_eq!(told(Who::Operator).await, [None]);
        assert_eq!(own.delegations(requester).await.expect("one's own").len(), 1);
        let neighbour = center.acting(Who::Neighbour).people();
        let principals = neighbour.principals(Who::Neighbour.employee(center.tenant)).await;
        assert_eq!(principals.expect("one's own"), [requester]);
        let refused = neighbour.save_absence(Absence {
            id: AbsenceId(Uuid::from_u128(1)),
            ..self::absence(&center, Who::Requester, (5, 6))
        });
        assert!(refused.await.expect_err("not one's own").is_denied());
    });
}

#[test]
fn a_node_that_is_told_nothing_sees_absences_and_delegations_of_another() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let id = center.submit("IT-01").await;
        let node = center.node(5);
        let actor = Who::Clerk.actor(center.tenant).acting_for(Who::Operator.employee(center.tenant));
        let clerk = node.acting(actor).requests();
        assert!(clerk.get(id).await.expect_err("nobody is away").is_not_found());
        away(&center, Who::Operator, (0, 1)).await;
        stands_in(&center, Who::Operator, Who::Clerk, true).await;
        clerk.claim(id).await.expect("the node reads what changed");
    });
}

/// What happened to a record of the directory, as it is read from the store.
async fn of_record(center: &Center, subject: Key) -> Vec<DirectoryEvent> {
    let read = JournalRead { tenant: center.tenant, after: 0, subject: Some(subject), limit: 100 };
    let events = center.store.events(read).await.expect("the store does its part");
    events.iter().map(|event| event.of().cloned().expect("an event of the directory")).collect()
}

fn email() -> Address {
    "email:dana@south.example".parse().expect("an address")
}

/// The caller of the center, and a second contact with an address.
async fn two_contacts(center: &Center) -> (ContactId, ContactId) {
    let second = ContactId(Uuid::from_u128(60));
    let person = Person::named("Dana").expect("no NUL").with_address(email(), false);
    let people = center.acting(Who::Administrator).people();
    people.save_contact(Contact::new(second, person)).await.expect("the address is free");
    (ContactId(Who::Caller.id(center.tenant)), second)
}

/// Requests that somebody has.
async fn held(center: &mut Center, count: usize, who: Who) -> Vec<RequestId> {
    let mut held = Vec::new();
    for _ in 0..count {
        let id = center.submit("IT-01").await;
        center.requests(who).claim(id).await.expect("nobody has it");
        held.push(id);
    }
    held
}

async fn leave(center: &Center, who: Who) {
    let people = center.acting(Who::Administrator).people();
    people.leave(who.employee(center.tenant)).await.expect("the administrator may");
}

/// Makes the follow-up work of the operator's leaving something that nobody can read.
async fn spoil(center: &Center) {
    let item = center.work(Queue::Timers, None, false).await.pop().expect("follow-up work");
    let (digest, command) = (Digest::of(&[]), CommandId(Uuid::from_u128(701)));
    let mut batch = Batch::new(center.tenant, center.now(), command, digest, Origin::SYSTEM);
    let spoilt = NewWork {
        queue: Queue::Timers,
        key: item.key,
        subject: item.subject,
        due: item.due,
        body: "{}".to_owned(),
    };
    batch.work.push(WorkChange::Set(spoilt));
    center.store.commit(batch).await.expect("the store takes it");
}

fn for_principal(center: &Center, who: Who, principal: Who) -> okno::engine::Acting {
    let actor = who.actor(center.tenant).acting_for(principal.employee(center.tenant));
    center.desk.acting(actor)
}

/// An absence between two days from now.
fn absence(center: &Center, who: Who, (from, until): (i64, i64)) -> Absence {
    let [from, until] = [from, until].map(|days| center.now() + Span::days(days));
    Absence::new(AbsenceId(who.id(center.tenant)), who.employee(center.tenant), from, Some(until))
}

async fn away(center: &Center, who: Who, days: (i64, i64)) {
    let saved = center.acting(who).people().save_absence(absence(center, who, days)).await;
    saved.expect("everybody may say so");
}

/// A delegation of everything that the principal may do.
fn between(center: &Center, principal: Who, delegate: Who, only_while_absent: bool) -> Delegation {
    Delegation {
        id: DelegationId(Uuid::from_u128(2_000 + 100 * principal as u128 + delegate as u128)),
        principal: principal.employee(center.tenant),
        delegate: delegate.employee(center.tenant),
        from: start(),
        until: None,
        scope: Scope { confidentiality: 9, ..Scope::default() },
        actions: Only::All,
        only_while_absent,
        active: true,
    }
}

async fn save(center: &Center, delegation: Delegation) -> Result<(), DeskError> {
    let actor = Actor::employee(center.tenant, delegation.principal, Channel::Workplace);
    center.desk.acting(actor).people().save_delegation(delegation).await.map(drop)
}

async fn stands_in(center: &Center, principal: Who, delegate: Who, only_while_absent: bool) {
    let delegation = between(center, principal, delegate, only_while_absent);
    save(center, delegation).await.expect("it is the principal's own");
}

fn rule(refused: &DeskError) -> &'static str {
    refused.refusal().map_or("none", okno::Refusal::code)
}
