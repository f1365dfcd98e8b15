//! Files of a request.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::case::Case;
use super::no_change;
use crate::base::Text;
use crate::base::limits::{
    ATTACHMENT_NAME_CHARS_MAX, ENTRY_ATTACHMENTS_MAX, INFECTION_CHARS_MAX, REQUEST_ATTACHED_BYTES_MAX,
    REQUEST_ATTACHMENTS_MAX, UPLOAD_HOURS,
};
use crate::config::catalog::Action;
use crate::life::decision::{Context, Halt, Need, Reader};
use crate::life::refusal::Refusal;
use crate::life::request::attachment::{
    ATTACHMENT, Attached, Attachment, AttachmentId, Scan, ScanVerdict, UPLOAD, Upload,
};
use crate::life::request::command::{NewFile, RequestCommand, Wake};
use crate::life::request::entry::{EntryId, Visibility};
use crate::life::request::event::RequestEvent;
use crate::store::{Key, Queue, Stored, Version};

/// The records of files that a command names.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// What is to be attached, with the bytes that were uploaded for it.
    new: Vec<(NewFile, Arc<Upload>, Version)>,
    /// The attachment that the command is about.
    known: Option<(Arc<Attachment>, Version)>,
}

impl Files {
    /// Reads the files of a step.
    pub(super) fn of_step(
        reader: Reader<'_>,
        command: &RequestCommand,
        context: &Context<'_>,
    ) -> Result<Self, Halt> {
        let new = match command {
            RequestCommand::Attach { file, .. } => std::slice::from_ref(file),
            RequestCommand::Reply(message)
            | RequestCommand::Answer(message)
            | RequestCommand::Note(message)
            | RequestCommand::Broadcast(message) => &message.files,
            _ => &[],
        };
        let known = about(command).map(|id| reader.find(ATTACHMENT.key(id.0))).transpose()?.flatten();
        Ok(Self { known, ..Self::to_attach(reader, new, context)? })
    }

    /// Reads what was uploaded for files that are to be attached.
    pub(super) fn to_attach(
        reader: Reader<'_>,
        files: &[NewFile],
        context: &Context<'_>,
    ) -> Result<Self, Halt> {
        check_files(files)?;
        let keys: Vec<Key> = files.iter().map(|file| UPLOAD.key(file.upload.0)).collect();
        let missing: Vec<Key> = keys.iter().copied().filter(|key| reader.version(*key).is_err()).collect();
        if !missing.is_empty() {
            return Err(Need { keys: missing, ..Need::default() }.into());
        }
        let mut new = Vec::new();
        for (file, key) in files.iter().zip(keys) {
            let (upload, version) = reader
                .find::<Upload>(key)?
                .filter(|(upload, _)| upload.author == context.actor.party)
                .ok_or_else(|| Refusal::not_found("upload", file.upload))?;
            if upload.is_expired(context.now) {
                let reason = format!("it was uploaded more than {UPLOAD_HOURS} hours ago");
                return Err(Refusal::rule("upload_expired", reason).into());
            }
            new.push((file.clone(), upload, version));
        }
        Ok(Self { new, known: None })
    }
}

/// The attachment that a command is about.
fn about(command: &RequestCommand) -> Option<AttachmentId> {
    match command {
        RequestCommand::RemoveAttachment { attachment }
        | RequestCommand::ScanAttachment { attachment }
        | RequestCommand::NoteVerdict { attachment, .. } => Some(*attachment),
        RequestCommand::Park { timer: true, body, .. } => match serde_json::from_str(body) {
            Ok(Wake::Scan { attachment, .. }) => Some(attachment),
            _ => None,
        },
        _ => None,
    }
}

