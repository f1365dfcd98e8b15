//! Who has a request, and what is known of it.

use uuid::Uuid;

use super::case::Case;
use super::no_change;
use super::submit::{check_levels, check_subject};
use crate::base::PartyKind;
use crate::config::catalog::{CategoryCode, Level, LineCode, RequestKind, Service, ServiceCode};
use crate::life::directory::EmployeeId;
use crate::life::refusal::Refusal;
use crate::life::request::event::{FieldChanges, RequestEvent};
use crate::life::request::reason::ReleaseReason;
use crate::life::request::record::{Request, Stuck};
use crate::life::request::status::{Status, Verb};

impl Case<'_, '_> {
    pub(super) fn classify(
        &mut self,
        service: Option<&ServiceCode>,
        category: Option<&CategoryCode>,
    ) -> Result<(), Refusal> {
        let catalog = &self.context.world.catalog;
        let code = service.unwrap_or(&self.request.service);
        let unknown = || Refusal::invalid("service", format!("there is no service `{code}`"));
        let service = catalog.service(code).ok_or_else(unknown)?.clone();
        if let Some(category) = category.filter(|code| catalog.category(code).is_none()) {
            return Err(Refusal::invalid("category", format!("there is no category `{category}`")));
        }
        let category = category.or(self.request.category.as_ref()).cloned();
        self.check_fits(&service)?;
        let confidentiality = service.confidentiality;
        let classified = Request { service: service.code.clone(), confidentiality, ..self.request.clone() };
        let keeps_operator = self.keeps_operator(&classified);
        let status = match self.request.status {
            Status::Assigned if !keeps_operator => Status::Classified,
            _ => self.target(Verb::Classify),
        };
        let same = (&self.request.service, &self.request.category) == (&service.code, &category);
        if same && status == self.request.status {
            return Err(no_change("service and category are these already"));
        }
        self.apply(RequestEvent::Classified {
            status,
            service: service.code.clone(),
            kind: service.kind,
            confidentiality,
            category,
            keeps_operator,
        });
        Ok(())
    }

    pub(super) fn prioritize(&mut self, impact: Level, urgency: Level) -> Result<(), Refusal> {
        check_levels(Some(impact), Some(urgency), self.context)?;
        if (self.request.impact, self.request.urgency) == (Some(impact), Some(urgency)) {
            return Err(no_change("impact and urgency are these already"));
        }
        let matrix = &self.context.world.catalog.definition().priorities;
        let (priority, reason) = matrix.priority(Some(impact), Some(urgency));
        self.apply(RequestEvent::Prioritized { impact, urgency, priority, reason });
        Ok(())
    }

    pub(super) fn hand_over(&mut self, line: &LineCode) -> Result<(), Refusal> {
        if self.context.world.catalog.line(line).is_none() {
            return Err(Refusal::invalid("line", format!("there is no line `{line}`")));
        }
        if self.request.line == *line {
            return Err(no_change("the line has the request already"));
        }
        let moved = Request { line: line.clone(), ..self.request.clone() };
        let keeps_operator = self.keeps_operator(&moved);
        let status = match self.request.status {
            Status::Assigned if !keeps_operator => Status::Classified,
            status => status,
        };
        let from = self.request.line.clone();
        self.apply(RequestEvent::Moved { status, from, to: line.clone(), keeps_operator });
        Ok(())
    }

    pub(super) fn assign(&mut self, operator: EmployeeId) -> Result<(), Refusal> {
        self.check_works_here(operator)?;
        if self.request.assignee == Some(operator) {
            return Err(no_change("the operator has the request already"));
        }
        self.check_is_here(operator)?;
        let status = self.target(Verb::Assign);
        self.apply(RequestEvent::Assigned { status, operator });
        Ok(())
    }

    /// Whoever acts for somebody takes the request for them: it is the principal's, and so stays where it belongs when
    /// the principal comes back.
    pub(super) fn claim(&mut self) -> Result<(), Refusal> {
        let actor = self.context.actor.on_behalf_of();
        if actor.kind != PartyKind::Employee {
            return Err(Refusal::rule("not_an_operator", "only an employee can take a request"));
        }
        if self.request.status != Status::Assigned {
            self.check_step(Verb::Claim)?;
        }
        if let Some(operator) = self.request.assignee {
            return Err(Refusal::rule("already_assigned", format!("`{operator}` has the request")));
        }
        self.check_step(Verb::Claim)?;
        let operator = EmployeeId(actor.id);
        self.check_works_here(operator)?;
        let status = self.target(Verb::Claim);
        self.apply(RequestEvent::Claimed { status, operator });
        Ok(())
    }

