//! Requests and other requests: what was merged comes back, nothing leads in a circle, nobody sees more than before.

use okno::base::Span;
use okno::condition::Condition;
use okno::engine::List;
use okno::life::request::{CopyAccess, EntryKind, LinkKind};
use okno::{DeskError, Refusal, Request, RequestCommand, RequestId, Status, Submit};
use okno_tests::{Center, Who, code, on_every_store, text};

#[test]
fn a_merge_that_is_undone_leaves_everything_as_it_was() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let [source, master, other] = three(&mut center).await;
        let supervisor = center.requests(Who::Supervisor);
        supervisor.link(source, LinkKind::DependsOn, other).await.expect("no circle");
        let caller = Who::Caller.party(center.tenant);
        supervisor.copy_in(source, caller, CopyAccess::Update).await.expect("a contact");
        supervisor.watch(source).await.expect("the supervisor sees it");
        supervisor.watch(master).await.expect("the supervisor sees it");
        center.requests(Who::Colleague).watch(source).await.expect("the colleague sees it");
        let before = seen(&center, &[source, master, other]).await;

        supervisor.merge(source, master).await.expect("both are open");
        assert_ne!(seen(&center, &[source, master, other]).await, before);
        let (merged, absorbing) = (center.request(source).await, center.request(master).await);
        assert_eq!((merged.status, merged.merged.map(|merged| merged.into)), (Status::Merged, Some(master)));
        assert_eq!(absorbing.watched_by().count(), 2);
        for who in [Who::Requester, Who::Caller] {
            center.requests(who).get_own(master).await.expect("they came along");
        }
        let linked = supervisor.links(master).await.expect("the supervisor sees it");
        assert_eq!(linked.iter().map(|link| link.request).collect::<Vec<_>>(), [other]);

        supervisor.unmerge(source).await.expect("it is merged");
        assert_eq!(seen(&center, &[source, master, other]).await, before);
    });
}

#[test]
fn a_master_shows_the_entries_of_what_went_on_in_it_by_time() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let [source, master, _] = three(&mut center).await;
        let operator = center.requests(Who::Operator);
        for (id, words) in [(source, "one"), (master, "two"), (source, "three"), (master, "four")] {
            center.wait(Span::minutes(1));
            operator.answer(id, words).await.expect("an operator answers");
        }
        center.wait(Span::minutes(1));
        operator.note(source, "five").await.expect("an operator notes");
        operator.merge(source, master).await.expect("both are open");
        center.wait(Span::minutes(1));
        // What is said to the merged request is said to its master.
        let receipt = operator.answer(source, "six").await.expect("an operator answers");
        assert_eq!(receipt.subject, master.0);
        let read = async |who: Who, id| {
            let entries = center.requests(who).entries(id).await.expect("they may read it");
            entries.iter().map(|entry| (entry.text.clone(), entry.request)).collect::<Vec<_>>()
        };
        let said = |words: &str, id| (words.to_owned(), id);
        let mut all = vec![
            said("one", source),
            said("two", master),
            said("three", source),
            said("four", master),
            said("five", source),
            said("six", master),
        ];
        assert_eq!(read(Who::Operator, master).await, all);
        all.remove(4);
        assert_eq!(read(Who::Requester, master).await, all, "a note stays internal");
        operator.unmerge(source).await.expect("it is merged");
        assert_eq!(read(Who::Operator, master).await, [1, 3, 4].map(|n| all[n].clone()));
        let refused = center.requests(Who::Requester).entries(master).await.expect_err("not any more");
        assert!(refused.is_not_found());
    });
}

