//! The little of CSV that calendar tables need.

/// Splits a text into rows of fields; fields may be quoted, and then hold separators, line ends and doubled quotes.
pub(super) fn rows(text: &str, separator: char) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut row = Row::default();
    let mut chars = text.trim_start_matches('\u{feff}').chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if row.quoted && chars.peek() == Some(&'"') => {
                chars.next();
                row.field.push('"');
            }
            '"' => row.quoted = !row.quoted,
            c if row.quoted => row.field.push(c),
            '\r' => {}
            '\n' => rows.extend(std::mem::take(&mut row).finish()),
            c if c == separator => row.fields.push(std::mem::take(&mut row.field)),
            c => row.field.push(c),
        }
    }
    rows.extend(row.finish());
    rows
}

#[derive(Default)]
struct Row {
    fields: Vec<String>,
    field: String,
    quoted: bool,
}

impl Row {
    /// The fields; blank lines are no rows.
    fn finish(mut self) -> Option<Vec<String>> {
        if self.fields.is_empty() && self.field.trim().is_empty() {
            return None;
        }
        self.fields.push(self.field);
        Some(self.fields)
    }
}
