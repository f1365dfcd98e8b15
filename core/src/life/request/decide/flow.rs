//! The steps that move a request through its life.

use super::case::Case;
use super::{check_reason, check_text};
use crate::base::Timestamp;
use crate::life::refusal::Refusal;
use crate::life::request::command::{HoldFor, Wake};
use crate::life::request::entry::EntryKind;
use crate::life::request::event::RequestEvent;
use crate::life::request::hold::{Hold, HoldReason, Release};
use crate::life::request::reason::{CloseReason, ReleaseReason, ResumeReason};
use crate::life::request::status::{Status, Verb};

impl Case<'_, '_> {
    pub(super) fn start(&mut self) -> Result<(), Refusal> {
        self.apply(RequestEvent::Started);
        Ok(())
    }

    pub(super) fn hold(&mut self, hold: &HoldFor) -> Result<(), Refusal> {
        if let Some(until) = hold.until.filter(|until| *until <= self.context.now) {
            return Err(Refusal::invalid("until", format!("`{until}` has passed")));
        }
        if hold.reason == HoldReason::Scheduled && hold.until.is_none() {
            return Err(Refusal::invalid("until", "a request that is scheduled needs a date"));
        }
        let by_reason = || Release { on_reply: hold.reason == HoldReason::Requester, on_signal: None };
        let release = hold.release.clone().unwrap_or_else(by_reason);
        if let Some(name) = &release.on_signal {
            check_reason("release.on_signal", name)?;
        }
        let before = self.before_hold();
        let hold = Hold { reason: hold.reason, until: hold.until, release, before };
        self.apply(RequestEvent::Held { hold });
        Ok(())
    }

    pub(super) fn resume(&mut self) -> Result<(), Refusal> {
        self.end_hold(ResumeReason::Asked);
        Ok(())
    }

    pub(super) fn signal(&mut self, name: &str) -> Result<(), Refusal> {
        let awaited = self.request.hold.as_ref().and_then(|hold| hold.release.on_signal.as_deref());
        if awaited != Some(name) {
            return Err(Refusal::rule("not_awaited", format!("the request does not wait for `{name}`")));
        }
        self.end_hold(ResumeReason::Signalled { name: name.to_owned() });
        Ok(())
    }

    pub(super) fn resolve(&mut self, code: &str, text: &str) -> Result<(), Refusal> {
        check_reason("code", code)?;
        check_text("text", text)?;
        let closes_at = self.closes_at();
        self.apply(RequestEvent::Resolved { code: code.to_owned(), closes_at });
        self.write(EntryKind::Resolution, text);
        Ok(())
    }

    pub(super) fn amend_resolution(&mut self, code: &str, text: &str) -> Result<(), Refusal> {
        self.check_amendable(Status::Resolved)?;
        check_reason("code", code)?;
        check_text("text", text)?;
        let closes_at = self.closes_at();
        self.apply(RequestEvent::ResolutionAmended { code: code.to_owned(), closes_at });
        self.write(EntryKind::Resolution, text);
        Ok(())
    }

    pub(super) fn amend_closing(&mut self, reason: &str) -> Result<(), Refusal> {
        self.check_amendable(Status::Closed)?;
        check_closing(reason)?;
        self.apply(RequestEvent::ClosingAmended { reason: reason.to_owned() });
        Ok(())
    }

    pub(super) fn confirm(&mut self) -> Result<(), Refusal> {
        self.apply(RequestEvent::Closed { reason: CloseReason::Confirmed });
        Ok(())
    }

    pub(super) fn close(&mut self, reason: &str) -> Result<(), Refusal> {
        check_closing(reason)?;
        self.apply(RequestEvent::Closed { reason: CloseReason::Asked { reason: reason.to_owned() } });
        Ok(())
    }

    pub(super) fn reopen(&mut self, text: &str, hold: Option<&HoldFor>) -> Result<(), Refusal> {
        check_text("text", text)?;
        if !self.within_reopen_window() {
            let reason = "the time within which the service lets a request be reopened has passed";
            return Err(Refusal::rule("reopen_window_passed", reason));
        }
        self.take_up_again();
        let kind = if self.is_requester() { EntryKind::Message } else { EntryKind::Note };
        self.write(kind, text);
        hold.map_or(Ok(()), |hold| self.hold(hold))
    }