#[test]
fn a_chain_of_merges_is_undone_from_its_end() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let [first, second, third] = three(&mut center).await;
        let supervisor = center.requests(Who::Supervisor);
        supervisor.note(first, "Strange.").await.expect("the supervisor notes");
        supervisor.merge(first, second).await.expect("both are open");
        supervisor.merge(second, third).await.expect("both are open");
        assert_eq!(supervisor.entries(third).await.expect("readable").len(), 1);
        let receipt = supervisor.note(first, "Stranger.").await.expect("it goes on in the third");
        assert_eq!(receipt.subject, third.0);
        assert_eq!(code_of(supervisor.unmerge(first).await), "merged_via");
        supervisor.unmerge(second).await.expect("it comes first");
        assert_eq!(supervisor.entries(third).await.expect("readable").len(), 1);
        assert_eq!(supervisor.entries(second).await.expect("readable").len(), 1);
        supervisor.unmerge(first).await.expect("now it may");
        assert_eq!(center.request(second).await.absorbed, []);
    });
}

#[test]
fn who_may_not_write_to_a_master_is_told_where_the_request_goes_on() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let [source, master, _] = three(&mut center).await;
        center.requests(Who::Supervisor).merge(source, master).await.expect("both are open");
        let refused = center.requests(Who::Requester).reply(source, "Hurry.").await.expect_err("a viewer");
        let number = center.request(master).await.number;
        assert!(refused.to_string().contains(&number), "{refused}");
        assert_eq!(refused.refusal().map(Refusal::code), Some("already_merged"));
    });
}

#[test]
fn of_two_merges_across_exactly_one_succeeds() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        for round in 0..6 {
            let [one, two, _] = three(&mut center).await;
            let tasks = [(one, two), (two, one)].map(|(source, master)| {
                let seed = 100 + round * 2 + u64::from(source == one);
                let acting = center.node(seed).acting(Who::Supervisor.actor(center.tenant));
                tokio::spawn(async move { acting.requests().merge(source, master).await })
            });
            let mut succeeded = 0;
            for task in tasks {
                match task.await.expect("no panic") {
                    Ok(_) => succeeded += 1,
                    Err(error) => {
                        let rule = error.refusal().map(Refusal::code);
                        assert!(matches!(rule, Some("master_ended" | "already_merged")), "{error}");
                    }
                }
            }
            assert_eq!(succeeded, 1);
        }
    });
}

#[test]
fn of_links_and_parents_that_make_a_circle_together_one_is_missing() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        for round in 0..4 {
            let ids = three(&mut center).await;
            for parents in [false, true] {
                let tasks = [0, 1, 2].map(|n| {
                    let (from, to) = (ids[n], ids[(n + 1) % 3]);
                    let seed = 200 + round * 6 + n as u64 + 3 * u64::from(parents);
                    let acting = center.node(seed).acting(Who::Supervisor.actor(center.tenant));
                    tokio::spawn(async move {
                        let requests = acting.requests();
                        match parents {
                            false => requests.link(from, LinkKind::DependsOn, to).await,
                            true => requests.join_parent(from, to, None).await,
                        }
                    })
                });
                let mut refused = Vec::new();
                for task in tasks {
                    refused.extend(task.await.expect("no panic").err());
                }
                assert_eq!(refused.len(), 1, "{refused:?}");
                assert_eq!(refused[0].refusal().map(Refusal::code), Some("circle"));
            }
        }
    });
}

#[test]
fn a_split_names_its_origin_on_both_sides() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let id = center.submit("IT-01").await;
        center.requests(Who::Requester).reply(id, "And the door is jammed.").await.expect("it is theirs");
        let operator = center.requests(Who::Operator);
        let entry = operator.entries(id).await.expect("readable")[0].clone();
        center.wait(Span::hours(1));
        let submit = Submit::new(code("IT-02"), text("The door"));
        let receipt = operator.split(id, entry.id, submit).await.expect("an operator may");
        let new = RequestId(receipt.subject);
        assert_eq!(operator.by_number(&receipt.label).await.expect("it has a number"), new);
        let (split, _) = operator.get(new).await.expect("it is on their line");
        assert_eq!(split.split_from.map(|from| (from.request, from.entry)), Some((id, entry.id)));
        assert_eq!(split.requester, Who::Requester.party(center.tenant));
        let own = center.requests(Who::Requester).entries(new).await.expect("it is theirs");
        assert_eq!((own.len(), own[0].copy_of), (1, None), "where it stood before is for operators");
        let read = operator.entries(new).await.expect("it is on their line");
        let copy = read[0].copy_of.expect("it is a copy");
        assert_eq!((copy.author, copy.at, copy.entry), (entry.author, entry.at, entry.id));
        assert_eq!((read.len(), &read[0].text, read[0].kind), (1, &entry.text, EntryKind::Message));
        for (one, other) in [(id, new), (new, id)] {
            let links = operator.links(one).await.expect("readable");
            assert_eq!(links.iter().map(|link| link.request).collect::<Vec<_>>(), [other]);
        }
        assert_eq!(operator.entries(id).await.expect("readable").len(), 1, "the original stays");
    });
}

