//! The fields of the tenant's own.

use std::collections::BTreeMap;

use super::case::Case;
use super::no_change;
use crate::config::catalog::{Action, CheckedCatalog, FieldCode};
use crate::life::refusal::Refusal;
use crate::life::request::event::RequestEvent;
use crate::life::request::fields::{FieldValue, Values};

/// Which fields somebody may set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Settable {
    All,
    /// Those that requesters see: others are not there for them.
    Public,
}

impl Case<'_, '_> {
    pub(super) fn set_fields(&mut self, values: &Values) -> Result<(), Refusal> {
        let sees = self.context.policy().allows(Action::See, &self.request);
        self.set_values(values, if sees { Settable::All } else { Settable::Public })
    }

    pub(super) fn set_values(&mut self, values: &Values, settable: Settable) -> Result<(), Refusal> {
        let mut changes = checked(&self.context.world.catalog, values, settable)?;
        changes.retain(|code, value| self.request.fields.get(code) != value.as_ref());
        if changes.is_empty() {
            return Err(no_change("the fields are these already"));
        }
        self.apply(RequestEvent::ValuesSet { values: changes });
        Ok(())
    }
}

/// Holds values against the dictionary.
pub(super) fn checked(
    catalog: &CheckedCatalog,
    values: &Values,
    settable: Settable,
) -> Result<BTreeMap<FieldCode, Option<FieldValue>>, Refusal> {
    let checked = values.iter().map(|(code, value)| {
        let invalid = |reason: String| Refusal::invalid(format!("fields.{code}"), reason);
        let field = catalog.field(code.as_str());
        let field = field.filter(|field| field.public || settable == Settable::All);
        let field = field.ok_or_else(|| invalid(format!("there is no field `{code}`")))?;
        value.as_ref().map_or(Ok(()), |value| field.takes(value)).map_err(invalid)?;
        let (indexed, private) = (field.indexed, field.is_private());
        Ok((code.clone(), value.clone().map(|value| FieldValue { value, indexed, private })))
    });
    checked.collect()
}
