use std::collections::{BTreeMap, HashSet};
use std::io::Read;
use std::path::{Path, PathBuf};

use chrono::NaiveDateTime;
use csv::StringRecord;
use okno::config::calendar::Calendar;
use okno::{Channel, Text, Timestamp};

use super::promise;
use crate::table;

/// The requests of a log, in the order of its file.
#[derive(Debug, Default)]
pub struct Log {
    /// Every request.
    pub rows: Vec<Row>,
    /// How many rows make no request, by reason.
    pub left_out: BTreeMap<&'static str, usize>,
}

/// A request, as the log has it.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its number.
    pub case: Text,
    /// Its type; there may be none.
    pub kind: Text,
    /// By which way it came.
    pub channel: Channel,
    /// When it was opened.
    pub opened: Timestamp,
    /// When the city says that it is due.
    pub target: Option<Timestamp>,
    /// When it was closed.
    pub closed: Option<Timestamp>,
    /// Whether the city says that it is in time.
    pub on_time: Option<bool>,
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
    /// The file is no table, or breaks off.
    #[error("the log cannot be read")]
    Csv(#[from] csv::Error),
    /// A column is missing.
    #[error("the log has no column `{0}`")]
    Column(&'static str),
    /// The wall clock of the city is not known.
    #[error("the calendar of the city cannot be used: {0}")]
    Calendar(String),
}

impl Log {
    /// Reads a log, plain or gzipped.
    ///
    /// # Errors
    /// What cannot be read; a row that makes no sense is counted instead.
    pub fn open(path: &Path) -> Result<Self, LogError> {
        let failed = |source| LogError::Open { path: path.to_owned(), source };
        Self::read(table::open(path).map_err(failed)?)
    }

    /// Reads a log from its text.
    ///
    /// # Errors
    /// What cannot be read; a row that makes no sense is counted instead.
    pub fn read(text: impl Read) -> Result<Self, LogError> {
        let wall =
            promise::always_open().check().map_err(|problems| LogError::Calendar(problems.to_string()))?;
        let mut reader = csv::Reader::from_reader(text);
        let cells = Cells { columns: Columns::find(reader.headers()?)?, wall: wall.compile() };
        let (mut log, mut known) = (Self::default(), HashSet::new());
        for record in reader.records() {
            let row = match record {
                Ok(record) => cells.row(&record),
                Err(error) if error.is_io_error() => return Err(error.into()),
                Err(_) => Err("not a row of the table"),
            };
            match row {
                Ok(row) if known.insert(row.case.as_str().to_owned()) => log.rows.push(row),
                Ok(_) => log.leave_out("a case that was there before"),
                Err(reason) => log.leave_out(reason),
            }
        }
        Ok(log)
    }

    fn leave_out(&mut self, reason: &'static str) {
        *self.left_out.entry(reason).or_default() += 1;
    }
}

/// Where the columns that are read stand.
struct Columns {
    case: usize,
    opened: usize,
    target: usize,
    closed: usize,
    on_time: usize,
    kind: usize,
    source: usize,
}

impl Columns {
    fn find(header: &StringRecord) -> Result<Self, LogError> {
        let place = |column| {
            let found = header.iter().position(|name| name.trim().trim_start_matches('\u{feff}') == column);
            found.ok_or(LogError::Column(column))
        };
        Ok(Self {
            case: place("case_id")?,
            opened: place("open")?,
            target: place("target")?,
            closed: place("closed")?,
            on_time: place("on_time")?,
            kind: place("type")?,
            source: place("source")?,
        })
    }
}

/// Reads the cells of rows.
struct Cells {
    columns: Columns,
    /// What never closes, on the wall clock of the city.
    wall: Calendar,
}

impl Cells {
    fn row(&self, record: &StringRecord) -> Result<Row, &'static str> {
        let cell = |place: usize| record.get(place).unwrap_or_default().trim();
        let columns = &self.columns;
        let text = |place| Text::new(cell(place)).map_err(|_| "a text that no database takes");
        let case = text(columns.case)?;
        if case.as_str().is_empty() {
            return Err("no case number");
        }
        Ok(Row {
            case,
            kind: text(columns.kind)?,
            channel: channel(cell(columns.source)),
            opened: self.time(cell(columns.opened))?.ok_or("no time of opening")?,
            target: self.time(cell(columns.target))?,
            closed: self.time(cell(columns.closed))?,
            on_time: on_time(cell(columns.on_time)),
        })
    }

    /// A time of the city's wall clock, or an instant where an offset stands with it.
    fn time(&self, text: &str) -> Result<Option<Timestamp>, &'static str> {
        if text.is_empty() {
            return Ok(None);
        }
        let at = match NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f") {
            Ok(reading) => self.wall.instant(reading).ok(),
            Err(_) => text.parse().ok(),
        };
        at.map(Some).ok_or("a time that makes no sense")
    }
}

fn on_time(text: &str) -> Option<bool> {
    match text {
        "ONTIME" => Some(true),
        "OVERDUE" => Some(false),
        _ => None,
    }
}

fn channel(source: &str) -> Channel {
    match source {
        "Constituent Call" => Channel::Phone,
        "Employee Generated" => Channel::Workplace,
        "Citizens Connect App" | "City Worker App" | "Self Service" => Channel::Portal,
        "Twitter" => Channel::Chat,
        _ => Channel::Api,
    }
}