#[test]
fn links_lead_only_to_what_the_reader_may_see() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let (open, secret) = (center.submit("IT-01").await, center.submit("HR-01").await);
        let supervisor = center.requests(Who::Supervisor);
        supervisor.link(open, LinkKind::Relates, secret).await.expect("the supervisor sees both");
        let seen = supervisor.links(open).await.expect("readable");
        assert_eq!(seen[0].number, center.request(secret).await.number);
        assert_eq!(center.requests(Who::Operator).links(open).await.expect("readable"), []);
        let refused = center.requests(Who::Operator).unlink(open, LinkKind::Relates, secret).await;
        assert_eq!(code_of(refused), "not_found");
        let hidden = center.requests(Who::Requester).links(open).await.expect_err("it is internal");
        assert!(hidden.is_not_found());
    });
}

#[test]
fn another_tenants_request_is_no_master_no_link_and_no_parent() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let mut neighbour = center.neighbour().await;
        let (here, there) = (center.submit("IT-01").await, neighbour.submit("IT-01").await);
        let commands = [
            RequestCommand::Merge { into: there, requester: None, earliest: false },
            RequestCommand::Link { kind: LinkKind::Relates, to: there },
            RequestCommand::JoinParent { parent: there, on_end: None },
        ];
        for command in commands {
            let done = center.requests(Who::Supervisor).step(here, command).await;
            assert_eq!(
                done.expect_err("it is not there").to_string(),
                format!("there is no request `{there}`")
            );
        }
    });
}

/// Three open requests, of the requester and of the neighbour.
async fn three(center: &mut Center) -> [RequestId; 3] {
    let mut ids = Vec::new();
    for who in [Who::Requester, Who::Neighbour, Who::Neighbour] {
        let submit = Submit::new(code("IT-01"), text("The printer prints nothing"));
        let receipt = center.requests(who).submit(submit).await.expect("they may ask");
        center.submitted.push(RequestId(receipt.subject));
        ids.push(RequestId(receipt.subject));
    }
    [ids[0], ids[1], ids[2]]
}

fn code_of<T: std::fmt::Debug>(done: Result<T, DeskError>) -> &'static str {
    done.expect_err("it is refused").refusal().map_or("no refusal", Refusal::code)
}

/// Everything that anybody sees of some requests.
async fn seen(center: &Center, ids: &[RequestId]) -> Vec<String> {
    let mut seen = Vec::new();
    for id in ids {
        let request = center.request(*id).await;
        let updated_at = request.created_at;
        seen.push(format!("{:?}", Request { updated_at, ..request }));
        for who in Who::ALL {
            let requests = center.requests(who);
            let links = requests.links(*id).await.map_err(|error| error.to_string());
            let entries = requests.entries(*id).await.map_err(|error| error.to_string());
            let own = requests.get_own(*id).await.map_err(|error| error.to_string());
            seen.push(format!("{who:?} {links:?} {entries:?} {own:?}"));
        }
    }
    for who in Who::ALL {
        let requests = center.requests(who);
        let all = Condition::all([]);
        let listed = requests.list(&List::of(all.clone())).await.expect("it may be listed");
        let own = requests.list_own(&List::own(all)).await.expect("it may be listed");
        let rows = listed.rows.iter().chain(&own.rows).map(|row| &row.values);
        seen.push(format!("{who:?} {:?}", rows.collect::<Vec<_>>()));
    }
    seen
}
