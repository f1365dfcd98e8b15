//! What the pages of this repository say is true: diagrams are drawn from tables, links lead somewhere.
//!
//! `OKNO_REWRITE=1 cargo test -p okno-tests --test documents` writes the generated pages anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use okno::life::request::{ARROWS, Status, Verb};
use okno::store::{JournalRead, Store as _};
use okno::{Desk, Submit, TenantId};
use okno_storage_sqlx::PostgresStore;
use okno_tests::{Who, code, found, kinds, lines, postgres, text};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use uuid::Uuid;

#[test]
fn the_page_of_the_life_cycle_is_drawn_from_the_table_of_arrows() {
    let path = repository().join("docs/lifecycle.md");
    let page = life_cycle();
    if std::env::var_os("OKNO_REWRITE").is_some() {
        fs::write(&path, &page).expect("the page can be written");
    }
    let found = fs::read_to_string(&path).unwrap_or_default().replace('\r', "");
    assert!(found == page, "docs/lifecycle.md is not what the table says: run with OKNO_REWRITE=1");
}

#[test]
fn the_readme_names_the_two_commands() {
    let readme = read(&repository().join("README.md"));
    for command in ["cargo run --release --example replay", "cargo test --workspace"] {
        assert!(readme.lines().any(|line| line == command), "README.md does not name `{command}`");
    }
}

#[test]
fn the_program_of_the_readme_is_short() {
    let readme = read(&repository().join("README.md"));
    let program = readme.split("```rust\n").nth(1).and_then(|rest| rest.split("```").next());
    let lines = program.expect("README.md has a program").lines().filter(|line| !line.trim().is_empty());
    assert!(lines.count() <= 30);
}

