use serde::{Deserialize, Serialize};

use super::check::CheckedCatalog;
use super::definition::{Catalog, CategoryCode, LineCode, ServiceCode, TagCode};
use super::field::FieldCode;
use super::priority::Level;
use super::reply::ReplyCode;
use crate::base::limits::{ENTRY_BYTES_MAX, MACRO_STEPS_MAX};
use crate::base::{Problems, Span, check_code};
use crate::condition::Value;

crate::code! {
    /// The code of a macro.
    MacroCode
}

/// A macro (макрос): steps that operators often take together. They are taken all in one decision, or none is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Macro {
    /// Its code.
    pub code: MacroCode,
    /// Its name.
    pub name: String,
    /// The steps, in order. Each needs its own right and its own arrow of the life cycle; one that would change nothing
    /// is passed over.
    pub steps: Vec<MacroStep>,
}

/// One step of a macro.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum MacroStep {
    /// Fixes service and category.
    Classify {
        /// The service; as it is when absent.
        #[serde(default)]
        service: Option<ServiceCode>,
        /// The category; as it is when absent.
        #[serde(default)]
        category: Option<CategoryCode>,
    },
    /// Fixes impact and urgency.
    Prioritize {
        /// The impact.
        impact: Level,
        /// The urgency.
        urgency: Level,
    },
    /// Hands the request to a line.
    Move {
        /// The line.
        line: LineCode,
    },
    /// Gives the request to who runs the macro.
    AssignToMe,
    /// Gives the request back to its line.
    Release,
    /// Begins work.
    Start,
    /// Puts the request on hold.
    Hold {
        /// Why.
        reason: HoldReason,
        /// For how long; until something ends it when absent.
        #[serde(default)]
        lasting: Option<Span>,
    },
    /// Ends a hold.
    Resume,
    /// Resolves the request.
    Resolve {
        /// The resolution code.
        code: String,
        /// What was done, for the requester; it may be empty.
        #[serde(default)]
        text: String,
    },
    /// Closes the request.
    Close {
        /// Why.
        reason: String,
    },
    /// Writes to the requester.
    Answer {
        /// The text.
        text: String,
    },
    /// Writes a canned reply to the requester, in a language of theirs.
    AnswerWith {
        /// The reply.
        reply: ReplyCode,
    },
    /// Writes an internal note.
    Note {
        /// The text.
        text: String,
    },
    /// Puts a tag on the request.
    Tag {
        /// The tag.
        tag: TagCode,
    },
    /// Takes a tag off the request.
    Untag {
        /// The tag.
        tag: TagCode,
    },
    /// Sets or clears a field of the tenant's own.
    SetField {
        /// The field.
        field: FieldCode,
        /// Its value; none clears it.
        #[serde(default)]
        value: Option<Value>,
    },
}

/// Why a request is on hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldReason {
    /// The requester has to answer; a reply ends it.
    Requester,
    /// Somebody outside has to do something.
    ThirdParty,
    /// Somebody has to approve.
    Approval,
    /// It is not time yet; needs a date.
    Scheduled,
    /// Another team has to do something.
    Internal,
}

impl HoldReason {
    /// The reason's code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Requester => "requester",
            Self::ThirdParty => "third_party",
            Self::Approval => "approval",
            Self::Scheduled => "scheduled",
            Self::Internal => "internal",
        }
    }
}

impl CheckedCatalog {
    /// Finds a macro.
    #[must_use]
    pub fn macro_named(&self, code: &MacroCode) -> Option<&Macro> {
        self.definition().macros.iter().find(|known| known.code == *code)
    }
}

impl Catalog {
    pub(super) fn check_macros(&self, problems: &mut Problems) {
        for (n, of) in self.macros.iter().enumerate() {
            let path = format!("macros[{n}].steps");
            if of.steps.is_empty() || of.steps.len() > MACRO_STEPS_MAX {
                let message = format!("1 to {MACRO_STEPS_MAX} steps are expected");
                problems.error("bad_macro", &path, message);
            }
            for (n, step) in of.steps.iter().enumerate() {
                if let Err((field, message)) = self.check_step(step) {
                    problems.error("bad_step", format!("{path}[{n}].{field}"), message);
                }
            }
        }
    }

    fn check_step(&self, step: &MacroStep) -> Result<(), (&'static str, String)> {
        let there = |field: &'static str, what: &dyn std::fmt::Display, known: bool| {
            if known { Ok(()) } else { Err((field, format!("there is no {field} `{what}`"))) }
        };
        match step {
            MacroStep::Classify { service, category } => {
                if let Some(code) = service {
                    there("service", code, self.services.iter().any(|known| known.code == *code))?;
                }
                category.as_ref().map_or(Ok(()), |code| {
                    there("category", code, self.categories.iter().any(|known| known.code == *code))
                })
            }
            MacroStep::Prioritize { impact, urgency } => {
                there("impact", impact, self.priorities.cell(*impact, 1).is_some())?;
                there("urgency", urgency, self.priorities.cell(1, *urgency).is_some())
            }
            MacroStep::Move { line } => {
                there("line", line, self.lines.iter().any(|known| known.code == *line))
            }
            MacroStep::AnswerWith { reply } => {
                there("reply", reply, self.replies.iter().any(|known| known.code == *reply))
            }
            MacroStep::SetField { field, value } => {
                let known = self.fields.iter().find(|known| known.code == *field);
                there("field", field, known.is_some())?;
                let taken = known.zip(value.as_ref()).map_or(Ok(()), |(field, value)| field.takes(value));
                taken.map_err(|reason| ("value", reason))
            }
            MacroStep::Hold { reason, lasting } => check_hold(*reason, *lasting),
            MacroStep::Resolve { code, text } => code_of("code", code).and_then(|()| text_of(text)),
            MacroStep::Close { reason } => code_of("reason", reason),
            MacroStep::Answer { text } | MacroStep::Note { text } if text.trim().is_empty() => {
                Err(("text", "the text is empty".to_owned()))
            }
            MacroStep::Answer { text } | MacroStep::Note { text } => text_of(text),
            MacroStep::AssignToMe
            | MacroStep::Release
            | MacroStep::Start
            | MacroStep::Resume
            | MacroStep::Tag { .. }
            | MacroStep::Untag { .. } => Ok(()),
        }
    }
}

fn check_hold(reason: HoldReason, lasting: Option<Span>) -> Result<(), (&'static str, String)> {
    match lasting {
        Some(span) if span <= Span::ZERO => Err(("lasting", "a span above zero is expected".to_owned())),
        None if reason == HoldReason::Scheduled => {
            Err(("lasting", "a request that is scheduled needs a date".to_owned()))
        }
        Some(_) | None => Ok(()),
    }
}

fn code_of(field: &'static str, code: &str) -> Result<(), (&'static str, String)> {
    check_code(code).map_err(|error| (field, error.to_string()))
}

fn text_of(text: &str) -> Result<(), (&'static str, String)> {
    if text.contains('\0') || text.len() > ENTRY_BYTES_MAX {
        return Err(("text", format!("at most {ENTRY_BYTES_MAX} bytes without U+0000 are taken")));
    }
    Ok(())
}
