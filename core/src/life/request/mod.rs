//! The request (заявка): everything that is asked of the center, from submission to close.
//!
//! [`Status`] and the [table of arrows](ARROWS) say which steps there are; [`RequestCommand`] lists what can be asked,
//! [`RequestEvent`] what can have happened. A [`Request`] is the fold of its events. What was written stands in
//! entries of their own, each of which is either public or internal by its [kind](EntryKind).

mod attachment;
mod command;
mod decide;
mod entry;
mod event;
mod evolve;
mod hold;
mod involvement;
mod mark;
mod narrate;
mod number;
mod public;
mod record;
mod status;
mod tie;

pub use attachment::{
    ATTACHMENT, Asked, Attached, Attachment, AttachmentId, MediaType, MediaTypeError, Scan, ScanVerdict,
    UPLOAD, Upload, UploadId,
};
pub(crate) use attachment::{attachment_column, blob_id, upload_column};
pub use command::{FollowUp, HoldFor, Message, NewFile, RequestCommand, Submit, Wake};
pub(crate) use decide::{check_template, decide, read, recur, submit};
pub(crate) use entry::entry_column;
pub use entry::{CopyOf, ENTRY, Entry, EntryId, EntryKind, Visibility};
pub use event::{
    CloseReason, Effect, FieldChanges, Left, ReleaseReason, RequestEvent, ResumeReason, Submitted,
};
pub use hold::{Hold, HoldReason, Release};
pub(crate) use involvement::involvement_column;
pub use involvement::{CopiedIn, CopyAccess, INVOLVEMENT, Involvement, Role};
pub(crate) use mark::mark_column;
pub use mark::{READ_MARK, ReadMark};
pub use narrate::{Language, Narrator};
pub use number::{NUMBER_BLOCK, NumberBlock};
pub use public::PublicRequest;
pub(crate) use record::request_column;
pub use record::{Next, REQUEST, Request, RequestId, SeriesId, Standing, Stuck};
pub use status::{ARROWS, Arrow, Status, Verb};
pub use tie::{Absorbed, Link, LinkKind, Major, Merged, Parent, SplitFrom};

#[cfg(test)]
mod tests;
