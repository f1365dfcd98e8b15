//! The request (заявка): everything that is asked of the center, from submission to close.
//!
//! [`Status`] and the [table of arrows](ARROWS) say which steps there are; [`RequestCommand`] lists what can be asked,
//! [`RequestEvent`] what can have happened. A [`Request`] is the fold of its events. What was written stands in
//! entries of their own, each of which is either public or internal by its [kind](EntryKind).

mod attachment;
mod canned;
mod clocks;
mod command;
mod decide;
mod draft;
mod duty;
mod effect;
mod entry;
mod escalation;
mod event;
mod evolve;
mod fact;
mod fields;
mod hold;
mod involvement;
mod left;
mod mark;
mod narrate;
mod narrate_clocks;
mod number;
mod owner;
mod past;
mod promise;
mod public;
mod rating;
mod reason;
mod record;
mod revision;
mod status;
mod submission;
mod tag;
mod tie;
mod wake;

pub use attachment::{
    ATTACHMENT, Asked, Attached, Attachment, AttachmentId, MediaType, MediaTypeError, Scan, ScanVerdict,
    UPLOAD, Upload, UploadId,
};
pub(crate) use attachment::{attachment_column, blob_id, upload_column};
pub(crate) use canned::canned;
pub use command::{ForChildren, HoldFor, LogWork, Message, NewFile, Redaction, RequestCommand, Submit, Wake};
pub(crate) use decide::{check_template, read, recur};
pub use decide::{decide, submit};
pub(crate) use draft::draft_column;
pub use draft::{DRAFT, Draft};
pub(crate) use duty::obligations;
pub use duty::{ObligationReading, ObligationState, Owed};
pub use effect::{Effect, Milestone};
pub(crate) use entry::entry_column;
pub use entry::{CopyOf, ENTRY, Entry, EntryId, EntryKind, Redacted, Touched, Visibility, Work};
pub use escalation::{Escalation, EscalationStep, Skipped};
pub use event::{FieldChanges, RequestEvent, Submitted};
pub(crate) use fields::field_value_column;
pub use fields::{FIELD_VALUE, FieldValue, IndexedValue, Values};
pub use hold::{Hold, HoldReason, Release};
pub(crate) use involvement::involvement_column;
pub use involvement::{CopiedIn, CopyAccess, INVOLVEMENT, Involvement, Role};
pub use left::Left;
pub(crate) use mark::mark_column;
pub use mark::{READ_MARK, ReadMark};
pub use narrate::{Language, Narrator};
pub use number::{NUMBER_BLOCK, NumberBlock};
pub(crate) use owner::owners;
pub use promise::Promise;
pub use public::PublicRequest;
pub use rating::Rating;
pub use reason::{CloseReason, ReleaseReason, ResumeReason};
pub(crate) use record::request_column;
pub use record::{Next, REQUEST, Request, RequestId, SeriesId, Standing, Stuck};
pub(crate) use revision::revision_column;
pub use revision::{ENTRY_REVISION, EntryRevision};
pub use status::{ARROWS, Arrow, Status, Verb};
pub(crate) use tag::tag_column;
pub use tag::{TAG, Tagging};
pub use tie::{Absorbed, Link, LinkKind, Major, Merged, Parent, SplitFrom};

#[cfg(test)]
mod tests;