    pub(super) fn cancel(&mut self, reason: &str) -> Result<(), Refusal> {
        check_reason("reason", reason)?;
        self.apply(RequestEvent::Cancelled { reason: reason.to_owned() });
        Ok(())
    }

    pub(super) fn reject(&mut self, reason: &str) -> Result<(), Refusal> {
        check_reason("reason", reason)?;
        self.apply(RequestEvent::Rejected { reason: reason.to_owned() });
        Ok(())
    }

    /// Looks again at where the request stands: a timer that came too early or too late does nothing.
    pub(super) fn wake(&mut self, wake: &Wake) -> Result<(), Refusal> {
        if let Wake::Rebase { rebase, .. } = wake {
            return self.rebase(rebase);
        }
        let due = match wake {
            Wake::CloseBySilence { .. } => self.request.closes_at,
            Wake::EndHold { .. } => self.request.hold.as_ref().and_then(|hold| hold.until),
            Wake::Clocks { .. } => self.request.clock_at(),
            // The one is for the children, one by one; what the other brings is noted by a command of its own.
            Wake::ForChildren { .. } | Wake::Scan { .. } | Wake::Rebase { .. } => None,
        };
        if due.is_none_or(|due| due > self.context.now) {
            return Err(Refusal::rule("not_due", "the request no longer waits for this timer"));
        }
        match wake {
            Wake::CloseBySilence { .. } => self.apply(RequestEvent::Closed { reason: CloseReason::Silence }),
            Wake::EndHold { .. } => self.end_hold(ResumeReason::DateCame),
            Wake::Clocks { .. } => self.wake_clocks(),
            Wake::ForChildren { .. } | Wake::Scan { .. } | Wake::Rebase { .. } => {}
        }
        Ok(())
    }

    pub(super) fn end_hold(&mut self, reason: ResumeReason) {
        let status = self.before_hold();
        self.apply(RequestEvent::Resumed { status, reason });
    }

    pub(super) fn take_up_again(&mut self) {
        let from = self.request.status;
        self.apply(RequestEvent::Reopened { from, status: Status::InProgress });
        let directory = &self.context.world.directory;
        if self.request.assignee.is_some_and(|operator| !directory.is_active(operator.into())) {
            self.give_up(ReleaseReason::OperatorLeft);
        }
    }

    /// Whether the service still lets the request be reopened.
    pub(super) fn within_reopen_window(&self) -> bool {
        let since = self.request.closed_at.or(self.request.resolved_at);
        let within = self.service().and_then(|service| service.reopen_within);
        match (since, within) {
            (Some(since), Some(within)) => self.context.now - since <= within,
            _ => true,
        }
    }

    /// Where the request goes when its hold ends, or where it stands when it has none.
    fn before_hold(&self) -> Status {
        let before = self.request.hold.as_ref().map_or(self.request.status, |hold| hold.before);
        self.ready(before)
    }

    /// A status of before, as far as it fits to whether an operator has the request now.
    pub(super) fn ready(&self, before: Status) -> Status {
        match (before, self.request.assignee) {
            // What an operator was given or gave back in the meantime counts.
            (Status::New | Status::Classified, Some(_)) => Status::Assigned,
            (Status::Assigned, None) => Status::Classified,
            _ => before,
        }
    }

    pub(super) fn closes_at(&self) -> Option<Timestamp> {
        let silence = self.service().and_then(|service| service.close_after)?;
        Some(self.context.now + silence)
    }

    fn check_amendable(&self, needed: Status) -> Result<(), Refusal> {
        let status = self.request.status;
        if status == needed {
            return Ok(());
        }
        Err(Refusal::WrongStatus { status: status.code(), verb: Verb::Amend.code() })
    }
}

/// Takes a reason for closing that cannot be mistaken for one of the engine's own.
fn check_closing(reason: &str) -> Result<(), Refusal> {
    check_reason("reason", reason)?;
    if [CloseReason::Confirmed, CloseReason::Silence].iter().any(|own| own.code() == reason) {
        return Err(Refusal::invalid("reason", format!("`{reason}` is what the engine itself says")));
    }
    Ok(())
}
