use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::sample::{Label, decode_note};
use crate::base::{Text, Timestamp};
use crate::condition::{Field, FieldType, Fields, Related, Slot, Value, ValueRef};
use crate::store::{Column, DecodeError, Index, Kind, Stored};

/// Kind of [`Extra`]s.
pub static EXTRAS: Kind = Kind {
    name: "conformance_extra",
    schema: 1,
    columns: &[
        Column::new("sample", FieldType::Id),
        Column::new("name", FieldType::Code),
        Column::new("number", FieldType::Int),
        Column::new("text", FieldType::Text),
        Column::new("at", FieldType::Instant),
        Column::new("place", FieldType::Id).in_tree("places"),
    ],
    indexes: &[
        Index::new("by_sample", &[Extra::SAMPLE, Extra::NAME]),
        Index::new("by_number", &[Extra::NAME, Extra::NUMBER]),
        Index::new("by_text", &[Extra::NAME, Extra::TEXT]),
        Index::new("by_at", &[Extra::NAME, Extra::AT]),
    ],
    texts: &[],
    relations: &[],
    mark: None,
    growing: true,
    decode: decode_extra,
    decode_event: decode_note,
};

/// The value of a further field of a [`Sample`](super::Sample).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extra {
    /// Its id.
    pub id: Uuid,
    /// The sample that it belongs to.
    pub sample: Uuid,
    /// The field's name.
    pub name: String,
    /// A whole number.
    pub number: Option<i64>,
    /// A text that people write.
    pub text: Option<Text>,
    /// An instant.
    pub at: Option<Timestamp>,
    /// An id of another thing.
    pub place: Option<Uuid>,
}

impl Extra {
    /// Place of `sample`.
    pub const SAMPLE: Slot = Slot(0);
    /// Place of `name`.
    pub const NAME: Slot = Slot(1);
    /// Place of `number`.
    pub const NUMBER: Slot = Slot(2);
    /// Place of `text`.
    pub const TEXT: Slot = Slot(3);
    /// Place of `at`.
    pub const AT: Slot = Slot(4);
    /// Place of `place`.
    pub const PLACE: Slot = Slot(5);

    /// A further field of a sample, without a value.
    #[must_use]
    pub fn new(id: Uuid, sample: Uuid, name: &str) -> Self {
        Self { id, sample, name: name.to_owned(), number: None, text: None, at: None, place: None }
    }

    /// Where a column of the field of a name stands, as the samples see it.
    #[must_use]
    pub fn of(name: &str, slot: Slot) -> Related {
        let guard = Some((Self::NAME, Value::Code(name.into())));
        Related { relation: "extras", guard, slot }
    }
}

impl Stored for Extra {
    fn kind(&self) -> &'static Kind {
        &EXTRAS
    }

    fn id(&self) -> Uuid {
        self.id
    }

    fn value(&self, slot: Slot) -> ValueRef<'_> {
        match slot {
            Self::SAMPLE => ValueRef::Id(self.sample),
            Self::NAME => ValueRef::Code(&self.name),
            Self::NUMBER => ValueRef::int(self.number),
            Self::TEXT => self.text.as_ref().map_or(ValueRef::Absent, ValueRef::Text),
            Self::AT => ValueRef::instant(self.at),
            Self::PLACE => ValueRef::id(self.place),
            _ => ValueRef::Absent,
        }
    }

    fn encode(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}

/// What conditions on samples of a kind may name: its columns, `label` and `weight` for the names and weights of its
/// labels, and `a.number` for the number of its further field `a`.
#[derive(Debug, Clone, Copy)]
pub struct Dictionary(pub &'static Kind);

impl Fields for Dictionary {
    fn field(&self, code: &str) -> Option<Field> {
        let labelled = |slot, ty| {
            let related = Related { relation: "labels", guard: None, slot };
            Some(Field { place: related.into(), ty, tree: None, codes: &[] })
        };
        match code {
            "label" => return labelled(Label::NAME, FieldType::Code),
            "weight" => return labelled(Label::WEIGHT, FieldType::Int),
            _ => {}
        }
        let Some((name, column)) = code.split_once('.') else { return self.0.field(code) };
        let slot = EXTRAS.slot(column)?;
        let Column { ty, tree, codes, .. } = EXTRAS.column(slot)?;
        Some(Field { place: Extra::of(name, slot).into(), ty, tree, codes })
    }

    fn codes(&self) -> Vec<&str> {
        self.0.codes().into_iter().chain(["label", "weight"]).collect()
    }
}

fn decode_extra(_schema: u32, body: &str) -> Result<Arc<dyn Stored>, DecodeError> {
    let extra: Extra =
        serde_json::from_str(body).map_err(|source| DecodeError { kind: EXTRAS.name, source })?;
    Ok(Arc::new(extra))
}
