//! How many trips to a database common operations take, and how databases find the rows of each statement.
//!
//! One test, in a program of its own: who listens to sqlx hears everything that it does.

mod grown;
mod log;

use std::path::Path;

use okno::Span;
use okno::condition::{Comparison, Condition};
use okno::engine::Search;
use okno::store::{Direction, JournalRead};
use okno::{List, RequestCommand, RequestId};
use okno_tests::postgres::server;
use okno_tests::{Candidate, Center, STORES, Who, runtime};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Row as _};

/// An operation, and its trips: the statements of each, which are several where they travel together.
type Taken = (&'static str, Vec<String>);

#[test]
fn common_operations_take_few_statements_and_none_scans_what_grows() {
    log::listen();
    runtime().block_on(async {
        for store in STORES.iter().filter(|store| store.name != "memory") {
            let mut center = Center::open(*store).await;
            let taken = operations(&mut center).await;
            let counts: Vec<(&str, usize)> = taken.iter().map(|(name, all)| (*name, all.len())).collect();
            assert_eq!(counts, expected(store), "on the store `{}`: {taken:#?}", store.name);
            if store.name == "sqlite" {
                let folder = center.folder().expect("a folder").to_owned();
                for (_, counter) in taken.iter().filter(|(name, _)| name.starts_with("count")) {
                    the_counter_walks_open_requests(&folder, counter).await;
                }
                plans(&folder, taken.into_iter().flat_map(|(_, all)| all)).await;
            }
        }
        if server().is_some() {
            grown::nothing_that_grows_is_scanned().await;
        }
    });
}

/// Trips of each operation, with those that begin and end a transaction; how often a group is committed is one each.
fn expected(store: &Candidate) -> Vec<(&'static str, usize)> {
    let numbers = match store.name {
        "sqlite" => SQLITE,
        _ => POSTGRES,
    };
    OPERATIONS.into_iter().zip(numbers).collect()
}

const OPERATIONS: [&str; 19] = [
    "submit",
    "assign",
    "reply",
    "resolve",
    "get",
    "entries",
    "page",
    "next page",
    "count",
    "count of nobody's",
    "overdue",
    "page by time left",
    "own page",
    "timeline",
    "journal",
    "by number",
    "idle tick",
    "search",
    "busy tick",
];
const SQLITE: [usize; 19] = [3, 3, 3, 3, 1, 1, 1, 3, 1, 1, 1, 1, 1, 2, 1, 1, 1, 7, 11];
const POSTGRES: [usize; 19] = [1, 1, 1, 1, 1, 1, 1, 4, 1, 1, 1, 1, 1, 2, 1, 1, 1, 7, 4];

async fn operations(center: &mut Center) -> Vec<Taken> {
    // What is read once, such as the directory and a block of numbers, was read.
    for _ in 0..4 {
        center.submit("IT-01").await;
    }
    let (asks, works) = (center.requests(Who::Requester), center.requests(Who::Operator));
    let operator = Who::Operator.employee(center.tenant);
    let mut taken = Vec::new();
    log::take();
    let id: RequestId = center.submit("IT-01").await;
    taken.push(("submit", log::take()));
    works.assign(id, operator).await.expect("assigned");
    taken.push(("assign", log::take()));
    asks.step(id, RequestCommand::Reply("Still broken".into())).await.expect("replied");
    taken.push(("reply", log::take()));
    works.resolve(id, "fixed", "Mended").await.expect("resolved");
    taken.push(("resolve", log::take()));
    let (request, _) = works.get(id).await.expect("found");
    taken.push(("get", log::take()));
    works.entries(id).await.expect("read");
    taken.push(("entries", log::take()));

    let mut list = List { limit: 2, ..List::of(open()) };
    list.sort = ["priority", "created_at"].map(|name| (name.to_owned(), Direction::Ascending)).to_vec();
    list.after = works.list(&list).await.expect("listed").next;
    taken.push(("page", log::take()));
    assert!(list.after.is_some());
    works.list(&list).await.expect("listed");
    taken.push(("next page", log::take()));
    works.count(&open()).await.expect("counted");
    taken.push(("count", log::take()));
    let nobodys = Condition::Not { of: Box::new(Condition::has("assignee")) };
    works.count(&Condition::All { of: vec![open(), nobodys] }).await.expect("counted");
    taken.push(("count of nobody's", log::take()));
    works.count(&Condition::eq("overdue", true)).await.expect("counted");
    taken.push(("overdue", log::take()));
    let mut by_time = List { limit: 2, ..List::of(Condition::eq("overdue", true)) };
    by_time.sort = vec![("remaining".to_owned(), Direction::Ascending)];
    works.list(&by_time).await.expect("listed");
    taken.push(("page by time left", log::take()));
    asks.list_own(&List::own(Condition::All { of: Vec::new() })).await.expect("listed");
    taken.push(("own page", log::take()));
    works.timeline(id).await.expect("read");
    taken.push(("timeline", log::take()));
    let journal = JournalRead { tenant: center.tenant, after: 0, subject: None, limit: 100 };
    center.store.events(journal).await.expect("read");
    taken.push(("journal", log::take()));
    works.by_number(&request.number).await.expect("found");
    taken.push(("by number", log::take()));
    center.tick().await;
    log::take();
    center.tick().await;
    taken.push(("idle tick", log::take()));
    let page = works.search(&Search::of("broken")).await.expect("searched");
    assert!(!page.hits.is_empty());
    taken.push(("search", log::take()));
    // The silence after the answer is long enough.
    center.wait(Span::hours(24 * 30));
    log::take();
    assert!(center.tick().await.done > 0);
    taken.push(("busy tick", log::take()));
    taken
}

/// The open requests of a line.
fn open() -> Condition {
    let on_line = Condition::compare("line", Comparison::Eq, "it");
    Condition::All { of: vec![on_line, Condition::eq("open", true)] }
}

/// Looks at the plan of each statement, its arguments unknown as they are when it is prepared.
async fn plans(folder: &Path, statements: impl Iterator<Item = String>) {
    let options = SqliteConnectOptions::new().filename(folder.join("desk.db"));
    let mut connection = options.connect().await.expect("opened");
    let mut looked_at = 0;
    let statements: Vec<_> = statements.collect();
    let statements = statements.iter().flat_map(|texts| texts.split("; "));
    for statement in statements.filter(|text| !is_of_the_transaction(text)) {
        let text = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
        let rows = sqlx::query(text).fetch_all(&mut connection).await.expect("a plan");
        for row in rows {
            let step: String = row.get("detail");
            looked_at += 1;
            let scans = step.starts_with("SCAN") && GROWING.iter().any(|table| step.contains(table));
            assert!(!scans, "{statement}\n{step}");
        }
    }
    assert!(looked_at > 50, "{looked_at} steps");
}

/// A counter of a work list looks at the open requests of its line, in an index that holds all that it asks for.
async fn the_counter_walks_open_requests(folder: &Path, statements: &[String]) {
    let options = SqliteConnectOptions::new().filename(folder.join("desk.db"));
    let mut connection = options.connect().await.expect("opened");
    let text = statements.iter().find(|text| text.contains("count(*)")).expect("a count");
    let text = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {text}"));
    let rows = sqlx::query(text).fetch_all(&mut connection).await.expect("a plan");
    let steps: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
    let walk = "SEARCH t0 USING COVERING INDEX request.by_open_line (tenant=? AND line=? AND open=?)";
    assert!(steps.iter().any(|step| step == walk), "{steps:#?}");
}

fn is_of_the_transaction(text: &str) -> bool {
    ["BEGIN", "COMMIT", "ROLLBACK", "PRAGMA"].iter().any(|word| text.starts_with(word))
}

/// Aliases and names of tables that grow with the work done.
const GROWING: [&str; 9] = [
    "request",
    "entry",
    "involvement",
    "okno_event",
    "okno_receipt",
    "okno_claim",
    "okno_work",
    "t0",
    "SCAN t",
];