/// Every example of the page for those who run PostgreSQL, in its order; the center goes on afterwards.
#[tokio::test(flavor = "multi_thread")]
async fn the_examples_of_the_page_on_postgresql_run() {
    let Some(server) = postgres::server() else { return };
    let url = server.database("okno_page").await;
    let store = PostgresStore::open(&url, kinds()).await.expect("a fresh database");
    let desk = Desk::new(Arc::new(store.clone()));
    let tenant = TenantId(Uuid::from_u128(1));
    found(&desk, tenant).await.expect("the center can be founded");
    let requester = desk.acting(Who::Requester.actor(tenant)).requests();
    let submit = || Submit::new(code("IT-01"), text("The printer prints nothing"));
    requester.submit(submit()).await.expect("anybody may ask");
    let events = JournalRead { tenant, after: 0, subject: None, limit: 1_000 };
    let before = store.events(events.clone()).await.expect("the journal is there");

    let page = read(&repository().join("docs/postgres.md"));
    let examples: Vec<_> =
        page.split("```sql\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(examples.len() >= 10, "{}", examples.len());
    let mut connection = PgConnection::connect(&url).await.expect("the server answers");
    for example in examples {
        // Some statements stand in no transaction, and others in one of their own.
        let statements = match example.starts_with("BEGIN;") {
            true => vec![example],
            false => example.split_inclusive(";\n").collect(),
        };
        for statement in statements {
            let run = sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(&mut connection).await;
            run.unwrap_or_else(|error| panic!("{error}:\n{statement}"));
        }
    }
    let open: i64 = sqlx::query_scalar("SELECT count(*) FROM reporting.request WHERE open")
        .fetch_one(&mut connection)
        .await
        .expect("the view is there");
    assert_eq!(open, 1);

    let after = store.events(events.clone()).await.expect("the journal is there");
    assert_eq!(lines(&after), lines(&before), "the journal moved to its partitions");
    requester.submit(submit()).await.expect("the store goes on");
    store.close().await;
    let again = PostgresStore::open(&url, kinds()).await.expect("opened again");
    assert!(again.events(events).await.expect("the journal is there").len() > before.len());
    again.close().await;
}

#[test]
fn links_between_pages_lead_somewhere() {
    let mut broken = Vec::new();
    for page in pages(&repository()) {
        let text = read(&page);
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let inside = targets.filter(|target| !target.contains("://") && !target.starts_with('#'));
        // A path of Rust, as guides use it, is for rustdoc to check.
        for target in inside.filter(|target| !target.contains("::")) {
            let file = target.split('#').next().unwrap_or(target);
            if !page.with_file_name("").join(file).exists() {
                broken.push(format!("{}: {target}", page.display()));
            }
        }
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn every_decision_says_status_forces_options_and_outcome() {
    let folder = repository().join("docs/adr");
    let list = read(&folder.join("README.md"));
    let mut decisions = 0;
    for page in pages(&folder).into_iter().filter(|page| !page.ends_with("README.md")) {
        let (name, text) = (page.file_name().unwrap_or_default().to_string_lossy(), read(&page));
        for part in ["Status: ", "## Forces", "## Options", "## Outcome"] {
            assert!(text.lines().any(|line| line.starts_with(part)), "{name} lacks `{part}`");
        }
        assert!(list.contains(&format!("]({name})")), "docs/adr/README.md does not list {name}");
        decisions += 1;
    }
    assert!(decisions > 0);
}

/// The page that shows the life cycle of a request.
fn life_cycle() -> String {
    let mut page = String::from(HEAD);
    page.push_str("```mermaid\nstateDiagram-v2\n    [*] --> new: submit\n");
    for ((from, to), verbs) in moves() {
        writeln!(page, "    {} --> {}: {}", from.code(), to.code(), names(&verbs)).expect("text takes text");
    }
    for status in reachable().filter(|status| !status.is_active()) {
        writeln!(page, "    {} --> [*]", status.code()).expect("text takes text");
    }
    page.push_str("```\n\n");
    page.push_str(STEPS);
    for verb in Verb::ALL {
        let from = |status: &Status| verb.targets(*status).next().is_some();
        for status in Status::ALL.into_iter().filter(from) {
            let to: Vec<&str> = verb.targets(status).map(Status::code).collect();
            let (verb, from) = (verb.code(), status.code());
            writeln!(page, "| `{verb}` | `{from}` | `{}` |", to.join("`, `")).expect("text takes text");
        }
    }
    page
}

/// The steps that move a request, by where from and where to.
fn moves() -> BTreeMap<(Status, Status), Vec<Verb>> {
    let mut moves: BTreeMap<_, Vec<Verb>> = BTreeMap::new();
    for (from, verb, to) in ARROWS.iter().filter(|(from, _, to)| from != to) {
        moves.entry((*from, *to)).or_default().push(*verb);
    }
    moves
}

/// The statuses that some step leads to from another one.
fn reachable() -> impl Iterator<Item = Status> {
    let led_to = |status: &Status| ARROWS.iter().any(|(from, _, to)| to == status && from != to);
    Status::ALL.into_iter().filter(led_to)
}

fn names(verbs: &[Verb]) -> String {
    verbs.iter().map(|verb| verb.code()).collect::<Vec<_>>().join(", ")
}

/// The pages of Markdown below a folder, those of builds and of hidden folders left out.
fn pages(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder can be read").flatten() {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if path.is_dir() && !name.starts_with('.') && name != "target" {
            found.extend(pages(&path));
        } else if name.ends_with(".md") {
            found.push(path);
        }
    }
    found
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("a page can be read")
}

const HEAD: &str = "\
# The life of a request

This page is drawn from `okno::life::request::ARROWS` by a test. Change the table, then run
`OKNO_REWRITE=1 cargo test -p okno-tests --test documents`.

Steps that leave a request where it is are not in the picture; the table below has all of them. What is said to a merged
request is said to the one in which it goes on.

";

const STEPS: &str = "\
## Every step

A step that is not here is refused. Where several targets stand in a row, the step's own rule chooses: a hold ends where it
began, a reply may end it, a merged request goes back to where it was, a hand-over takes an operator away who does not work
on the new line.

| Step | From | To |
|---|---|---|
";
