use std::collections::BTreeMap;

use uuid::Uuid;

use super::actor::Actor;
use crate::base::{Party, PartyKind, Timestamp};
use crate::condition::{Comparison, Expr, FieldRef, Filter, Slot, Value};
use crate::config::catalog::{Action, LineCode, Reach, Role, ServiceCode};
use crate::life::directory::{Chain, EmployeeId, Grant, Only, Scope};
use crate::life::refusal::Refusal;
use crate::life::request::{Request, Role as Involved, involvement_column, request_column as column};
use crate::life::world::{World, WorldAt};

/// What an actor may do at a moment, as one expression over the columns of a request.
///
/// Who acts for a principal may do what the principal may, within each delegation of the chain that leads there; without
/// such a chain, nothing.
#[derive(Debug, Clone, Copy)]
pub struct Policy<'a> {
    world: &'a World,
    actor: &'a Actor,
    now: Timestamp,
}

impl<'a> Policy<'a> {
    /// The policy of an actor in a world, at an instant.
    #[must_use]
    pub fn new(world: &'a World, actor: &'a Actor, now: Timestamp) -> Self {
        Self { world, actor, now }
    }

    /// The requests to which the actor may do something.
    #[must_use]
    pub fn reach(&self, action: Action) -> Expr {
        if self.actor.principal.is_none() {
            return self.own_reach(action);
        }
        let own = self.own_reach(action);
        let within = |chain: Chain| {
            let scopes = chain.iter().flat_map(|link| scope(&link.scope));
            Expr::All(std::iter::once(own.clone()).chain(scopes).collect())
        };
        Expr::Any(self.chains(action).into_iter().map(within).collect())
    }

    /// The requests to which the principal, or the actor without one, may do something.
    fn own_reach(&self, action: Action) -> Expr {
        let mut branches = Vec::new();
        let party = self.party();
        if !self.world.directory.is_active(party) || self.is_for_the_engine(action) {
            return Expr::Any(branches);
        }
        if party.kind == PartyKind::System && self.role_reach("system", action).is_some() {
            return Expr::All(branches);
        }
        for (role, involvements) in Involved::GIVING {
            if let Some(reach) = self.role_reach(role, action) {
                branches.push(self.within(reach, vec![self.involved(involvements)]));
            }
        }
        if let Some(reach) = self.role_reach("operator", action) {
            branches.extend(self.on_own_lines().into_iter().map(|scope| self.within(reach, scope)));
        }
        for grant in self.world.directory.grants(party) {
            if let Some(reach) = self.role_reach(grant.role.as_str(), action) {
                branches.push(self.within(reach, scope(&grant.scope)));
            }
        }
        Expr::Any(branches)
    }

    /// The chains of delegations by which the actor may do something for the principal.
    fn chains(&self, action: Action) -> Vec<Chain> {
        let is_employee = |party: Party| party.kind == PartyKind::Employee;
        let (Some(principal), delegate) = (self.actor.principal, self.actor.party) else { return Vec::new() };
        if !is_employee(principal) || !is_employee(delegate) {
            return Vec::new();
        }
        let (principal, delegate) = (EmployeeId(principal.id), EmployeeId(delegate.id));
        let mut chains = self.world.directory.chains(principal, delegate, self.now);
        chains.retain(|chain| chain.iter().all(|link| link.lets(action)));
        chains
    }

    /// What timers bring is carried out by the engine alone, whatever a role says.
    fn is_for_the_engine(&self, action: Action) -> bool {
        action == Action::Wake && self.party().kind != PartyKind::System
    }

    /// Whose rights count.
    pub(crate) fn party(&self) -> Party {
        self.actor.on_behalf_of()
    }

    /// The same as a filter for a query.
    #[must_use]
    pub fn filter(&self, action: Action) -> Filter {
        self.reach(action).ground(&self.env())
    }

    /// Whether the actor may do something to a request.
    #[must_use]
    pub fn allows(&self, action: Action, request: &Request) -> bool {
        self.reach(action).matches(&request.row(), &self.env())
    }

    /// Whether the actor works on a line, or may see its requests by a grant.
    #[must_use]
    pub(crate) fn works_on(&self, line: &LineCode) -> bool {
        let by_grant = |grant: &Grant| {
            let reached = match &grant.scope.lines {
                Only::All => true,
                Only::These(lines) => lines.contains(line),
            };
            reached && self.role_reach(grant.role.as_str(), Action::See).is_some()
        };
        self.places().any(|place| place == line)
            || self.world.directory.grants(self.party()).any(|grant| by_grant(grant))
    }

    /// Whether somebody else, perhaps for a principal, may do something to a request.
    #[must_use]
    pub fn lets(
        &self,
        (party, principal): (Party, Option<Party>),
        action: Action,
        request: &Request,
    ) -> bool {
        let actor = Actor { party, principal, ..*self.actor };
        Policy::new(self.world, &actor, self.now).allows(action, request)
    }

    /// Refuses what the actor may not do to a request; one that the actor may not see does not exist.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] or [`Refusal::Denied`].
    pub fn require(&self, action: Action, request: &Request) -> Result<(), Refusal> {
        if self.allows(action, request) {
            return Ok(());
        }
        if self.allows(Action::See, request) || self.allows(Action::SeeOwn, request) {
            return Err(Refusal::Denied { action });
        }
        Err(Refusal::not_found("request", request.id))
    }

    /// Whether the actor holds a role that may do something, whatever the role is held for. Somebody who acts for another
    /// needs a delegation of everything for that: what concerns the whole tenant is in no part of the requests.
    #[must_use]
    pub fn holds(&self, action: Action) -> bool {
        let whole = |chain: &Chain| chain.iter().all(|link| link.scope.is_whole());
        let acts = self.actor.principal.is_none() || self.chains(action).iter().any(whole);
        acts && self.holds_itself(action)
    }