fn check_files(files: &[NewFile]) -> Result<(), Refusal> {
    let (count, max) = (files.len(), ENTRY_ATTACHMENTS_MAX);
    if count > max {
        return Err(Refusal::invalid("files", format!("there are {count} files; at most {max} are taken")));
    }
    let uploads: BTreeSet<_> = files.iter().map(|file| file.upload).collect();
    if uploads.len() < count {
        return Err(Refusal::invalid("files", "an upload is attached once"));
    }
    files.iter().try_for_each(|file| check_name(&file.name))
}

/// Takes the name of a file: a line, without folders.
fn check_name(name: &Text) -> Result<(), Refusal> {
    let (name, max) = (name.as_str(), ATTACHMENT_NAME_CHARS_MAX);
    let length = name.chars().count();
    let refused = |reason: String| Err(Refusal::invalid("files.name", reason));
    if name.trim().is_empty() {
        return refused("the name is empty".to_owned());
    }
    if length > max {
        return refused(format!("the name has {length} characters; at most {max} are taken"));
    }
    match name.chars().find(|c| c.is_control() || ['/', '\\'].contains(c)) {
        Some(c) => refused(format!("the name holds the character U+{:04X}", u32::from(c))),
        None => Ok(()),
    }
}

impl Case<'_, '_> {
    /// Attaches the files of the command, if it has any.
    pub(super) fn attach(&mut self, entry: Option<EntryId>, visibility: Visibility) -> Result<(), Refusal> {
        let new = std::mem::take(&mut self.files.new);
        let bytes: u64 = new.iter().map(|(_, upload, _)| upload.bytes).sum();
        let count = self.request.attachments.saturating_add(new.len() as u32);
        if !new.is_empty() && count > REQUEST_ATTACHMENTS_MAX {
            let reason = format!("a request has at most {REQUEST_ATTACHMENTS_MAX} attachments");
            return Err(Refusal::rule("too_many_attachments", reason));
        }
        if bytes > REQUEST_ATTACHED_BYTES_MAX.saturating_sub(self.request.attached_bytes) {
            let reason =
                format!("the attachments of a request have at most {REQUEST_ATTACHED_BYTES_MAX} bytes");
            return Err(Refusal::rule("too_many_bytes", reason));
        }
        for (file, upload, version) in new {
            self.attach_one(file, &upload, entry, visibility);
            // Used up: whoever attaches it once more is told that there is no such upload.
            self.delete(upload.key(), version);
        }
        Ok(())
    }

    fn attach_one(&mut self, file: NewFile, upload: &Upload, entry: Option<EntryId>, visibility: Visibility) {
        let facts = Attached {
            id: AttachmentId(self.context.ids.fresh()),
            number: self.request.attached.saturating_add(1),
            entry,
            visibility,
            name: file.name,
            media_type: file.media_type,
            bytes: upload.bytes,
            digest: upload.digest,
            scan: if self.context.scanning { Scan::Pending } else { Scan::NotScanned },
        };
        let author = self.context.actor.party;
        let attachment = Attachment::attached(self.request.id, facts.clone(), author, self.context.now);
        self.apply(RequestEvent::Attached(Box::new(facts)));
        if attachment.scan == Scan::Pending {
            self.set_scan(&attachment);
        }
        self.put(attachment, Version::ABSENT);
    }

    /// Removes an attachment: its author does, and who may remove those of others.
    pub(super) fn remove_attachment(&mut self, id: AttachmentId) -> Result<(), Refusal> {
        let (attachment, version) = self.seen_attachment(id)?;
        if attachment.author != self.context.actor.party {
            self.context.policy().require(Action::RemoveAttachments, &self.request)?;
        }
        let (bytes, visibility) = (attachment.bytes, attachment.visibility);
        let removed = RequestEvent::AttachmentRemoved { attachment: id, bytes, visibility };
        if attachment.scan.is_awaited() {
            let key = attachment.scan_key();
            self.cancel_work(Queue::Timers, key);
            if self.request.stuck.iter().any(|stuck| stuck.key == key) {
                self.apply(RequestEvent::Retried { key });
            }
        }
        self.change_attachment(&attachment, version, removed);
        Ok(())
    }

