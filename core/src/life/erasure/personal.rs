//! What of each kind is personal: whose it is, and where its texts stand.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::base::{Party, Text, Timestamp};
use crate::condition::{self, Condition};
use crate::life::directory::{Absence, DirectoryEvent};
use crate::life::job::{Job, JobEvent, JobItem, Verdict};
use crate::life::request::{
    Attachment, Draft, Entry, EntryRevision, Left, Request, RequestEvent, RequestId, Upload,
};
use crate::life::series::{Series, SeriesEvent};
use crate::life::view::{SavedView, ViewEvent};
use crate::store::{Fact, Stored};

/// Says what stands in the place of a text; none when it stays.
pub(crate) type Edit<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A record with texts that people write, or that somebody owns.
pub(crate) trait Personal: Stored + Clone + PartialEq {
    /// Whether a record of the person goes as a whole.
    const GOES: bool = false;
    /// Whether its texts, or its name, stand in the journal of the request that it belongs to.
    const IN_REQUEST: bool = false;

    /// The people whose it is.
    fn people(&self) -> Vec<Party>;

    /// The request that it belongs to.
    fn below(&self) -> Option<RequestId> {
        None
    }

    /// Edits each of its texts.
    fn rewrite(&mut self, edit: Edit<'_>);

    /// Leaves nothing of what is personal.
    fn forget(&mut self, _at: Timestamp) {
        self.rewrite(&|_| Some(String::new()));
    }

    /// What its own journal says of it; `own` is whether it was the person's.
    fn told(&self, _own: bool) -> Option<Arc<dyn Fact>> {
        None
    }
}

impl Personal for Request {
    fn people(&self) -> Vec<Party> {
        self.recipient.into_iter().chain([self.requester]).collect()
    }

    fn rewrite(&mut self, edit: Edit<'_>) {
        in_text(&mut self.subject, edit);
        self.stuck.iter_mut().for_each(|stuck| in_string(&mut stuck.reason, edit));
        for field in self.fields.values_mut() {
            if let condition::Value::Text(text) = &mut field.value {
                in_text(text, edit);
            }
        }
    }

    fn forget(&mut self, _at: Timestamp) {
        self.fields.retain(|_, field| !field.private);
        self.rewrite(&|_| Some(String::new()));
    }

    fn told(&self, _own: bool) -> Option<Arc<dyn Fact>> {
        Some(Arc::new(RequestEvent::Erased { attachment: None, left: Some(Box::new(Left::of(self))) }))
    }
}

impl Personal for Entry {
    const IN_REQUEST: bool = true;

    fn people(&self) -> Vec<Party> {
        let copied = self.copy_of.map(|first| first.author);
        self.principal.into_iter().chain(copied).chain([self.author]).collect()
    }

    fn below(&self) -> Option<RequestId> {
        Some(self.request)
    }

    fn rewrite(&mut self, edit: Edit<'_>) {
        in_string(&mut self.text, edit);
    }
}

impl Personal for EntryRevision {
    const IN_REQUEST: bool = true;

    fn people(&self) -> Vec<Party> {
        vec![self.author]
    }

    fn below(&self) -> Option<RequestId> {
        Some(self.request)
    }

    fn rewrite(&mut self, edit: Edit<'_>) {
        in_string(&mut self.text, edit);
    }
}

impl Personal for Draft {
    const GOES: bool = true;

    fn people(&self) -> Vec<Party> {
        vec![self.author]
    }

    fn below(&self) -> Option<RequestId> {
        Some(self.request)
    }

    fn rewrite(&mut self, edit: Edit<'_>) {
        in_string(&mut self.text, edit);
    }
}

impl Personal for Attachment {
    const IN_REQUEST: bool = true;

    fn people(&self) -> Vec<Party> {
        vec![self.author]
    }

    fn below(&self) -> Option<RequestId> {
        Some(self.request)
    }

    fn rewrite(&mut self, edit: Edit<'_>) {
        in_text(&mut self.name, edit);
    }

    fn forget(&mut self, _at: Timestamp) {
        (self.name, self.erased) = (Text::default(), true);
    }
}

impl Personal for Upload {
    const GOES: bool = true;

    fn people(&self) -> Vec<Party> {
        vec![self.author]
    }

