use super::event::RequestEvent;
use super::narrate::Narrator;
use crate::config::agreement::{CalendarCode, Choice, CustomerMatch};
use crate::life::clock::{
    ClockChange, ClockTick, Explanation, Outcome, RebaseMode, RebaseOf, Rebased, Segment, SegmentKind,
};
use crate::store::Event;

/// Agreements and clocks in words.
impl Narrator<'_> {
    pub(super) fn agreement(&self, choice: Option<&Choice>) -> String {
        let Some(choice) = choice else {
            return self.say("served by no agreement any more", "соглашение больше не действует").to_owned();
        };
        let customer = match &choice.customer {
            CustomerMatch::Tenant => self.say("for everybody", "для всех"),
            CustomerMatch::Unit { above: 0, .. } => {
                self.say("of the customer unit", "подразделения заказчика")
            }
            CustomerMatch::Unit { .. } => self.say("of a unit above", "вышестоящего подразделения"),
            CustomerMatch::Contract { .. } => self.say("of the contract", "договора"),
        };
        let service = if choice.names_service {
            self.say("for this service", "для этой услуги")
        } else {
            self.say("for every service", "для любой услуги")
        };
        let served = self.say("served by the agreement", "обслуживается по соглашению");
        format!("{served} {} ({customer}, {service})", choice.agreement.code)
    }

    pub(super) fn rebased(&self, rebased: &Rebased) -> String {
        let what = match &rebased.plan.of {
            RebaseOf::Agreement { agreement } => {
                format!("{} {agreement}", self.say("the agreement changed:", "изменилось соглашение:"))
            }
            RebaseOf::Calendars { calendars } => {
                let calendars: Vec<&str> = calendars.iter().map(CalendarCode::as_str).collect();
                format!(
                    "{} {}",
                    self.say("calendars changed:", "изменились календари:"),
                    calendars.join(", ")
                )
            }
            RebaseOf::ZoneData => {
                self.say("the time zone rules changed", "изменились правила часовых поясов").to_owned()
            }
        };
        let how = match rebased.plan.mode {
            RebaseMode::KeepOld => self.say("the past stays as counted", "прошлое остаётся посчитанным"),
            RebaseMode::RebaseFromChange => {
                self.say("counted anew from the change on", "пересчёт с изменения")
            }
            RebaseMode::ReplayAll => self.say("counted anew from the beginning", "полный пересчёт"),
        };
        let moved = self.say("clocks moved:", "сдвинуто сроков:");
        format!("{what} ({how}), {moved} {}", rebased.moves.moved)
    }

    /// Why a clock shows what it shows, line by line; `timeline` is what happened to its request.
    #[must_use]
    pub fn explanation(&self, explanation: &Explanation, timeline: &[Event]) -> Vec<String> {
        let reading = &explanation.reading;
        let clock = self.say("clock", "срок");
        let mut lines = vec![format!(
            "{clock} {}: {} {} {} {}",
            reading.target,
            self.say("used", "использовано"),
            reading.elapsed,
            self.say("of", "из"),
            explanation.target
        )];
        lines.extend(explanation.segments.iter().map(|segment| self.segment(segment, timeline)));
        lines.push(match (reading.due_at, reading.outcome) {
            (_, Some(Outcome::Met)) => self.say("met", "выполнен").to_owned(),
            (Some(due), Some(Outcome::Missed)) => {
                format!("{} {due}", self.say("missed: it was due", "нарушен: срок был"))
            }
            (Some(due), None) => format!("{} {due}", self.say("due", "истекает")),
            (None, _) => {
                self.say("due when it counts again", "срок определится после возобновления").to_owned()
            }
        });
        lines
    }

    fn segment(&self, segment: &Segment, timeline: &[Event]) -> String {
        let what = match &segment.kind {
            SegmentKind::Counted { time, calendar, version } => {
                let since = self.say("version of", "версия от");
                let version = version.as_ref().map(|from| format!(", {since} {from}")).unwrap_or_default();
                let counted = self.say("counted", "учтено");
                let calendar_is = self.say("calendar", "календарь");
                format!("{counted} {time} ({calendar_is} {calendar}{version})")
            }
            SegmentKind::Closed { calendar } => {
                format!("{} ({calendar})", self.say("outside working time", "нерабочее время"))
            }
            SegmentKind::Paused => self.say("stood still", "пауза").to_owned(),
        };
        let cause = timeline.iter().find(|event| Some(event.position) == segment.cause);
        let cause = cause.and_then(|event| event.of::<RequestEvent>()).map(|event| self.request_event(event));
        let because = cause.map(|cause| format!(" — {cause}")).unwrap_or_default();
        format!("{} … {}: {what}{because}", segment.from, segment.to)
    }

    pub(super) fn clocks(&self, ticks: &[ClockTick]) -> String {
        let told: Vec<String> = ticks.iter().map(|tick| self.tick(tick)).collect();
        told.join("; ")
    }

    fn tick(&self, tick: &ClockTick) -> String {
        let what = match &tick.change {
            ClockChange::Attached { .. } => self.say("set", "назначен"),
            ClockChange::Started { .. } => self.say("started", "запущен"),
            ClockChange::Paused { .. } => self.say("paused", "приостановлен"),
            ClockChange::Resumed => self.say("resumed", "возобновлён"),
            ClockChange::Stopped { outcome: Outcome::Met, .. } => self.say("met", "выполнен"),
            ClockChange::Stopped { outcome: Outcome::Missed, .. } => self.say("missed", "нарушен"),
            ClockChange::Continued => self.say("goes on", "продолжен"),
            ClockChange::Carried { .. } => self.say("carried to another target", "перенесён на другую цель"),
            ClockChange::Restarted { .. } => self.say("begun anew", "начат заново"),
            ClockChange::Termed { .. } => self.say("kept under other terms", "сохранён на других условиях"),
            ClockChange::Cancelled { .. } => self.say("cancelled", "отменён"),
            ClockChange::Withdrawn => self.say("withdrawn", "снят"),
            ClockChange::Recounted { .. } => self.say("counted anew", "пересчитан"),
            ClockChange::Fired { name, at } => {
                let reached = self.say("reached", "достиг порога");
                return format!("{} {} {reached} {name}, {at}", self.say("clock", "срок"), tick.target);
            }
            ClockChange::Overdue { at } => {
                let overdue = self.say("overdue since", "просрочен с");
                return format!("{} {} {overdue} {at}", self.say("clock", "срок"), tick.target);
            }
        };
        let due = tick.due_at.map(|due| format!(", {} {due}", self.say("due", "до"))).unwrap_or_default();
        format!("{} {} {what}{due}", self.say("clock", "срок"), tick.target)
    }
}
