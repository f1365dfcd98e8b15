//! What people look at, beside the same SQL without an engine.

use okno::condition::{Comparison, Condition};
use okno::engine::Search;
use okno::life::request::RequestId;
use okno::store::{Direction, JournalRead};
use okno::{Desk, List};
use serde::Serialize;
use uuid::Uuid;

use super::bare::Bare;
use super::center::{Failed, LINES, TENANT, line, operator, requester, requests, submission};
use super::cost::{Cost, Watch, median};
use super::text::{Dice, REPLY_BYTES};

/// What a look cost the engine, and the same SQL without it.
#[derive(Debug, Clone, Serialize)]
pub struct Look {
    /// What is looked at.
    pub name: &'static str,
    /// The engine.
    pub engine: Cost,
    /// The same SQL through sqlx, where there is one.
    pub bare: Option<Cost>,
}

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum View {
    FirstPage,
    Counter,
    Search,
    Journal,
    TenEntries,
    ManyEntries,
}

impl View {
    const ALL: [Self; 6] =
        [Self::FirstPage, Self::Counter, Self::Search, Self::Journal, Self::TenEntries, Self::ManyEntries];

    fn name(self) -> &'static str {
        match self {
            Self::FirstPage => "first page of a work list",
            Self::Counter => "counter of a work list",
            Self::Search => "search, first page",
            Self::Journal => "1,000 events of the journal",
            Self::TenEntries => "request with 10 entries",
            Self::ManyEntries => "request with 1,000 entries",
        }
    }

    fn times(self) -> usize {
        match self {
            Self::FirstPage | Self::TenEntries => 200,
            Self::Counter | Self::Search | Self::Journal | Self::ManyEntries => 20,
        }
    }
}

/// The requests that are read whole.
#[derive(Debug, Clone, Copy)]
struct Read {
    ten: RequestId,
    many: RequestId,
    /// The journal is read from its middle.
    middle: u64,
}

/// Measures looks, engine and bare SQL in turn.
///
/// # Errors
/// What the engine or the database reports.
pub(super) async fn looks(
    desk: &Desk,
    mut bare: Option<Bare>,
    rounds: usize,
    postmaster: Option<u32>,
) -> Result<Vec<Look>, Failed> {
    let read = Read {
        ten: with_entries(desk, 10).await?,
        many: with_entries(desk, 1_000).await?,
        middle: desk.world(TENANT).await?.head.position / 2,
    };
    let mut looks = Vec::new();
    for view in View::ALL {
        let (mut engine, mut without) = (Vec::new(), Vec::new());
        for _ in 0..=rounds {
            let watch = Watch::start(postmaster);
            for n in 0..view.times() {
                look(desk, view, (&read, n)).await?;
            }
            engine.push(watch.stop(view.times()));
            let Some(bare) = &mut bare else { continue };
            let watch = Watch::start(postmaster);
            for n in 0..view.times() {
                look_bare(bare, view, (&read, n)).await?;
            }
            without.push(watch.stop(view.times()));
        }
        let bare = (!without.is_empty()).then(|| median(&without[1..]));
        looks.push(Look { name: view.name(), engine: median(&engine[1..]), bare });
    }
    Ok(looks)
}

/// Open requests of the first line.
///
/// # Errors
/// What the engine reports.
pub(super) async fn open_of_a_line(desk: &Desk) -> Result<u64, Failed> {
    Ok(requests(desk, operator(0, 0)).count(&open(0)).await?)
}

/// Submits a request and writes to it until it has so many entries.
async fn with_entries(desk: &Desk, entries: usize) -> Result<RequestId, Failed> {
    let mut dice = Dice::new(entries as u64);
    let submit = submission(0, &mut dice)?;
    let id = RequestId(requests(desk, requester(0)).submit(submit).await?.subject);
    let works = requests(desk, operator(0, 0));
    for _ in 1..entries {
        works.note(id, dice.text(REPLY_BYTES)).await?;
    }
    Ok(id)
}

fn open(of_line: usize) -> Condition {
    let on_line = Condition::compare("line", Comparison::Eq, line(of_line).as_str());
    Condition::All { of: vec![on_line, Condition::eq("open", true)] }
}

fn unassigned(of_line: usize) -> Condition {
    let nobody = Condition::Not { of: Box::new(Condition::Has { field: "assignee".to_owned() }) };
    Condition::All { of: vec![open(of_line), nobody] }
}

