use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;

use okno::base::limits::{JOURNAL_PAGE_MAX, PAGE_ROWS_MAX};
use okno::condition::{Condition, Value};
use okno::engine::Requests;
use okno::life::request::RequestEvent;
use okno::store::{Direction, JournalRead};
use okno::{List, Span, Status, Timestamp};

use super::center::Center;
use super::log::Log;

/// What the engine's own records and journal say after a replay.
#[derive(Debug, Default)]
pub struct Report {
    priorities: BTreeMap<String, Figures>,
    lines: BTreeMap<String, Figures>,
    backlog: Vec<(Timestamp, i64)>,
}

#[derive(Debug, Default)]
struct Figures {
    volume: usize,
    to_resolve: Vec<Span>,
    reopened: i64,
    handed_over: i64,
    /// The largest number of open requests at the end of a day.
    backlog_most: i64,
    /// The sum of open requests over the ends of days.
    backlog_sum: i64,
}

const DAY: i64 = 86_400_000;
const LINES_SHOWN: usize = 20;

impl Report {
    /// Reads the figures of a center.
    ///
    /// # Errors
    /// What the desk refuses or the store reports.
    pub async fn read(center: &Center, log: &Log) -> Result<Self, Box<dyn Error>> {
        let mut report = Self::default();
        if let Some(reader) = center.reader(log) {
            report.read_requests(&reader.requests()).await?;
            report.read_backlog(center).await?;
        }
        Ok(report)
    }

    async fn read_requests(&mut self, requests: &Requests) -> Result<(), Box<dyn Error>> {
        let columns = ["priority", "line", "created_at", "resolved_at", "reopened", "handed_over"];
        let mut list = List {
            filter: Condition::all([]),
            sort: vec![("created_at".to_owned(), Direction::Ascending)],
            columns: columns.map(str::to_owned).to_vec(),
            after: None,
            unread: false,
            limit: PAGE_ROWS_MAX,
        };
        loop {
            let page = requests.list(&list).await?;
            for row in &page.rows {
                self.take(&row.values);
            }
            match page.next {
                Some(next) => list.after = Some(next),
                None => return Ok(()),
            }
        }
    }

    fn take(&mut self, values: &[Value]) {
        let [Value::Int(priority), Value::Code(line), Value::Instant(created), resolved, reopened, moved] =
            values
        else {
            return;
        };
        let number = |value: &Value| if let Value::Int(number) = value { *number } else { 0 };
        let by_priority = self.priorities.entry(priority.to_string()).or_default();
        let by_line = self.lines.entry(line.to_string()).or_default();
        for figures in [by_priority, by_line] {
            figures.volume += 1;
            figures.reopened += i64::from(number(reopened) > 0);
            figures.handed_over += number(moved);
            if let Value::Instant(resolved) = resolved {
                figures.to_resolve.push(*resolved - *created);
            }
        }
    }

    /// Follows the journal: how many requests were open at the end of each day, in all, by priority and by line.
    async fn read_backlog(&mut self, center: &Center) -> Result<(), Box<dyn Error>> {
        let mut open = Open::default();
        let mut events = Vec::new();
        let mut after = 0;
        loop {
            let read = JournalRead { tenant: center.tenant, after, subject: None, limit: JOURNAL_PAGE_MAX };
            let page = center.desk.store().events(read).await?;
            let Some(last) = page.last() else { break };
            after = last.position;
            let about_requests = page
                .iter()
                .filter_map(|event| Some((event.at, event.subject.id, event.of::<RequestEvent>()?.clone())));
            events.extend(about_requests);
        }
        events.sort_by_key(|(at, ..)| *at);
        let mut day = events.first().map_or(0, |(at, ..)| at.millis().div_euclid(DAY));
        for (at, id, event) in &events {
            while at.millis().div_euclid(DAY) > day {
                self.end_day(day, &open);
                day += 1;
            }
            open.take(*id, event);
        }
        self.end_day(day, &open);
        Ok(())
    }

    fn end_day(&mut self, day: i64, open: &Open) {
        if let Ok(at) = Timestamp::from_millis(day * DAY) {
            self.backlog.push((at, open.count()));
        }
        for (figures, counts) in
            [(&mut self.priorities, open.by_priority()), (&mut self.lines, open.by_line())]
        {
            for (name, count) in counts {
                let figures = figures.entry(name).or_default();
                figures.backlog_most = figures.backlog_most.max(count);
                figures.backlog_sum += count;
            }
        }
    }
}

/// The requests that are open at a moment of the journal, with priority and line.
#[derive(Debug, Default)]
struct Open(BTreeMap<uuid::Uuid, (bool, u8, String)>);

