//! What people see: work lists, counts, timelines, and the audit of one request.

use std::error::Error;
use std::fmt::Write as _;

use okno::condition::{Condition, Value};
use okno::engine::{Grouping, List};
use okno::life::directory::{Directory, EmployeeId};
use okno::life::request::{Language, Narrator};
use okno::store::{Direction, Event, PageRow};
use okno::{Status, Timestamp};

use super::morning::MINE;
use super::office::{Done, Office, clock_face};
use super::people::Who;

/// The columns of the work lists.
pub(super) const COLUMNS: [&str; 8] =
    ["number", "priority", "status", "line", "assignee", "next", "created_at", "subject"];
const HEADS: [&str; 8] = ["Number", "P", "Status", "Line", "Assignee", "Next", "Since", "Subject"];

/// The work lists of an operator and of the supervisor, with what they count.
pub(super) async fn print_lists(office: &mut Office) -> Done {
    let world = office.desk.world(super::people::TENANT).await?;
    let mut page = format!("\n── {} ", clock_face(office.now()));
    page.push_str(&"─".repeat(72));
    let views = office.acting(Who::Daniil).views();
    for count in views.counts().await? {
        let name = count.view.plan.name.clone();
        let (all, unread) = count.counts?;
        write!(page, "\n\nDaniil opens “{name}”: {all} requests, {unread} unread\n\n")?;
    }
    let own = views.page(MINE, None, 50).await?;
    page.push_str(&rows(&own.rows, &world.directory));
    page.push_str(&top(office, &views.get(MINE).await?.plan.list()).await?);
    let all = supervised();
    let listed = office.requests(Who::Vera).list(&all).await?;
    write!(page, "\nVera sees everything that is going on: {} requests", listed.rows.len())?;
    let everything = Condition::all([]);
    for field in ["line", "status"] {
        let by = Grouping::Field(field.to_owned());
        let groups = office.requests(Who::Vera).groups(&everything, &by).await?;
        let groups: Vec<String> =
            groups.iter().map(|(value, count)| format!("{} {count}", plain(value))).collect();
        write!(page, "\n  by {field}: {}", groups.join(", "))?;
    }
    page.push_str("\n\n");
    page.push_str(&rows(&listed.rows, &world.directory));
    page.push('\n');
    office.print(&page);
    Ok(())
}

/// The list of a supervisor: the most urgent first.
fn supervised() -> List {
    let sort = ["priority", "created_at"].map(|field| (field.to_owned(), Direction::Ascending));
    let active = Status::ALL.into_iter().filter(|status| status.is_active());
    let filter = Condition::is_in("status", active.map(Status::code));
    List { sort: sort.to_vec(), columns: COLUMNS.map(str::to_owned).to_vec(), ..List::of(filter) }
}

/// Why the first request of a list is the first.
async fn top(office: &Office, list: &List) -> Result<String, Box<dyn Error>> {
    let requests = office.requests(Who::Daniil);
    let page = requests.list(list).await?;
    let Some(first) = page.rows.first() else { return Ok(String::new()) };
    let why = requests.why(list, okno::RequestId(first.id)).await?;
    let decided = why.below.and_then(|below| below.decided_by);
    let decided = decided.map_or_else(String::new, |part| {
        let own = why.order.iter().find(|own| own.field == part.field).map(|own| own.value.to_string());
        format!(": its {} is {}, that of the next one {}", part.field, own.unwrap_or_default(), part.value)
    });
    Ok(format!("Why is the first one on top? It meets the view, and nothing comes before it{decided}.\n"))
}

fn rows(rows: &[PageRow], directory: &Directory) -> String {
    let cell = |value: &Value| match value {
        Value::Id(id) => directory.name_of(EmployeeId(*id).into()),
        Value::Int(priority) => format!("P{priority}"),
        other => plain(other),
    };
    table(&HEADS, rows.iter().map(|row| row.values.iter().map(cell).collect()).collect())
}

/// A value as people read it.
fn plain(value: &Value) -> String {
    match value {
        Value::Absent => "–".to_owned(),
        Value::Code(code) => code.to_string(),
        Value::Text(text) => text.to_string(),
        Value::Instant(at) => clock_face(*at),
        other => other.to_string(),
    }
}

/// Aligned columns.
pub(super) fn table(heads: &[&str], rows: Vec<Vec<String>>) -> String {
    let lines: Vec<Vec<String>> =
        [heads.iter().map(|head| (*head).to_owned()).collect()].into_iter().chain(rows).collect();
    let width = |column: usize| {
        lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..heads.len()).map(width).collect();
    let mut text = String::new();
    for line in &lines {
        let cells: Vec<String> =
            line.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        let _ = writeln!(text, "  {}", cells.join("  ").trim_end());
    }
    text
}

/// What happened to some requests, in words.
pub(super) async fn print_timelines(office: &mut Office, names: &[&str], language: Language) -> Done {
    let world = office.desk.world(super::people::TENANT).await?;
    let narrator = Narrator::new(&world.directory, language);
    let mut page = String::new();
    for name in names {
        let requests = office.requests(Who::Vera);
        let id = office.request(name)?;
        let (request, _) = requests.get(id).await?;
        writeln!(page, "\n{} “{}”", request.number, request.subject)?;
        for event in requests.timeline(id).await? {
            writeln!(page, "  {}", narrator.line(&event))?;
        }
    }
    office.print(&page);
    Ok(())
}

/// Everything that the journal knows about one request: who, for whom, when, how, by which command.
pub(super) async fn print_audit(office: &mut Office, name: &str) -> Done {
    let world = office.desk.world(super::people::TENANT).await?;
    let requests = office.requests(Who::Vera);
    let id = office.request(name)?;
    let (request, _) = requests.get(id).await?;
    let mut page = format!("\nThe audit of {}\n\n", request.number);
    let heads = ["Position", "At", "Who", "For", "Channel", "Command", "Fact", "Cause"];
    let events = requests.timeline(id).await?;
    let rows = events.iter().map(|event| audited(event, office, &world.directory)).collect();
    page.push_str(&table(&heads, rows));
    office.print(&page);
    Ok(())
}

fn audited(event: &Event, office: &Office, directory: &Directory) -> Vec<String> {
    let origin = &event.origin;
    let name =
        |party| if party == okno::Party::SYSTEM { "okno".to_owned() } else { directory.name_of(party) };
    let short = |id: &str| id[id.len() - 6..].to_owned();
    let id = short(&event.command.to_string());
    let command = office.given.get(&event.command).map_or_else(|| id.clone(), |name| format!("{name} {id}"));
    vec![
        event.position.to_string(),
        seconds(event.at),
        name(origin.actor),
        origin.principal.map_or_else(|| "–".to_owned(), name),
        origin.channel.code().to_owned(),
        command,
        event.fact.name().to_owned(),
        origin.cause.map_or_else(|| "–".to_owned(), |cause| short(&cause.to_string())),
    ]
}

fn seconds(at: Timestamp) -> String {
    at.to_utc().format("%H:%M:%S").to_string()
}