async fn look(desk: &Desk, view: View, (read, n): (&Read, usize)) -> Result<(), Failed> {
    let of_line = n % LINES;
    let works = requests(desk, operator(of_line, n));
    match view {
        View::FirstPage => {
            let mut list = List::of(open(of_line));
            let sort = ["priority", "created_at"].map(|name| (name.to_owned(), Direction::Ascending));
            list.sort = sort.to_vec();
            works.list(&list).await?;
        }
        View::Counter => {
            works.count(&unassigned(of_line)).await?;
        }
        View::Search => {
            works.search(&Search::of(SEARCHED)).await?;
        }
        View::Journal => {
            let read = JournalRead { tenant: TENANT, after: read.middle, subject: None, limit: 1_000 };
            desk.store().events(read).await?;
        }
        View::TenEntries | View::ManyEntries => {
            let works = requests(desk, operator(0, 0));
            let id = if view == View::TenEntries { read.ten } else { read.many };
            works.get(id).await?;
            works.entries(id).await?;
        }
    }
    Ok(())
}

async fn look_bare(bare: &mut Bare, view: View, (read, n): (&Read, usize)) -> Result<(), Failed> {
    let of_line = line(n % LINES);
    match view {
        View::FirstPage => bare.read(FIRST_PAGE, &[of_line.as_str().into(), of_line.as_str().into()]).await,
        View::Counter => bare.read(COUNTER, &[of_line.as_str().into(), of_line.as_str().into()]).await,
        View::Search => {
            let [in_requests, in_entries] = if bare.is_a_file() { SEARCH_FILE } else { SEARCH_SERVER };
            bare.read(in_requests, &[]).await?;
            bare.read(in_entries, &[]).await
        }
        View::Journal => bare.read(JOURNAL, &[i64::try_from(read.middle)?.into()]).await,
        View::TenEntries | View::ManyEntries => {
            let id: Uuid = if view == View::TenEntries { read.ten.0 } else { read.many.0 };
            bare.read(REQUEST, &[id.into()]).await?;
            bare.read(ENTRIES, &[id.into()]).await
        }
    }
}

/// Two words of many texts, by the tokens that the engine makes of them.
const SEARCHED: &str = "принтер доступ";
// The index and the rows that it leads to, newest first.
const SEARCH_FILE: [&str; 2] = [
    "SELECT r.id, r.row_version, r.number, r.subject, r.status, r.priority, r.line, r.created_at \
     FROM okno_text_request AS x JOIN request AS r ON r.row_number = x.rowid AND r.tenant = $1 \
     WHERE okno_text_request MATCH 'subject : (принтер доступ)' ORDER BY x.rowid DESC LIMIT 21",
    "SELECT e.id, e.row_version, e.position, e.row_schema, e.row_body \
     FROM okno_text_entry AS x JOIN entry AS e ON e.row_number = x.rowid AND e.tenant = $1 \
     WHERE okno_text_entry MATCH 'принтер доступ' ORDER BY x.rowid DESC LIMIT 21",
];
const SEARCH_SERVER: [&str; 2] = [
    "SELECT id, row_version, number, subject, status, priority, line, created_at FROM request \
     WHERE tenant = $1 AND row_texts @@ '''1принтер'' & ''1доступ'''::tsquery ORDER BY row_number DESC LIMIT 21",
    "SELECT id, row_version, position, row_schema, row_body FROM entry \
     WHERE tenant = $1 AND row_texts @@ '''0принтер'' & ''0доступ'''::tsquery ORDER BY row_number DESC LIMIT 21",
];

// What the engine asks, rights included, as somebody would write it. The tenant is the first argument.
const FIRST_PAGE: &str = "SELECT id, row_version, number, subject, status, priority, line, created_at FROM request \
     WHERE tenant = $1 AND line = $2 AND open = 1 AND confidentiality <= 0 AND line IN ($3) \
     ORDER BY priority, created_at, id LIMIT 51";
const COUNTER: &str = "SELECT count(*) FROM request \
     WHERE tenant = $1 AND line = $2 AND open = 1 AND assignee IS NULL AND confidentiality <= 0 AND line IN ($3)";
const JOURNAL: &str = "SELECT position, at, command, actor_kind, actor_id, principal_kind, principal_id, channel, cause, \
     subject_kind, subject_id, body, content FROM okno_event WHERE tenant = $1 AND position > $2 \
     ORDER BY position LIMIT 1000";
const REQUEST: &str = "SELECT id, row_version, position, row_schema, row_body FROM request \
     WHERE tenant = $1 AND id = $2";
const ENTRIES: &str = "SELECT id, row_version, position, row_schema, row_body FROM entry \
     WHERE tenant = $1 AND request = $2 ORDER BY number";
