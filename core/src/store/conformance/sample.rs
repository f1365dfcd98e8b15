use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::extra::{EXTRAS, Extra};
use crate::base::{Decimal, Text, Timestamp};
use crate::condition::{FieldType, Slot, ValueRef};
use crate::store::{Column, DecodeError, Fact, Index, Kind, Kinds, Mark, Relation, Stored};

/// Kind of [`Sample`]s that does not grow, so that any column may be asked for.
pub static SAMPLES: Kind = samples("conformance_sample", decode_sample, &RELATIONS);
/// Kind of [`Sample`]s that grows, so that only indexed columns may be asked for.
pub static GROWING: Kind =
    Kind { growing: true, ..samples("conformance_growing", decode_growing, &RELATIONS) };
/// Kind of [`Sample`]s that makes snapshots of the directory stale.
pub static DIRECTORY: Kind =
    Kind { mark: Some(Mark::Directory), ..samples("conformance_directory", decode_directory, &RELATIONS) };
/// Kind of [`Sample`]s that makes snapshots of definitions stale.
pub static BLUEPRINT: Kind =
    Kind { mark: Some(Mark::Blueprint), ..samples("conformance_blueprint", decode_blueprint, &RELATIONS) };
/// Kind of [`Label`]s.
pub static LABELS: Kind = Kind {
    name: "conformance_label",
    schema: 1,
    columns: &[
        Column::new("sample", FieldType::Id),
        Column::new("name", FieldType::Code),
        Column::new("weight", FieldType::Int),
    ],
    indexes: &[Index::new("by_sample", &[Label::SAMPLE]), Index::new("by_name", &[Label::NAME])],
    texts: &[],
    relations: &[],
    mark: None,
    growing: true,
    decode: decode_label,
    decode_event: decode_note,
};

/// The kinds that the suite needs: a store under test is opened with them.
#[must_use]
pub fn kinds() -> Kinds {
    Kinds::new([&SAMPLES, &GROWING, &DIRECTORY, &BLUEPRINT, &LABELS, &EXTRAS])
}

/// A record with a column of every type, each of which may be absent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Its kind; not part of the body.
    #[serde(skip, default = "plain")]
    pub kind: &'static Kind,
    /// Its id.
    pub id: Uuid,
    /// Yes or no.
    pub flag: Option<bool>,
    /// A whole number.
    pub number: Option<i64>,
    /// A decimal.
    pub amount: Option<Decimal>,
    /// An instant.
    pub at: Option<Timestamp>,
    /// A date.
    pub day: Option<NaiveDate>,
    /// An id of another thing.
    pub place: Option<Uuid>,
    /// A machine text.
    pub code: Option<String>,
    /// A text that people write.
    pub title: Option<Text>,
    /// A part of the body that is no column.
    pub rest: String,
}

impl Sample {
    /// Place of `flag`.
    pub const FLAG: Slot = Slot(0);
    /// Place of `number`.
    pub const NUMBER: Slot = Slot(1);
    /// Place of `amount`.
    pub const AMOUNT: Slot = Slot(2);
    /// Place of `at`.
    pub const AT: Slot = Slot(3);
    /// Place of `day`.
    pub const DAY: Slot = Slot(4);
    /// Place of `place`.
    pub const PLACE: Slot = Slot(5);
    /// Place of `code`.
    pub const CODE: Slot = Slot(6);
    /// Place of `title`.
    pub const TITLE: Slot = Slot(7);

    /// A sample with nothing in its columns.
    #[must_use]
    pub fn new(kind: &'static Kind, id: Uuid) -> Self {
        Self {
            kind,
            id,
            flag: None,
            number: None,
            amount: None,
            at: None,
            day: None,
            place: None,
            code: None,
            title: None,
            rest: String::new(),
        }
    }
}

impl Stored for Sample {
    fn kind(&self) -> &'static Kind {
        self.kind
    }

    fn id(&self) -> Uuid {
        self.id
    }

    fn value(&self, slot: Slot) -> ValueRef<'_> {
        let value = match slot {
            Self::FLAG => self.flag.map(ValueRef::Bool),
            Self::NUMBER => self.number.map(ValueRef::Int),
            Self::AMOUNT => self.amount.map(ValueRef::Decimal),
            Self::AT => self.at.map(ValueRef::Instant),
            Self::DAY => self.day.map(ValueRef::Date),
            Self::PLACE => self.place.map(ValueRef::Id),
            Self::CODE => self.code.as_deref().map(ValueRef::Code),
            Self::TITLE => self.title.as_ref().map(ValueRef::Text),
            _ => None,
        };
        value.unwrap_or(ValueRef::Absent)
    }

    fn text(&self, place: usize) -> Option<&str> {
        match place {
            0 => self.title.as_ref().map(Text::as_str),
            1 => Some(&self.rest),
            _ => None,
        }
    }

    fn encode(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}

