use super::event::Event;
use super::{Fault, short};
use crate::base::Problems;

/// Reads content lines into events.
#[derive(Default)]
pub(super) struct Reader {
    /// The components that are open.
    open: Vec<String>,
    event: Event,
    events: Vec<Event>,
}

impl Reader {
    /// Reads a feed; events that are not closed and lines that are no properties are problems.
    pub(super) fn read(mut self, text: &str, problems: &mut Problems) -> Vec<Event> {
        let mut calendars = 0;
        for (line, content) in unfolded(text) {
            let Some(property) = Property::parse(&content) else {
                problems.error("malformed", format!("line {line}"), "a line has a name, a colon and a value");
                continue;
            };
            calendars += usize::from(property.name == "BEGIN" && self.open.is_empty());
            if let Err((code, message)) = self.take(line, &property, problems) {
                problems.error(code, format!("line {line}"), message);
            }
        }
        if calendars == 0 || !self.open.is_empty() {
            problems.error("malformed", "file", "a feed is whole from `BEGIN:VCALENDAR` to `END:VCALENDAR`");
        }
        self.events
    }

    fn take(&mut self, line: usize, property: &Property, problems: &mut Problems) -> Result<(), Fault> {
        match property.name.as_str() {
            "BEGIN" => self.begin(line, property.value.to_ascii_uppercase()),
            "END" => self.end(&property.value.to_ascii_uppercase(), problems),
            _ if self.open.is_empty() => Err(("malformed", "a property stands outside the calendar".into())),
            _ if self.open == ["VCALENDAR", "VEVENT"] => self.event.take(property),
            _ => Ok(()),
        }
    }

    fn begin(&mut self, line: usize, component: String) -> Result<(), Fault> {
        if self.open.is_empty() != (component == "VCALENDAR") || self.open.len() >= NESTING_MAX {
            return Err(("malformed", format!("`{}` cannot begin here", short(&component))));
        }
        if component == "VEVENT" {
            self.event = Event::at_line(line);
        }
        self.open.push(component);
        Ok(())
    }

    fn end(&mut self, component: &str, problems: &mut Problems) -> Result<(), Fault> {
        if self.open.last().map(String::as_str) != Some(component) {
            return Err(("malformed", format!("`{}` ends but is not open", short(component))));
        }
        let finished = self.open == ["VCALENDAR", "VEVENT"];
        self.open.pop();
        if finished {
            let event = std::mem::take(&mut self.event);
            if event.timed {
                let message =
                    format!("`{}` does not last whole days and is passed over", short(&event.summary));
                problems.warning("not_all_day", format!("line {}", event.line), message);
            } else {
                self.events.push(event);
            }
        }
        Ok(())
    }
}

/// One content line: `NAME;PARAM=VALUE:VALUE`.
pub(super) struct Property {
    pub(super) name: String,
    parameters: String,
    pub(super) value: String,
}

impl Property {
    fn parse(line: &str) -> Option<Self> {
        let mut quoted = false;
        let colon = line.find(|c| {
            quoted ^= c == '"';
            c == ':' && !quoted
        })?;
        let (head, value) = (&line[..colon], &line[colon + 1..]);
        let (name, parameters) = head.split_once(';').unwrap_or((head, ""));
        let valid = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        valid.then(|| Self {
            name: name.to_ascii_uppercase(),
            parameters: parameters.to_ascii_uppercase(),
            value: value.trim_end().to_owned(),
        })
    }

    /// Whether the value is an instant, not a date.
    pub(super) fn is_timed(&self) -> bool {
        let says_date = self.parameters.split(';').any(|parameter| parameter == "VALUE=DATE");
        !says_date && self.value.contains('T')
    }
}

/// The content lines with their first line numbers: a line that begins with a blank continues the one before.
fn unfolded(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    for (n, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(rest), Some((_, last))) => last.push_str(rest),
            _ if line.trim().is_empty() => {}
            _ => lines.push((n + 1, line.to_owned())),
        }
    }
    lines
}

const NESTING_MAX: usize = 8;
