use std::collections::BTreeMap;

use uuid::Uuid;

use super::actor::Actor;
use crate::base::{Party, PartyKind, Timestamp};
use crate::condition::{Comparison, Expr, FieldRef, Filter, Slot, Value};
use crate::config::catalog::{Action, LineCode, Reach, Role, ServiceCode};
use crate::life::directory::{Chain, EmployeeId, Grant, Only, Scope, UnitId};
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

/// By what a role is held for some requests.
#[derive(Debug, Clone, Copy)]
enum Ground<'a> {
    /// By being the engine.
    Engine,
    /// By an involvement in one of these roles.
    Involved(&'static [Involved]),
    /// By a place on the line.
    Line(&'a LineCode),
    /// By a grant for a part of the requests.
    Grant(&'a Scope),
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
        // One branch for the lines of each level of confidentiality.
        let mut levels: BTreeMap<u8, (Reach, Vec<LineCode>)> = BTreeMap::new();
        for (reach, ground) in self.grounds(action) {
            match ground {
                Ground::Engine => branches.push(Expr::All(Vec::new())),
                Ground::Involved(roles) => branches.push(self.within(reach, vec![self.involved(roles)])),
                Ground::Line(line) => {
                    let (_, lines) = levels.entry(self.level_of(line)).or_insert((reach, Vec::new()));
                    lines.push(line.clone());
                }
                Ground::Grant(granted) => branches.push(self.within(reach, scope(granted))),
            }
        }
        branches.extend(levels.into_iter().map(|(confidentiality, (reach, lines))| {
            let lines = Scope { lines: Only::These(lines), confidentiality, ..Scope::default() };
            self.within(reach, scope(&lines))
        }));
        Expr::Any(branches)
    }

    /// Everything by which the principal, or the actor without one, may do something: the one list behind queries and
    /// answers about one request.
    fn grounds(&self, action: Action) -> impl Iterator<Item = (Reach, Ground<'a>)> {
        let Self { world, actor, .. } = *self;
        let party = actor.on_behalf_of();
        let acts = world.directory.is_active(party) && !self.is_for_the_engine(action);
        let reach = move |code: &str| acts.then(|| role_reach(world, code, action)).flatten();
        let engine = (party.kind == PartyKind::System).then(|| reach("system")).flatten();
        let involved = Involved::GIVING.into_iter();
        let lines = reach("operator").into_iter();
        let granted = world.directory.grants(party);
        let engine = engine.into_iter().map(|_| (Reach::All, Ground::Engine));
        let involved =
            involved.filter_map(move |(code, roles)| Some((reach(code)?, Ground::Involved(roles))));
        let lines =
            lines.flat_map(move |reach| places(world, party).map(move |line| (reach, Ground::Line(line))));
        let granted =
            granted.filter_map(move |grant| Some((reach(grant.role.as_str())?, Ground::Grant(&grant.scope))));
        engine.chain(involved).chain(lines).chain(granted)
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

    /// Whether the actor may do something to a request: what [`Policy::reach`] says of it, without making an expression.
    #[must_use]
    pub fn allows(&self, action: Action, request: &Request) -> bool {
        self.allows_held(action, request, request.assignee)
    }

    /// Whether the actor could do something to a request if somebody, or nobody, had it.
    fn allows_held(&self, action: Action, request: &Request, holder: Option<EmployeeId>) -> bool {
        let by = |(reach, ground): (Reach, Ground<'_>)| {
            let reaches = match reach {
                Reach::All => true,
                Reach::NotOthers => holder.is_none_or(|holder| holder.0 == self.party().id),
            };
            reaches && self.covers(&ground, request)
        };
        let delegated = |chain: &Chain| chain.iter().all(|link| self.is_within(&link.scope, request));
        self.grounds(action).any(by)
            && (self.actor.principal.is_none() || self.chains(action).iter().any(delegated))
    }

    fn covers(&self, ground: &Ground<'_>, request: &Request) -> bool {
        match ground {
            Ground::Engine => true,
            Ground::Involved(roles) => {
                let stands_for = |party| self.world.directory.standing_for(party);
                let me = stands_for(self.party());
                request.involved().any(|(party, role)| roles.contains(&role) && stands_for(party) == me)
            }
            Ground::Line(line) => **line == request.line && request.confidentiality <= self.level_of(line),
            Ground::Grant(scope) => self.is_within(scope, request),
        }
    }

    fn is_within(&self, scope: &Scope, request: &Request) -> bool {
        let directory = &self.world.directory;
        let under = |units: &[UnitId]| {
            let mut lineage = request.unit.into_iter().flat_map(|unit| directory.lineage(unit));
            lineage.any(|unit| units.contains(&unit))
        };
        request.confidentiality <= scope.confidentiality
            && scope.lines.has(&request.line)
            && scope.services.has(&request.service)
            && match &scope.units {
                Only::All => true,
                Only::These(units) => under(units),
            }
    }

    /// Whether the actor works on a line, or may see its requests by a grant.
    #[must_use]
    pub(crate) fn works_on(&self, line: &LineCode) -> bool {
        let by_grant = |grant: &Grant| {
            grant.scope.lines.has(line) && self.role_reach(grant.role.as_str(), Action::See).is_some()
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
        policy.allows_held(Action::Claim, request, None) && policy.allows_held(Action::See, request, None)
    }

    fn env(&self) -> WorldAt<'_> {
        WorldAt { world: self.world, now: self.now }
    }

    fn role_reach(&self, code: &str, action: Action) -> Option<Reach> {
        role_reach(self.world, code, action)
    }

    fn places(&self) -> impl Iterator<Item = &LineCode> {
        places(self.world, self.party())
    }

    /// Up to which confidentiality those who work on a line see its requests.
    fn level_of(&self, line: &LineCode) -> u8 {
        self.world.catalog.line(line).map_or(0, |line| line.confidentiality)
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

    fn within(&self, reach: Reach, mut parts: Vec<Expr>) -> Expr {
        if reach == Reach::NotOthers {
            let assignee = || FieldRef::new(column::assignee, "assignee");
            let nobody = Expr::Not(Box::new(Expr::Has(assignee())));
            parts.push(Expr::Any(vec![nobody, equals(assignee(), Value::Id(self.party().id))]));
        }
        Expr::All(parts)
    }
}

fn role_reach(world: &World, code: &str, action: Action) -> Option<Reach> {
    world.catalog.role(code).and_then(|role: &Role| role.reach(action))
}

fn places(world: &World, party: Party) -> impl Iterator<Item = &LineCode> {
    let places = world.directory.places(EmployeeId(party.id));
    places.filter(move |_| party.kind == PartyKind::Employee).map(|place| &place.line)
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