    /// Has an attachment scanned. What an operator doubts is not handed out meanwhile, whatever was found before.
    pub(super) fn scan_attachment(&mut self, id: AttachmentId) -> Result<(), Refusal> {
        let (attachment, version) = self.seen_attachment(id)?;
        if !self.context.scanning {
            return Err(Refusal::rule("not_scanning", "attachments are not scanned here"));
        }
        match attachment.scan {
            Scan::Pending => return Err(no_change("the scan was asked for already")),
            // While it is awaited, operators get the bytes; these nobody gets.
            Scan::Infected { .. } => {
                return Err(Refusal::rule("infected", "the file is infected, and stays so"));
            }
            Scan::NotScanned | Scan::Clean | Scan::Failed => {}
        }
        self.set_scan(&attachment);
        let key = attachment.scan_key();
        if self.request.stuck.iter().any(|stuck| stuck.key == key) {
            self.apply(RequestEvent::Retried { key });
        }
        let pending = RequestEvent::AttachmentScanned { attachment: id, scan: Scan::Pending };
        self.change_attachment(&attachment, version, pending);
        Ok(())
    }

    pub(super) fn note_verdict(&mut self, id: AttachmentId, verdict: &ScanVerdict) -> Result<(), Refusal> {
        let (attachment, version) = self.attachment(id)?;
        if !attachment.scan.is_awaited() {
            return Err(Refusal::rule("not_due", "nobody waits for the scan any more"));
        }
        let scan = match verdict {
            ScanVerdict::Clean => Scan::Clean,
            ScanVerdict::Infected { name } => {
                // What others report may be long and hold anything.
                let name = name.chars().filter(|c| !c.is_control()).take(INFECTION_CHARS_MAX).collect();
                Scan::Infected { name }
            }
        };
        self.change_attachment(
            &attachment,
            version,
            RequestEvent::AttachmentScanned { attachment: id, scan },
        );
        Ok(())
    }

    /// A scan that was put aside failed, until somebody sets it going again and it succeeds.
    pub(super) fn fail_scan(&mut self) {
        let known = self.files.known.take();
        let awaited = known.filter(|(found, _)| found.scan == Scan::Pending && found.removed_at.is_none());
        if let Some((attachment, version)) = awaited {
            let (id, scan) = (attachment.id, Scan::Failed);
            let failed = RequestEvent::AttachmentScanned { attachment: id, scan };
            self.change_attachment(&attachment, version, failed);
        }
    }

    fn set_scan(&mut self, attachment: &Attachment) {
        let wake = Wake::Scan { set_by: self.context.command, attachment: attachment.id };
        if let Ok(body) = serde_json::to_string(&wake) {
            self.set_work(Queue::Timers, attachment.scan_key(), self.context.now, body);
        }
    }

    /// An attachment of this request that the actor may see.
    fn seen_attachment(&self, id: AttachmentId) -> Result<(Arc<Attachment>, Version), Refusal> {
        let (attachment, version) = self.attachment(id)?;
        if !attachment.is_public() && !self.context.policy().allows(Action::See, &self.request) {
            return Err(Refusal::not_found("attachment", id));
        }
        Ok((attachment, version))
    }

    /// An attachment of this request.
    fn attachment(&self, id: AttachmentId) -> Result<(Arc<Attachment>, Version), Refusal> {
        let of_this = |(found, _): &(Arc<Attachment>, Version)| {
            found.request == self.request.id && found.removed_at.is_none()
        };
        self.files.known.clone().filter(of_this).ok_or_else(|| Refusal::not_found("attachment", id))
    }

    fn change_attachment(&mut self, attachment: &Attachment, version: Version, event: RequestEvent) {
        let mut changed = attachment.clone();
        changed.evolve(&event, self.context.now);
        self.apply(event);
        self.put(changed, version);
    }
}
