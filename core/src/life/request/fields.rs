use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::fact;
use super::record::RequestId;
use crate::base::derived_id;
use crate::condition::{FieldType, Row, Slot, Value, ValueRef};
use crate::config::catalog::FieldCode;
use crate::store::Stored;

/// Values of the tenant's own fields to set; none clears a field.
pub type Values = BTreeMap<FieldCode, Option<Value>>;

/// The value of a field of the tenant's own, with what the dictionary said of the field when it was set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldValue {
    /// The value.
    pub value: Value,
    /// Whether requests are searched and sorted by it.
    pub indexed: bool,
    /// Whether it stands apart from the journal's bodies, so that it can be erased.
    pub private: bool,
}

impl FieldValue {
    /// The same without its value, as it stands in an event's body when it is private.
    pub(super) fn without_value(&self) -> Self {
        Self { value: Value::Absent, ..self.clone() }
    }
}

/// A value by which requests are searched and sorted. Never changed, only written and deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexedValue {
    /// The request.
    pub request: RequestId,
    /// The field.
    pub field: FieldCode,
    /// Its value.
    pub value: Value,
}

impl IndexedValue {
    /// The id: another value is another row.
    #[must_use]
    pub fn id(&self) -> Uuid {
        derived_id(self.request.0, &format!("field {} {}", self.field, self.value))
    }

    fn of(&self, ty: FieldType) -> ValueRef<'_> {
        if self.value.ty() == Some(ty) { self.value.borrow() } else { ValueRef::Absent }
    }
}

pub(super) struct IndexedValueRow<'a>(pub(super) &'a IndexedValue);

impl Row for IndexedValueRow<'_> {
    fn value(&self, slot: Slot) -> ValueRef<'_> {
        Stored::value(self.0, slot)
    }
}

crate::record_kind! {
    /// Values of fields by which requests are searched and sorted: one column for each type.
    pub static FIELD_VALUE: IndexedValue {
        name: "field_value",
        schema: 1,
        mark: None,
        growing: true,
        id: IndexedValue::id,
        facts: fact::decode,
        relations: &[],
        columns field_value_column {
            request: Id => |row| ValueRef::Id(row.request.0),
            field: Code => |row| ValueRef::Code(row.field.as_str()),
            bool: Bool => |row| row.of(FieldType::Bool),
            int: Int => |row| row.of(FieldType::Int),
            decimal: Decimal => |row| row.of(FieldType::Decimal),
            instant: Instant => |row| row.of(FieldType::Instant),
            date: Date => |row| row.of(FieldType::Date),
            code: Code => |row| row.of(FieldType::Code),
            text: Text => |row| row.of(FieldType::Text),
        }
        indexes {
            by_request: [request, field],
            by_bool: [field, bool],
            by_int: [field, int],
            by_decimal: [field, decimal],
            by_instant: [field, instant],
            by_date: [field, date],
            by_code: [field, code],
            by_text: [field, text],
        }
    }
}