    /// Whether the actor may do something to a request that is only about to be: for a principal within the scope of what
    /// was delegated.
    #[must_use]
    pub(crate) fn may_begin(&self, action: Action, request: &Request) -> bool {
        self.holds(action)
            || (self.actor.principal.is_some() && self.holds_itself(action) && self.allows(action, request))
    }

    /// Whether a role of the principal, or of the actor without one, may do something.
    fn holds_itself(&self, action: Action) -> bool {
        let directory = &self.world.directory;
        let party = self.party();
        if !directory.is_active(party) || self.is_for_the_engine(action) {
            return false;
        }
        let person = matches!(party.kind, PartyKind::Employee | PartyKind::Contact);
        let grants =
            || directory.grants(party).any(|grant| self.role_reach(grant.role.as_str(), action).is_some());
        (person && self.role_reach("requester", action).is_some())
            || (party.kind == PartyKind::System && self.role_reach("system", action).is_some())
            || (self.role_reach("operator", action).is_some() && self.places().next().is_some())
            || grants()
    }

    /// Refuses what no role of the actor may do.
    ///
    /// # Errors
    /// [`Refusal::Denied`].
    pub fn require_role(&self, action: Action) -> Result<(), Refusal> {
        if self.holds(action) { Ok(()) } else { Err(Refusal::Denied { action }) }
    }

    /// Whether an employee could take a request: works on its line, and may see it by unit, service and confidentiality.
    #[must_use]
    pub fn can_work_on(&self, employee: EmployeeId, request: &Request) -> bool {
        let operator = Actor::employee(self.actor.tenant, employee, self.actor.channel);
        let policy = Policy::new(self.world, &operator, self.now);
        let free = Request { assignee: None, ..request.clone() };
        policy.allows(Action::Claim, &free) && policy.allows(Action::See, &free)
    }

    fn env(&self) -> WorldAt<'_> {
        WorldAt { world: self.world, now: self.now }
    }

    fn role_reach(&self, code: &str, action: Action) -> Option<Reach> {
        self.world.catalog.role(code).and_then(|role: &Role| role.reach(action))
    }

    fn places(&self) -> impl Iterator<Item = &LineCode> {
        let employee = EmployeeId(self.party().id);
        let is_employee = self.party().kind == PartyKind::Employee;
        self.world.directory.places(employee).filter(move |_| is_employee).map(|place| &place.line)
    }

    fn involved(&self, roles: &[Involved]) -> Expr {
        let party = self.party();
        let kind = Value::Code(party.kind.code().into());
        let identities = self.world.directory.identities(party);
        let ids = identities.iter().map(|identity| Value::Id(identity.id)).collect();
        let of_party = vec![
            Expr::In(FieldRef::new(involvement_column::party, "party"), ids),
            equals(FieldRef::new(involvement_column::party_kind, "party_kind"), kind),
            Expr::In(
                FieldRef::new(involvement_column::role, "role"),
                roles.iter().map(|role| Value::Code(role.code().into())).collect(),
            ),
        ];
        Expr::Exists("involvement", Box::new(Expr::All(of_party)))
    }

    /// One branch for the lines of each level of confidentiality.
    fn on_own_lines(&self) -> Vec<Vec<Expr>> {
        let mut lines: BTreeMap<u8, Vec<LineCode>> = BTreeMap::new();
        for code in self.places() {
            let confidentiality = self.world.catalog.line(code).map_or(0, |line| line.confidentiality);
            lines.entry(confidentiality).or_default().push(code.clone());
        }
        let scopes = lines.into_iter().map(|(confidentiality, lines)| {
            scope(&Scope { lines: Only::These(lines), confidentiality, ..Scope::default() })
        });
        scopes.collect()
    }

    fn within(&self, reach: Reach, mut parts: Vec<Expr>) -> Expr {
        if reach == Reach::NotOthers {
            let assignee = || FieldRef::new(column::assignee, "assignee");
            let nobody = Expr::Not(Box::new(Expr::Has(assignee())));
            parts.push(Expr::Any(vec![nobody, equals(assignee(), Value::Id(self.party().id))]));
        }
        Expr::All(parts)
    }
}

fn equals(field: FieldRef, value: Value) -> Expr {
    Expr::Compare(field, Comparison::Eq, value)
}

fn scope(scope: &Scope) -> Vec<Expr> {
    fn codes<'a>(slot: Slot, name: &'static str, codes: impl Iterator<Item = &'a str>) -> Expr {
        Expr::In(FieldRef::new(slot, name), codes.map(|code| Value::Code(code.into())).collect())
    }
    let confidentiality = FieldRef::new(column::confidentiality, "confidentiality");
    let level = Value::Int(scope.confidentiality.into());
    // Said as what it takes away: a level leads to no rows, so no index is expected to serve it.
    let above = Expr::Compare(confidentiality, Comparison::Gt, level);
    let mut parts = vec![Expr::Not(Box::new(above))];
    if let Only::These(lines) = &scope.lines {
        parts.push(codes(column::line, "line", lines.iter().map(LineCode::as_str)));
    }
    if let Only::These(services) = &scope.services {
        parts.push(codes(column::service, "service", services.iter().map(ServiceCode::as_str)));
    }
    if let Only::These(units) = &scope.units {
        let unit = FieldRef::new(column::unit, "unit");
        let under = units.iter().map(|id| Expr::Under(unit.clone(), "unit", Value::Id(Uuid::from(*id))));
        parts.push(Expr::Any(under.collect()));
    }
    parts
}