/// A record that belongs to a [`Sample`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// Its id.
    pub id: Uuid,
    /// The sample that it belongs to.
    pub sample: Uuid,
    /// What it says.
    pub name: String,
    /// How much it counts.
    pub weight: i64,
}

impl Label {
    /// Place of `sample`.
    pub const SAMPLE: Slot = Slot(0);
    /// Place of `name`.
    pub const NAME: Slot = Slot(1);
    /// Place of `weight`.
    pub const WEIGHT: Slot = Slot(2);
}

impl Stored for Label {
    fn kind(&self) -> &'static Kind {
        &LABELS
    }

    fn id(&self) -> Uuid {
        self.id
    }

    fn value(&self, slot: Slot) -> ValueRef<'_> {
        match slot {
            Self::SAMPLE => ValueRef::Id(self.sample),
            Self::NAME => ValueRef::Code(&self.name),
            Self::WEIGHT => ValueRef::Int(self.weight),
            _ => ValueRef::Absent,
        }
    }

    fn encode(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}

/// What happened to a sample: a fact and, apart from it, a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noted {
    /// A fact.
    pub number: i64,
    /// A free text, which is the event's content.
    #[serde(skip)]
    pub text: Option<String>,
}

impl Fact for Noted {
    fn name(&self) -> &'static str {
        "noted"
    }

    fn encode(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    fn content(&self) -> Result<Option<String>, serde_json::Error> {
        self.text.as_ref().map(serde_json::to_string).transpose()
    }
}

const COLUMNS: &[Column] = &[
    Column::new("flag", FieldType::Bool),
    Column::new("number", FieldType::Int),
    Column::new("amount", FieldType::Decimal),
    Column::new("at", FieldType::Instant),
    Column::new("day", FieldType::Date),
    Column::new("place", FieldType::Id).in_tree("places"),
    Column::new("code", FieldType::Code),
    Column::new("title", FieldType::Text),
];

const INDEXES: &[Index] = &[
    Index::new("by_code", &[Sample::CODE]),
    Index::new("by_place", &[Sample::PLACE, Sample::NUMBER]).present(),
    Index::new("by_flag", &[Sample::FLAG, Sample::NUMBER]).holding(Sample::FLAG).carrying(&[Sample::CODE]),
    Index::new("by_title", &[Sample::TITLE]),
    Index::new("by_at", &[Sample::AT]),
];

static RELATIONS: [Relation; 4] = [
    Relation::new("labels", &LABELS, Label::SAMPLE),
    Relation::new("extras", &EXTRAS, Extra::SAMPLE),
    Relation::new("numbered", &EXTRAS, Extra::SAMPLE).with_same(&[(Extra::NUMBER, Sample::NUMBER)]),
    Relation::to("stands_at", &GROWING, Sample::PLACE),
];

const fn samples(
    name: &'static str,
    decode: crate::store::DecodeRecord,
    relations: &'static [Relation],
) -> Kind {
    Kind {
        name,
        schema: 1,
        columns: COLUMNS,
        indexes: INDEXES,
        texts: &["title", "rest"],
        relations,
        mark: None,
        growing: false,
        decode,
        decode_event: decode_note,
    }
}

fn plain() -> &'static Kind {
    &SAMPLES
}

fn decode_sample(_schema: u32, body: &str) -> Result<Arc<dyn Stored>, DecodeError> {
    decoded(&SAMPLES, body)
}

fn decode_growing(_schema: u32, body: &str) -> Result<Arc<dyn Stored>, DecodeError> {
    decoded(&GROWING, body)
}

fn decode_directory(_schema: u32, body: &str) -> Result<Arc<dyn Stored>, DecodeError> {
    decoded(&DIRECTORY, body)
}

fn decode_blueprint(_schema: u32, body: &str) -> Result<Arc<dyn Stored>, DecodeError> {
    decoded(&BLUEPRINT, body)
}

fn decoded(kind: &'static Kind, body: &str) -> Result<Arc<dyn Stored>, DecodeError> {
    let sample: Sample =
        serde_json::from_str(body).map_err(|source| DecodeError { kind: kind.name, source })?;
    Ok(Arc::new(Sample { kind, ..sample }))
}

fn decode_label(_schema: u32, body: &str) -> Result<Arc<dyn Stored>, DecodeError> {
    let label: Label =
        serde_json::from_str(body).map_err(|source| DecodeError { kind: LABELS.name, source })?;
    Ok(Arc::new(label))
}

pub(super) fn decode_note(body: &str, content: Option<&str>) -> Result<Arc<dyn Fact>, DecodeError> {
    let failed = |source| DecodeError { kind: "noted", source };
    let mut noted: Noted = serde_json::from_str(body).map_err(failed)?;
    noted.text = content.map(serde_json::from_str).transpose().map_err(failed)?;
    Ok(Arc::new(noted))
}