impl Open {
    fn take(&mut self, id: uuid::Uuid, event: &RequestEvent) {
        if let RequestEvent::Submitted(facts) = event {
            self.0.insert(id, (true, facts.priority, facts.line.to_string()));
            return;
        }
        let Some((open, priority, line)) = self.0.get_mut(&id) else { return };
        match event {
            RequestEvent::Prioritized { priority: new, .. } => *priority = *new,
            RequestEvent::Moved { to, .. } => *line = to.to_string(),
            RequestEvent::Reopened { status, .. } | RequestEvent::Resumed { status, .. } => {
                *open = status.is_open();
            }
            RequestEvent::Resolved { .. } | RequestEvent::ResolutionAmended { .. } => {
                *open = Status::Resolved.is_open();
            }
            RequestEvent::Closed { .. } | RequestEvent::Cancelled { .. } | RequestEvent::Rejected { .. } => {
                *open = false;
            }
            _ => {}
        }
    }

    fn count(&self) -> i64 {
        i64::try_from(self.0.values().filter(|(open, ..)| *open).count()).unwrap_or(i64::MAX)
    }

    fn by_priority(&self) -> BTreeMap<String, i64> {
        self.group(|(_, priority, _)| priority.to_string())
    }

    fn by_line(&self) -> BTreeMap<String, i64> {
        self.group(|(.., line)| line.clone())
    }

    fn group(&self, name: impl Fn(&(bool, u8, String)) -> String) -> BTreeMap<String, i64> {
        let mut counts = BTreeMap::new();
        for request in self.0.values().filter(|(open, ..)| *open) {
            *counts.entry(name(request)).or_default() += 1;
        }
        counts
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days = i64::try_from(self.backlog.len()).unwrap_or(1).max(1);
        table(f, "Priority", self.priorities.iter().collect(), days)?;
        let mut lines: Vec<_> = self.lines.iter().collect();
        lines.sort_by_key(|(_, figures)| std::cmp::Reverse(figures.volume));
        let (shown, left) = lines.split_at(LINES_SHOWN.min(lines.len()));
        table(f, "Line", shown.to_vec(), days)?;
        if !left.is_empty() {
            let volume: usize = left.iter().map(|(_, figures)| figures.volume).sum();
            writeln!(f, "  and {} more lines with {volume} requests", left.len())?;
        }
        self.draw_backlog(f)
    }
}

impl Report {
    /// One line a week: a bar for each day.
    fn draw_backlog(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
        let most = self.backlog.iter().map(|(_, open)| *open).max().unwrap_or(0).max(1);
        writeln!(
            f,
            "\nBacklog by day: open requests at the end of each day, four weeks a line (█ = {most})"
        )?;
        for weeks in self.backlog.chunks(28) {
            let Some((first, _)) = weeks.first() else { continue };
            let bars: String =
                weeks.iter().map(|(_, open)| BARS[usize::try_from(open * 7 / most).unwrap_or(0)]).collect();
            let (low, high) =
                weeks.iter().fold((i64::MAX, 0), |(low, high), (_, n)| (low.min(*n), high.max(*n)));
            writeln!(f, "  {}  {bars:28}  {low}–{high}", first.to_utc().format("%Y-%m-%d"))?;
        }
        Ok(())
    }
}

fn table(f: &mut fmt::Formatter<'_>, title: &str, rows: Vec<(&String, &Figures)>, days: i64) -> fmt::Result {
    let heads = ["volume", "median", "p90", "reopened", "hand-offs", "backlog", "most"];
    write!(f, "\n  {title:12}")?;
    heads.iter().try_for_each(|head| write!(f, "{head:>10}"))?;
    writeln!(f)?;
    for (name, figures) in rows {
        let mut spans = figures.to_resolve.clone();
        spans.sort();
        let (median, p90) = (hours(quantile(&spans, 50)), hours(quantile(&spans, 90)));
        write!(f, "  {name:12}{:>10}{median:>10}{p90:>10}", figures.volume)?;
        let mean = figures.backlog_sum / days;
        writeln!(
            f,
            "{:>10}{:>10}{mean:>10}{:>10}",
            figures.reopened, figures.handed_over, figures.backlog_most
        )?;
    }
    Ok(())
}

/// The smallest value that at least `percent` of all values do not exceed.
fn quantile(sorted: &[Span], percent: usize) -> Option<Span> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).copied()
}

fn hours(span: Option<Span>) -> String {
    span.map_or_else(|| "–".to_owned(), |span| format!("{:.1} h", span.millis() as f64 / 3_600_000.0))
}