    pub(super) fn release(&mut self) -> Result<(), Refusal> {
        if self.request.assignee.is_none() {
            return Err(no_change("nobody has the request"));
        }
        self.give_up(ReleaseReason::Asked);
        Ok(())
    }

    /// Gives the request back to its line because its operator left; one who came back and works on the line keeps it.
    pub(super) fn give_back(&mut self, operator: EmployeeId) -> Result<(), Refusal> {
        if self.request.assignee != Some(operator) {
            return Err(no_change("the operator does not have the request"));
        }
        if self.context.policy().can_work_on(operator, &self.request) {
            return Err(Refusal::rule("operator_works_here", format!("`{operator}` works on the request")));
        }
        self.give_up(ReleaseReason::OperatorLeft);
        Ok(())
    }

    pub(super) fn give_up(&mut self, reason: ReleaseReason) {
        let status = self.target(Verb::Release);
        self.apply(RequestEvent::Released { status, reason });
    }

    pub(super) fn change_fields(&mut self, changes: &FieldChanges) -> Result<(), Refusal> {
        if let Some(subject) = &changes.subject {
            check_subject(subject)?;
        }
        if let Some(unit) = changes.unit.filter(|unit| self.context.world.directory.unit(*unit).is_none()) {
            return Err(Refusal::invalid("unit", format!("there is no unit `{unit}`")));
        }
        let mut changed = self.request.clone();
        changed.change(changes);
        if changed == self.request {
            return Err(no_change("the fields are these already"));
        }
        self.apply(RequestEvent::FieldsChanged(changes.clone()));
        Ok(())
    }

    /// Notes that a timer or effect was put aside; the administrators' line has the request until it goes again.
    pub(super) fn park(
        &mut self,
        (timer, key): (bool, Uuid),
        reason: &str,
        body: &str,
    ) -> Result<(), Refusal> {
        let line = self.context.world.catalog.definition().administrators.clone();
        let (reason, body) = (reason.to_owned(), body.to_owned());
        self.apply(RequestEvent::Parked { stuck: Stuck { timer, key, line, reason, body } });
        self.fail_scan();
        Ok(())
    }

    pub(super) fn retry(&mut self) -> Result<(), Refusal> {
        let Some(stuck) = self.request.stuck.first().cloned() else {
            return Err(no_change("nothing was put aside"));
        };
        self.set_work(stuck.queue(), stuck.key, self.context.now, stuck.body);
        self.apply(RequestEvent::Retried { key: stuck.key });
        Ok(())
    }

    /// Refuses a service that does not go with what the request already is.
    fn check_fits(&self, service: &Service) -> Result<(), Refusal> {
        if self.request.absorbed.iter().any(|absorbed| absorbed.confidentiality > service.confidentiality) {
            let reason = format!("`{}` is less confidential than what went on in the request", service.code);
            return Err(Refusal::rule("below_absorbed", reason));
        }
        if self.request.major.is_some() && service.kind != RequestKind::Incident {
            return Err(Refusal::rule("is_major", "a major incident stays an incident"));
        }
        Ok(())
    }

    /// Whether the operator who has the request may still work on it when it is like this.
    fn keeps_operator(&self, changed: &Request) -> bool {
        let policy = self.context.policy();
        self.request.assignee.is_some_and(|operator| policy.can_work_on(operator, changed))
    }

    /// Refuses an operator who is away, and names who stands in.
    fn check_is_here(&self, operator: EmployeeId) -> Result<(), Refusal> {
        let (directory, now) = (&self.context.world.directory, self.context.now);
        if !directory.is_absent(operator, now) {
            return Ok(());
        }
        let substitutes: Vec<String> =
            directory.delegates(operator, now).iter().map(|id| format!("`{id}`")).collect();
        let who = if substitutes.is_empty() { "nobody".to_owned() } else { substitutes.join(", ") };
        Err(Refusal::rule("operator_absent", format!("`{operator}` is away; {who} stands in")))
    }

    fn check_works_here(&self, operator: EmployeeId) -> Result<(), Refusal> {
        if self.context.policy().can_work_on(operator, &self.request) {
            return Ok(());
        }
        let reason = format!("`{operator}` cannot take this request of the line `{}`", self.request.line);
        Err(Refusal::rule("not_on_line", reason))
    }
}
