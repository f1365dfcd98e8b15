//! Tags, work logged, and how the requester rates the service.

use super::case::Case;
use super::{check_text, no_change};
use crate::base::limits::{TAGS_MAX, WORK_SPENT_MAX, WORK_SPENT_MIN};
use crate::config::catalog::TagCode;
use crate::life::decision::{Halt, Reader};
use crate::life::refusal::Refusal;
use crate::life::request::command::LogWork;
use crate::life::request::entry::{Entry, EntryId, EntryKind, Work};
use crate::life::request::event::RequestEvent;
use crate::life::request::rating::Rating;
use crate::life::request::status::Verb;

impl Case<'_, '_> {
    pub(super) fn tag(&mut self, tag: &TagCode) -> Result<(), Refusal> {
        if self.request.tags.contains(tag) {
            return Err(no_change("the request has the tag already"));
        }
        if self.request.tags.len() >= TAGS_MAX {
            return Err(Refusal::rule("too_many_tags", format!("the request has {TAGS_MAX} tags already")));
        }
        self.apply(RequestEvent::Tagged { tag: tag.clone() });
        Ok(())
    }

    pub(super) fn untag(&mut self, tag: &TagCode) -> Result<(), Refusal> {
        if !self.request.tags.contains(tag) {
            return Err(no_change("the request does not have the tag"));
        }
        self.apply(RequestEvent::Untagged { tag: tag.clone() });
        Ok(())
    }

    pub(super) fn log_work(&mut self, work: &LogWork) -> Result<(), Refusal> {
        let LogWork { spent, at, text } = work;
        check_text("text", text)?;
        if !(WORK_SPENT_MIN..=WORK_SPENT_MAX).contains(spent) {
            let reason = format!("`{spent}` is not from `{WORK_SPENT_MIN}` to `{WORK_SPENT_MAX}`");
            return Err(Refusal::invalid("spent", reason));
        }
        if let Some(at) = at.filter(|at| *at > self.context.now) {
            return Err(Refusal::invalid("at", format!("`{at}` has not come yet")));
        }
        let at = at.unwrap_or(self.context.now);
        let work = Work { spent: *spent, at, retracted: false };
        let entry = self.write_entry(EntryKind::Work, text, |entry| entry.work = Some(work));
        self.apply(RequestEvent::WorkLogged { entry, spent: *spent, at });
        Ok(())
    }

    pub(super) fn retract_work(&mut self, reader: Reader<'_>, id: EntryId) -> Result<(), Halt> {
        let (entry, version) = self.entry(reader, id)?;
        let Some(work) = entry.work else {
            return Err(Refusal::rule("not_work", "the entry logs no work").into());
        };
        self.check_own(&entry)?;
        if work.retracted {
            return Err(no_change("the work was retracted already").into());
        }
        self.apply(RequestEvent::WorkRetracted { entry: id, spent: work.spent });
        self.put(Entry { work: Some(Work { retracted: true, ..work }), ..(*entry).clone() }, version);
        Ok(())
    }

    /// A rating is given once, and can be changed for a while.
    pub(super) fn rate(&mut self, score: u8, comment: &str) -> Result<(), Refusal> {
        if Verb::Rate.targets(self.request.status).next().is_none() {
            return Err(Refusal::rule("not_resolved", "only what was resolved or closed can be rated"));
        }
        check_text("comment", comment)?;
        if !Rating::SCORES.contains(&score) {
            let (worst, best) = (Rating::SCORES.start(), Rating::SCORES.end());
            return Err(Refusal::invalid("score", format!("`{score}` is not from {worst} to {best}")));
        }
        if let Some(rating) = self.request.rating {
            self.check_rating_window(rating)?;
            if rating.score == score && comment.trim().is_empty() {
                return Err(no_change("the rating is this already"));
            }
        }
        self.apply(RequestEvent::Rated { score });
        self.write(EntryKind::Rating, comment);
        Ok(())
    }

    fn check_rating_window(&self, rating: Rating) -> Result<(), Refusal> {
        let window = self.service().map(|service| service.rating_window);
        if window.is_none_or(|window| self.context.now - rating.first_at <= window) {
            return Ok(());
        }
        let reason = "the time within which the service lets a rating be changed has passed";
        Err(Refusal::rule("rating_window_passed", reason))
    }
}
