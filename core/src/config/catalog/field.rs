use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::check::CheckedCatalog;
use super::definition::Catalog;
use crate::base::limits::{FIELD_OPTIONS_MAX, FIELD_TEXT_CHARS_MAX, FIELDS_MAX};
use crate::base::{Problems, check_code};
use crate::condition::{FieldType, Value};

crate::code! {
    /// The code of a field of the tenant's own.
    FieldCode
}

/// A field of the tenant's own (поле словаря): what a request carries beside what every request has.
///
/// Whether it is indexed and whether it is personal stay for ever, as its type does: values that were set rest on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldDefinition {
    /// Its code.
    pub code: FieldCode,
    /// Its name.
    pub name: String,
    /// The type of its values.
    #[serde(rename = "type")]
    pub kind: FieldKind,
    /// Whether requests are searched and sorted by it.
    #[serde(default)]
    pub indexed: bool,
    /// Whether its values are personal, so that erasing a person erases them.
    #[serde(default)]
    pub personal: bool,
    /// Whether requesters see it and fill it in.
    #[serde(default)]
    pub public: bool,
    /// The only codes that it takes; any when there is none. For fields of codes alone.
    #[serde(default)]
    pub options: Vec<FieldOption>,
}

/// A code that a field takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldOption {
    /// The code.
    pub code: String,
    /// What people read.
    pub name: String,
}

/// The type of a field's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// Yes or no.
    Bool,
    /// A whole number.
    Int,
    /// A decimal with four places.
    Decimal,
    /// An instant.
    Instant,
    /// A local date.
    Date,
    /// A machine text, perhaps one of a few.
    Code,
    /// A text that people write.
    Text,
}

impl FieldKind {
    /// The type that conditions know.
    #[must_use]
    pub fn ty(self) -> FieldType {
        match self {
            Self::Bool => FieldType::Bool,
            Self::Int => FieldType::Int,
            Self::Decimal => FieldType::Decimal,
            Self::Instant => FieldType::Instant,
            Self::Date => FieldType::Date,
            Self::Code => FieldType::Code,
            Self::Text => FieldType::Text,
        }
    }
}

impl FieldDefinition {
    /// Whether its values stand apart from the journal's bodies, so that they can be erased.
    #[must_use]
    pub fn is_private(&self) -> bool {
        self.personal || self.kind == FieldKind::Text
    }

    /// Whether the field takes a value; why not, in words.
    ///
    /// # Errors
    /// A value of another type, a text that is too long, a code that is none or none of the options.
    pub fn takes(&self, value: &Value) -> Result<(), String> {
        if value.ty() != Some(self.kind.ty()) {
            return Err(format!("a value of type {:?} is expected", self.kind.ty()));
        }
        match value {
            Value::Text(text) if text.as_str().chars().count() > FIELD_TEXT_CHARS_MAX => {
                Err(format!("at most {FIELD_TEXT_CHARS_MAX} characters are taken"))
            }
            Value::Code(code) if !self.options.is_empty() => {
                let known = self.options.iter().any(|option| option.code == **code);
                if known { Ok(()) } else { Err(format!("`{code}` is none of the options")) }
            }
            Value::Code(code) => check_code(code).map_err(|error| error.to_string()),
            _ => Ok(()),
        }
    }
}

impl CheckedCatalog {
    /// Finds a field of the tenant's own.
    #[must_use]
    pub fn field(&self, code: &str) -> Option<&FieldDefinition> {
        self.definition().fields.iter().find(|field| field.code.as_str() == code)
    }

    /// The values that requesters see.
    pub fn public_values<'a>(
        &self,
        values: impl Iterator<Item = (&'a FieldCode, &'a Value)>,
    ) -> BTreeMap<FieldCode, Value> {
        let public = |code: &FieldCode| self.field(code.as_str()).is_some_and(|field| field.public);
        let shown = values.filter(|(code, _)| public(code));
        shown.map(|(code, value)| (code.clone(), value.clone())).collect()
    }
}

impl Catalog {
    pub(super) fn check_fields(&self, problems: &mut Problems) {
        if self.fields.len() > FIELDS_MAX {
            problems.error("too_many", "fields", format!("at most {FIELDS_MAX} fields are taken"));
        }
        for (n, field) in self.fields.iter().enumerate() {
            let path = format!("fields[{n}]");
            if REQUEST_FIELDS.contains(&field.code.as_str()) {
                let message = format!("every request has something called `{}`", field.code);
                problems.error("reserved_code", format!("{path}.code"), message);
            }
            field.check_options(&path, problems);
        }
    }
}

impl FieldDefinition {
    fn check_options(&self, path: &str, problems: &mut Problems) {
        let path = format!("{path}.options");
        if !self.options.is_empty() && self.kind != FieldKind::Code {
            problems.error("not_a_choice", &path, "only a field of codes has options");
        }
        if self.options.len() > FIELD_OPTIONS_MAX {
            problems.error("too_many", &path, format!("at most {FIELD_OPTIONS_MAX} options are taken"));
        }
        for (n, option) in self.options.iter().enumerate() {
            if let Err(error) = check_code(&option.code) {
                problems.error("bad_code", format!("{path}[{n}].code"), error.to_string());
            }
            if self.options[..n].iter().any(|other| other.code == option.code) {
                let message = format!("`{}` occurs twice", option.code);
                problems.error("duplicate_code", format!("{path}[{n}].code"), message);
            }
        }
    }
}

/// What every request has: no field of a tenant's own is called so.
pub const REQUEST_FIELDS: &[&str] = &[
    "id",
    "position",
    "tags",
    "number",
    "kind",
    "service",
    "confidentiality",
    "subject",
    "requester_kind",
    "requester",
    "recipient",
    "unit",
    "channel",
    "category",
    "impact",
    "urgency",
    "priority",
    "line",
    "assignee",
    "status",
    "open",
    "active",
    "hold_reason",
    "resolution",
    "closing",
    "next",
    "next_at",
    "stuck",
    "series",
    "occurred_at",
    "created_at",
    "updated_at",
    "classified_at",
    "answered_at",
    "resolved_at",
    "closed_at",
    "entries",
    "public_entries",
    "reopened",
    "handed_over",
    "parent",
    "parent_end",
    "merged_into",
    "major",
    "touch_ms",
    "rating",
    "agreement",
    "due_at",
    "breached",
    "clock_at",
];
