//! What is erased of a request that was archived.

use serde_json::Value;

use super::part::Traces;
use super::personal::Personal;
use crate::base::Party;
use crate::life::archive::Bundle;

impl Bundle {
    /// The bundle without what it holds of a person; none when it holds nothing.
    pub(crate) fn without(&self, traces: &Traces<'_>) -> Option<Self> {
        let mut left = self.clone();
        let own = traces.owns(&self.request);
        clear(&mut left.request, own, traces);
        left.entries.iter_mut().for_each(|entry| clear(entry, own, traces));
        left.revisions.iter_mut().for_each(|revision| clear(revision, own, traces));
        left.attachments.iter_mut().for_each(|attachment| clear(attachment, own, traces));
        for event in &mut left.events {
            match &mut event.content {
                content if own => *content = None,
                Some(content) => mask(content, traces),
                None => {}
            }
        }
        (left != *self).then_some(left)
    }
}

fn clear<T: Personal>(record: &mut T, own: bool, traces: &Traces<'_>) {
    let of_person = |party: &Party| traces.identities.contains(party);
    if own || record.people().iter().any(of_person) {
        record.forget(traces.at);
    } else {
        record.rewrite(&|text| traces.words.mask(text));
    }
}

fn mask(json: &mut Value, traces: &Traces<'_>) {
    match json {
        Value::String(text) => {
            if let Some(masked) = traces.words.mask(text) {
                *text = masked;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| mask(item, traces)),
        Value::Object(fields) => fields.values_mut().for_each(|value| mask(value, traces)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
