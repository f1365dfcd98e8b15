use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use chrono::NaiveDateTime;
use okno::Timestamp;
use okno::config::catalog::{Level, Priority};

use crate::table;

/// The log, in the order of its file.
#[derive(Debug)]
pub struct Log {
    /// Every row.
    pub rows: Vec<Row>,
    /// Every incident, in the order of first appearance.
    pub incidents: Vec<Incident>,
}

/// An incident of the log.
#[derive(Debug)]
pub struct Incident {
    /// Its number in the log.
    pub number: String,
    /// Its rows, in the order of the file.
    pub rows: Vec<usize>,
}

/// An update of an incident, as the log has it.
#[derive(Debug, Clone)]
pub struct Row {
    /// The place of the incident in [`Log::incidents`].
    pub incident: usize,
    /// The state that the update led to.
    pub state: State,
    /// Whether the log calls the incident active.
    pub active: bool,
    /// How often the log says that the group changed.
    pub reassignment_count: u32,
    /// How often the log says that the incident was reopened.
    pub reopen_count: u32,
    /// Who called; `?` is one placeholder caller.
    pub caller: String,
    /// Who made the update.
    pub updated_by: String,
    /// When.
    pub updated_at: Timestamp,
    /// When the incident was opened, which is known at submission.
    pub opened_at: Option<Timestamp>,
    /// By which way it came.
    pub contact_type: String,
    /// The category, if any.
    pub category: Option<String>,
    /// The impact.
    pub impact: Level,
    /// The urgency.
    pub urgency: Level,
    /// The priority that the log gives.
    pub priority: Priority,
    /// The group; `?` is the intake.
    pub group: String,
    /// When the log says that the incident was resolved: back-filled, only compared.
    pub resolved_at: Option<Timestamp>,
    /// When the log says that the incident was closed: back-filled, only compared.
    pub closed_at: Option<Timestamp>,
    /// Whether the log says that the incident was closed in time: only compared.
    pub made_sla: bool,
}

/// The state of an incident in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// `New`
    New,
    /// `Active`
    Active,
    /// `Awaiting User Info`
    AwaitingUser,
    /// `Awaiting Vendor`
    AwaitingVendor,
    /// `Awaiting Problem`, `Awaiting Evidence`
    AwaitingOthers,
    /// `Resolved`
    Resolved,
    /// `Closed`
    Closed,
    /// `-100`: an update that keeps the state.
    Kept,
}

/// Why a log cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The file cannot be opened.
    #[error("the log `{path}` cannot be opened")]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is no table.
    #[error("the log cannot be read")]
    Csv(#[from] csv::Error),
    /// A column is missing.
    #[error("the log has no column `{column}`")]
    Column {
        /// The column.
        column: &'static str,
    },
    /// A cell makes no sense.
    #[error("row {row}, column `{column}`: `{text}` is not {expected}")]
    Cell {
        /// The row, from 1 after the header.
        row: usize,
        /// The column.
        column: &'static str,
        /// What it holds.
        text: String,
        /// What it should hold.
        expected: &'static str,
    },
}

impl Log {
    /// Reads a log, plain or gzipped.
    ///
    /// # Errors
    /// What cannot be read, with its place.
    pub fn open(path: &Path) -> Result<Self, LogError> {
        let failed = |source| LogError::Open { path: path.to_owned(), source };
        Self::read(table::open(path).map_err(failed)?)
    }

    /// Reads a log from its text.
    ///
    /// # Errors
    /// What cannot be read, with its place.
    pub fn read(text: impl Read) -> Result<Self, LogError> {
        let mut reader = csv::Reader::from_reader(text);
        let columns = reader.headers()?.clone();
        let mut log = Self { rows: Vec::new(), incidents: Vec::new() };
        let mut known: HashMap<String, usize> = HashMap::new();
        for (n, record) in reader.records().enumerate() {
            let cells = Cells { columns: &columns, record: &record?, row: n + 1 };
            let number = cells.text("number")?;
            let incident = *known.entry(number.to_owned()).or_insert_with(|| {
                log.incidents.push(Incident { number: number.to_owned(), rows: Vec::new() });
                log.incidents.len() - 1
            });
            log.incidents[incident].rows.push(log.rows.len());
            log.rows.push(cells.read(incident)?);
        }
        Ok(log)
    }