    fn rewrite(&mut self, _edit: Edit<'_>) {}
}

impl Personal for Job {
    fn people(&self) -> Vec<Party> {
        self.principal.into_iter().chain([self.owner]).collect()
    }

    fn rewrite(&mut self, edit: Edit<'_>) {
        if let Some(bulk) = &mut self.bulk {
            in_json(bulk, edit);
        }
    }

    fn forget(&mut self, at: Timestamp) {
        // Nobody is left with whose rights it could go on.
        if self.state.is_going() {
            self.evolve(&JobEvent::JobCancelled, at);
        }
    }

    fn told(&self, own: bool) -> Option<Arc<dyn Fact>> {
        own.then(|| Arc::new(JobEvent::JobCancelled) as Arc<dyn Fact>)
    }
}

impl Personal for JobItem {
    fn people(&self) -> Vec<Party> {
        Vec::new()
    }

    fn below(&self) -> Option<RequestId> {
        Some(self.request)
    }

    fn rewrite(&mut self, edit: Edit<'_>) {
        if let Verdict::Refused { reason, .. } = &mut self.verdict {
            in_string(reason, edit);
        }
    }
}

impl Personal for Series {
    fn people(&self) -> Vec<Party> {
        let named = self.submit.iter().flat_map(|submit| [submit.requester, submit.recipient]);
        named.flatten().collect()
    }

    fn rewrite(&mut self, edit: Edit<'_>) {
        in_text(&mut self.name, edit);
        if let Some(submit) = &mut self.submit {
            in_json(submit, edit);
        }
    }

    fn forget(&mut self, _at: Timestamp) {
        (self.name, self.submit, self.active, self.next) = (Text::default(), None, false, None);
    }

    fn told(&self, own: bool) -> Option<Arc<dyn Fact>> {
        let what = self.submit.clone().map(|submit| Box::new((self.name.clone(), submit)));
        Some(Arc::new(SeriesEvent::SeriesErased { goes_on: !own, what }))
    }
}

impl Personal for SavedView {
    fn people(&self) -> Vec<Party> {
        vec![self.owner]
    }

    fn rewrite(&mut self, edit: Edit<'_>) {
        in_text(&mut self.plan.name, edit);
        in_json(&mut self.plan.filter, edit);
    }

    fn forget(&mut self, _at: Timestamp) {
        (self.plan.name, self.plan.filter) = (Text::default(), Condition::all([]));
    }

    fn told(&self, _own: bool) -> Option<Arc<dyn Fact>> {
        Some(Arc::new(ViewEvent::ViewErased { plan: Some(Box::new(self.plan.clone())) }))
    }
}

impl Personal for Absence {
    fn people(&self) -> Vec<Party> {
        vec![self.employee.into()]
    }

    fn rewrite(&mut self, edit: Edit<'_>) {
        if let Some(reason) = &mut self.reason {
            in_text(reason, edit);
        }
    }

    fn forget(&mut self, _at: Timestamp) {
        self.reason = None;
    }

    fn told(&self, _own: bool) -> Option<Arc<dyn Fact>> {
        Some(Arc::new(DirectoryEvent::AbsenceErased { reason: self.reason.clone() }))
    }
}

fn in_text(text: &mut Text, edit: Edit<'_>) {
    if let Some(edited) = edit(text.as_str()) {
        // What is edited held no U+0000 before.
        *text = Text::new(edited).unwrap_or_default();
    }
}

fn in_string(text: &mut String, edit: Edit<'_>) {
    if let Some(edited) = edit(text) {
        *text = edited;
    }
}

/// Edits what people write in a condition or a command: the values of these fields, wherever they stand.
fn in_json<T: Serialize + DeserializeOwned>(value: &mut T, edit: Edit<'_>) {
    let Ok(mut json) = serde_json::to_value(&*value) else { return };
    walk(&mut json, None, edit);
    if let Ok(edited) = serde_json::from_value(json) {
        *value = edited;
    }
}

/// The fields of conditions and commands that hold what people write.
const WRITTEN: [&str; 5] = ["text", "subject", "name", "value", "values"];

fn walk(json: &mut Value, field: Option<&str>, edit: Edit<'_>) {
    match json {
        Value::String(text) if field.is_some_and(|field| WRITTEN.contains(&field)) => in_string(text, edit),
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, field, edit)),
        Value::Object(fields) => fields.iter_mut().for_each(|(name, value)| walk(value, Some(name), edit)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
