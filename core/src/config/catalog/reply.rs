use serde::{Deserialize, Serialize};

use super::check::CheckedCatalog;
use super::definition::Catalog;
use crate::base::limits::ENTRY_BYTES_MAX;
use crate::base::{Problems, closest};

crate::code! {
    /// The code of a canned reply.
    ReplyCode
}

/// A canned reply (шаблон ответа): a text that operators send often.
///
/// `{requester.name}` and the other [placeholders](Placeholder) are filled in; `{{` is a brace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CannedReply {
    /// Its code.
    pub code: ReplyCode,
    /// Its name.
    pub name: String,
    /// What it says, in each language; the first one is for everybody whose languages are not there.
    pub texts: Vec<ReplyText>,
}

/// What a canned reply says in a language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplyText {
    /// The code of the language, such as `ru`.
    pub language: String,
    /// The text, with placeholders.
    pub text: String,
}

/// What can be filled into a canned reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placeholder {
    /// The name of who asked.
    RequesterName,
    /// The human number of the request.
    RequestNumber,
    /// The subject of the request.
    RequestSubject,
    /// The name of the service.
    ServiceName,
    /// The name of who answers.
    OperatorName,
}

impl Placeholder {
    /// Every placeholder.
    pub const ALL: [Self; 5] = [
        Self::RequesterName,
        Self::RequestNumber,
        Self::RequestSubject,
        Self::ServiceName,
        Self::OperatorName,
    ];

    /// How it is written between braces.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::RequesterName => "requester.name",
            Self::RequestNumber => "request.number",
            Self::RequestSubject => "request.subject",
            Self::ServiceName => "service.name",
            Self::OperatorName => "operator.name",
        }
    }

    fn of(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|placeholder| placeholder.code() == code)
    }
}

impl CannedReply {
    /// The text in the first of some languages in which there is one; else the first text.
    #[must_use]
    pub fn text<'a>(&self, languages: impl IntoIterator<Item = &'a str>) -> Option<&str> {
        let in_language = |language: &str| self.texts.iter().find(|text| text.language == language);
        let found = languages.into_iter().find_map(in_language).or_else(|| self.texts.first());
        found.map(|text| text.text.as_str())
    }

    /// A text of a reply with everything filled in.
    #[must_use]
    pub fn render(text: &str, value: impl Fn(Placeholder) -> String) -> String {
        let pieces = pieces(text).map(|piece| match piece {
            Piece::Text(text) => text.to_owned(),
            Piece::Named(name) => Placeholder::of(name).map_or_else(|| format!("{{{name}}}"), &value),
            Piece::Unclosed(rest) => rest.to_owned(),
        });
        pieces.collect()
    }

    fn check(&self, path: &str, problems: &mut Problems) {
        if self.texts.is_empty() {
            problems.error("no_text", format!("{path}.texts"), "a reply has at least one text");
        }
        for (n, text) in self.texts.iter().enumerate() {
            let (path, text, language) = (format!("{path}.texts[{n}]"), &text.text, &text.language);
            if self.texts[..n].iter().any(|other| other.language == *language) {
                let message = format!("`{language}` occurs twice");
                problems.error("duplicate_code", format!("{path}.language"), message);
            }
            if text.trim().is_empty() || text.contains('\0') || text.len() > ENTRY_BYTES_MAX {
                let message = format!("1 to {ENTRY_BYTES_MAX} bytes without U+0000 are expected");
                problems.error("bad_text", format!("{path}.text"), message);
            }
            check_placeholders(text, &format!("{path}.text"), problems);
        }
    }
}

impl CheckedCatalog {
    /// Finds a canned reply.
    #[must_use]
    pub fn reply(&self, code: &ReplyCode) -> Option<&CannedReply> {
        self.definition().replies.iter().find(|reply| reply.code == *code)
    }
}

impl Catalog {
    pub(super) fn check_replies(&self, problems: &mut Problems) {
        for (n, reply) in self.replies.iter().enumerate() {
            reply.check(&format!("replies[{n}]"), problems);
        }
    }
}

fn check_placeholders(text: &str, path: &str, problems: &mut Problems) {
    for piece in pieces(text) {
        match piece {
            Piece::Text(_) => {}
            Piece::Unclosed(_) => {
                let problem = problems.error("bad_placeholder", path, "a brace is opened and not closed");
                problem.hint("write `{{` for a brace");
            }
            Piece::Named(name) if Placeholder::of(name).is_some() => {}
            Piece::Named(name) => {
                let problem =
                    problems.error("bad_placeholder", path, format!("nothing is called `{{{name}}}`"));
                if let Some(hint) = closest(name, Placeholder::ALL.map(Placeholder::code)) {
                    problem.hint(format!("did you mean `{{{hint}}}`?"));
                }
            }
        }
    }
}

enum Piece<'a> {
    Text(&'a str),
    Named(&'a str),
    Unclosed(&'a str),
}

/// The text cut at its braces.
fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (piece, after) = match rest.find('{') {
            Some(0) if rest.starts_with("{{") => (Piece::Text("{"), &rest[2..]),
            Some(0) => match rest.find('}') {
                Some(end) => (Piece::Named(&rest[1..end]), &rest[end + 1..]),
                None => (Piece::Unclosed(rest), ""),
            },
            Some(at) => (Piece::Text(&rest[..at]), &rest[at..]),
            None => (Piece::Text(rest), ""),
        };
        rest = after;
        Some(piece)
    })
}