    /// The rows in the order of the replay: within an incident as in the file, across incidents by the latest time
    /// that each incident has shown, ties as in the file.
    #[must_use]
    pub fn replay_order(&self) -> Vec<usize> {
        let mut latest = vec![Timestamp::MIN; self.incidents.len()];
        let mut order: Vec<(Timestamp, usize)> = Vec::with_capacity(self.rows.len());
        for (n, row) in self.rows.iter().enumerate() {
            let shown = &mut latest[row.incident];
            *shown = (*shown).max(row.updated_at);
            order.push((*shown, n));
        }
        order.sort();
        order.into_iter().map(|(_, n)| n).collect()
    }
}

/// A row as text.
struct Cells<'a> {
    columns: &'a csv::StringRecord,
    record: &'a csv::StringRecord,
    row: usize,
}

impl Cells<'_> {
    fn read(&self, incident: usize) -> Result<Row, LogError> {
        Ok(Row {
            incident,
            state: self.cell("incident_state", "a state", state)?,
            active: self.cell("active", "true or false", |text| text.parse().ok())?,
            reassignment_count: self.cell("reassignment_count", "a number", |text| text.parse().ok())?,
            reopen_count: self.cell("reopen_count", "a number", |text| text.parse().ok())?,
            caller: self.text("caller_id")?.to_owned(),
            updated_by: self.text("sys_updated_by")?.to_owned(),
            updated_at: self.cell("sys_updated_at", "a time like `29/2/2016 01:16`", time)?,
            opened_at: self.time("opened_at")?,
            contact_type: self.text("contact_type")?.to_owned(),
            category: Some(self.text("category")?).filter(|text| *text != "?").map(str::to_owned),
            impact: self.cell("impact", "a level like `2 - Medium`", level)?,
            urgency: self.cell("urgency", "a level like `2 - Medium`", level)?,
            priority: self.cell("priority", "a priority like `3 - Moderate`", level)?,
            group: self.text("assignment_group")?.to_owned(),
            resolved_at: self.time("resolved_at")?,
            closed_at: self.time("closed_at")?,
            made_sla: self.cell("made_sla", "true or false", |text| text.parse().ok())?,
        })
    }

    fn text(&self, column: &'static str) -> Result<&str, LogError> {
        let place = self.columns.iter().position(|name| name == column);
        let cell = place.and_then(|place| self.record.get(place));
        cell.map(str::trim).ok_or(LogError::Column { column })
    }

    fn cell<T>(
        &self,
        column: &'static str,
        expected: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<T, LogError> {
        let text = self.text(column)?;
        parse(text).ok_or_else(|| LogError::Cell { row: self.row, column, text: text.to_owned(), expected })
    }

    fn time(&self, column: &'static str) -> Result<Option<Timestamp>, LogError> {
        let maybe = |text: &str| if text == "?" { Some(None) } else { time(text).map(Some) };
        self.cell(column, "a time like `29/2/2016 01:16`", maybe)
    }
}

fn state(text: &str) -> Option<State> {
    match text {
        "New" => Some(State::New),
        "Active" => Some(State::Active),
        "Awaiting User Info" => Some(State::AwaitingUser),
        "Awaiting Vendor" => Some(State::AwaitingVendor),
        "Awaiting Problem" | "Awaiting Evidence" => Some(State::AwaitingOthers),
        "Resolved" => Some(State::Resolved),
        "Closed" => Some(State::Closed),
        "-100" => Some(State::Kept),
        _ => None,
    }
}

/// Minutes of the log are taken as UTC.
fn time(text: &str) -> Option<Timestamp> {
    let at = NaiveDateTime::parse_from_str(text, "%d/%m/%Y %H:%M").ok()?;
    Timestamp::try_from(at.and_utc()).ok()
}

fn level(text: &str) -> Option<u8> {
    text.split(' ').next()?.parse().ok()
}
