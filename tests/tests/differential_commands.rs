//! The same random commands on every pair of stores: equal answers, equal journals, equal query results.

use okno::Condition;
use okno::condition::Comparison;
use okno::engine::List;
use okno::store::{Direction, Queue};
use okno_tests::{Candidate, Center, IN_EVERY_ORDER, Move, Outcome, Who, cases, moves, runtime};
use proptest::test_runner::TestRunner;

#[test]
fn the_same_commands_have_the_same_answers_journal_and_lists_on_every_pair_of_stores() {
    assert!(IN_EVERY_ORDER.len() > 1, "there is nothing to compare with");
    let checked = TestRunner::new(cases(16)).run(&moves(50), |moves| {
        let runtime = runtime();
        let mut told =
            IN_EVERY_ORDER.iter().map(|store| (store.name, runtime.block_on(story(*store, &moves))));
        let (reference, first) = told.next().expect("there are stores");
        for (name, story) in told {
            assert_eq!(story.answers, first.answers, "answers of {name} and {reference}");
            assert_eq!(story.journal, first.journal, "journals of {name} and {reference}");
            assert_eq!(story.records, first.records, "records of {name} and {reference}");
            assert_eq!(story.lists, first.lists, "lists of {name} and {reference}");
            assert_eq!(story.work, first.work, "timers and effects of {name} and {reference}");
        }
        Ok(())
    });
    if let Err(failure) = checked {
        panic!("{failure}");
    }
}

/// Everything that can be seen of a center after some moves.
struct Story {
    answers: Vec<Outcome>,
    journal: Vec<String>,
    records: Vec<String>,
    lists: Vec<String>,
    work: Vec<String>,
}

async fn story(store: Candidate, moves: &[Move]) -> Story {
    let mut center = Center::open(store).await;
    let mut answers = Vec::new();
    for step in moves {
        answers.push(center.perform(step).await);
    }
    let mut records = Vec::new();
    for id in &center.submitted {
        records.push(format!("{:?}", center.versioned(*id).await));
        records.push(format!("{:?}", center.requests(Who::Supervisor).entries(*id).await));
        for entry in center.entries(*id).await {
            records.push(format!("{:?}", center.requests(Who::Supervisor).revisions(entry.id).await));
        }
        for who in Who::ALL {
            records.push(format!("{:?}", center.requests(who).drafts(*id).await));
        }
    }
    let mut work = Vec::new();
    for queue in Queue::ALL {
        for parked in [false, true] {
            work.push(format!("{:?}", center.work(queue, None, parked).await));
        }
    }
    Story { answers, journal: center.lines().await, records, lists: lists(&center).await, work }
}

/// Pages of every list that somebody might look at.
async fn lists(center: &Center) -> Vec<String> {
    let mut found = Vec::new();
    for who in Who::ALL {
        let requests = center.requests(who);
        for filter in filters() {
            for (column, direction) in [
                ("created_at", Direction::Ascending),
                ("updated_at", Direction::Descending),
                ("next_at", Direction::Ascending),
                ("amount", Direction::Descending),
            ] {
                let sort = vec![(column.to_owned(), direction)];
                let columns = ["number", "subject", "status", "assignee", "next", "next_at"];
                let columns = columns.map(str::to_owned).to_vec();
                let mut list = List { sort, columns, limit: 2, ..List::of(filter.clone()) };
                loop {
                    let page = requests.list(&list).await;
                    found.push(format!("{page:?}"));
                    match page.ok().and_then(|page| page.next) {
                        Some(cursor) => list.after = Some(cursor),
                        None => break,
                    }
                }
            }
            found.push(format!(
                "{:?} {:?}",
                requests.count(&filter).await,
                requests.count_own(&filter).await
            ));
        }
    }
    found
}

fn filters() -> [Condition; 9] {
    [
        Condition::all([]),
        Condition::eq("status", "resolved"),
        Condition::all([Condition::eq("line", "it"), Condition::eq("open", true)]),
        Condition::all([Condition::eq("service", "IT-01"), Condition::contains("subject", "ЕЛКА")]),
        Condition::under("unit", okno_tests::branch()),
        Condition::all([Condition::eq("line", "hr"), Condition::has("assignee").negate()]),
        Condition::eq("tags", "vip"),
        Condition::compare("amount", Comparison::Ge, "2"),
        Condition::all([Condition::has("amount"), Condition::eq("color", "red").negate()]),
    ]
}
