use super::duty::{ObligationReading, ObligationState};
use super::escalation::{Escalation, EscalationStep, Skipped};
use super::event::RequestEvent;
use super::narrate::Narrator;
use crate::base::Timestamp;
use crate::config::agreement::{CalendarCode, Choice, CustomerMatch};
use crate::config::catalog::HoldReason;
use crate::life::clock::{
    Breakdown, ClockChange, ClockTick, Explanation, Outcome, Owner, RebaseMode, RebaseOf, Rebased, Segment,
    SegmentKind,
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

    /// How the customer keeps an obligation, at an instant.
    #[must_use]
    pub fn obligation(&self, reading: &ObligationReading, now: Timestamp) -> String {
        let state = match reading.state(now) {
            ObligationState::NotOwed => self.say("not owed", "не требуется"),
            ObligationState::Open => self.say("open", "ожидается"),
            ObligationState::Kept => self.say("kept", "выполнено"),
            ObligationState::Broken => self.say("broken", "нарушено"),
        };
        let due = reading.times.last().map(|owed| format!(", {} {}", self.say("due", "до"), owed.due_at));
        let customer = self.say("obligation of the customer", "обязательство заказчика");
        format!("{customer} “{}”: {state}{}", reading.name, due.unwrap_or_default())
    }

    /// Who used the time of a target, line by line.
    #[must_use]
    pub fn breakdown(&self, breakdown: &Breakdown) -> Vec<String> {
        let used = self.say("used", "использовано");
        let shares =
            breakdown.shares.iter().map(|share| format!("{}: {}", self.owner(&share.owner), share.time));
        let clock = self.say("clock", "срок");
        let whole = format!("{clock} {}: {used} {}", breakdown.target, breakdown.elapsed);
        [whole].into_iter().chain(shares).collect()
    }

    fn owner(&self, owner: &Owner) -> String {
        match owner {
            Owner::Unassigned { line } => {
                format!("{} {line}", self.say("not taken on line", "не взята на линии"))
            }
            Owner::Line { line } => format!("{} {line}", self.say("line", "линия")),
            Owner::Supplier { line } => {
                format!("{} {line}", self.say("supplier on line", "поставщик на линии"))
            }
            Owner::Waiting { reason: HoldReason::Requester } => {
                self.say("the customer", "заказчик").to_owned()
            }
            Owner::Waiting { reason } => self.hold(*reason).to_owned(),
        }
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

    pub(super) fn escalation(&self, escalation: &Escalation) -> String {
        let Escalation { rule, at, steps, .. } = escalation;
        let clock = self.say("escalation of the clock", "эскалация срока");
        let reached = self.say("reached", "порог достигнут");
        let steps: Vec<String> = steps.iter().map(|step| self.escalation_step(step)).collect();
        format!("{clock} {}: {} ({reached} {at}): {}", rule.target, rule.name, steps.join(", "))
    }

    fn escalation_step(&self, step: &EscalationStep) -> String {
        let what = match step.action.as_str() {
            "notify" => self.say("people told", "уведомление"),
            "raise_priority" => self.say("priority raised", "повышение приоритета"),
            "assign" => self.say("assigned", "назначение оператора"),
            "release" => self.say("given back to its line", "возврат на линию"),
            "move" | "next_tier" => self.say("handed on", "передача на линию"),
            "set_field" => self.say("field set", "изменение поля"),
            "emit" => self.say("called outside", "внешнее действие"),
            other => other,
        };
        match &step.skipped {
            None => what.to_owned(),
            Some(skipped) => {
                format!("{what}: {} ({})", self.say("not done", "не выполнено"), self.skipped(skipped))
            }
        }
    }

    fn skipped(&self, skipped: &Skipped) -> String {
        match skipped {
            Skipped::Late { before } => {
                let late = self.say("only before:", "только до события:");
                format!("{late} {}", before.code())
            }
            Skipped::FeedsItself => {
                self.say("the rule led to itself", "правило привело само к себе").to_owned()
            }
            Skipped::TooDeep => {
                self.say("too many escalations in a row", "слишком длинная цепочка эскалаций").to_owned()
            }
            Skipped::Refused { rule } => rule.clone(),
        }
    }

    pub(super) fn clocks(&self, ticks: &[ClockTick]) -> String {
        let told: Vec<String> = ticks.iter().map(|tick| self.tick(tick)).collect();
        told.join("; ")
    }

    fn tick(&self, tick: &ClockTick) -> String {
        let what = match &tick.change {
            ClockChange::Attached { .. } => self.say("set", "назначен"),
            ClockChange::Started { .. } => self.say("started", "запущен"),
            ClockChange::Backdated { from, .. } => {
                let counts = self.say("counts from", "отсчитывается с");
                return format!("{} {} {counts} {from}", self.say("clock", "срок"), tick.target);
            }
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
