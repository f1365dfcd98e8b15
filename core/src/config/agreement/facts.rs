use crate::condition::{Field, FieldType, Fields, Slot};
use crate::config::catalog::{FieldDefinition, REQUEST_EVENTS};

/// The facts over which conditions of agreements are written: what just happened to a request, what the request is, and
/// the fields of the tenant's own.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a>(pub &'a [FieldDefinition]);

impl Facts<'_> {
    /// The place of a field of the tenant's own by its place in the dictionary.
    #[must_use]
    pub fn own_place(slot: Slot) -> Option<usize> {
        slot.0.checked_sub(OWN_FIRST).map(usize::from)
    }

    /// The name of a fact that every request has.
    #[must_use]
    pub fn name(slot: Slot) -> Option<&'static str> {
        KNOWN.get(usize::from(slot.0)).map(|known| known.0)
    }
}

impl Fields for Facts<'_> {
    fn field(&self, code: &str) -> Option<Field> {
        if let Some(place) = KNOWN.iter().position(|known| known.0 == code) {
            let (_, ty, tree) = KNOWN[place];
            let codes = if code == "event" { REQUEST_EVENTS } else { &[] };
            return Some(Field { place: slot(place, 0)?.into(), ty, tree, codes });
        }
        let place = self.0.iter().position(|field| field.code.as_str() == code)?;
        let ty = self.0[place].kind.ty();
        Some(Field { place: slot(place, OWN_FIRST)?.into(), ty, tree: None, codes: &[] })
    }

    fn codes(&self) -> Vec<&str> {
        let own = self.0.iter().map(|field| field.code.as_str());
        KNOWN.iter().map(|known| known.0).chain(own).collect()
    }
}

fn slot(place: usize, first: u16) -> Option<Slot> {
    u16::try_from(place).ok()?.checked_add(first).map(Slot)
}

/// Fields of the tenant's own stand behind all others.
const OWN_FIRST: u16 = 1_000;

/// What is known of every request, in the order of the slots.
const KNOWN: &[(&str, FieldType, Option<&str>)] = &[
    ("event", FieldType::Code, None),
    ("status", FieldType::Code, None),
    ("hold_reason", FieldType::Code, None),
    ("kind", FieldType::Code, None),
    ("service", FieldType::Code, None),
    ("category", FieldType::Code, Some("category")),
    ("unit", FieldType::Id, Some("unit")),
    ("channel", FieldType::Code, None),
    ("impact", FieldType::Int, None),
    ("urgency", FieldType::Int, None),
    ("priority", FieldType::Int, None),
    ("line", FieldType::Code, None),
    ("confidentiality", FieldType::Int, None),
    ("reopened", FieldType::Int, None),
];
