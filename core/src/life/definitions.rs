//! Definitions in force: the catalog that a tenant published last.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::decision::{Context, Decision, Halt, Reader};
use super::rebase;
use super::refusal::Refusal;
use crate::base::limits::{AGREEMENT_REVISIONS_MAX, CALENDAR_VERSIONS_MAX, CALENDARS_MAX};
use crate::base::{TenantId, Timestamp, derived_id};
use crate::condition::ValueRef;
use crate::config::agreement::{Agreement, CalendarCode};
use crate::config::calendar::{CalendarDefinition, zone_data_version};
use crate::config::catalog::{Action, Catalog, CheckedCatalog, FieldDefinition};
use crate::life::clock::{RebaseMode, RebaseOf, RebasePlan};
use crate::store::{Fact, Key, Mark, NewEvent, Put, Version};

/// The catalog of a tenant that is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// The record's id, which follows from the tenant.
    pub id: Uuid,
    /// The number of this version, from 1.
    pub number: u64,
    /// The catalog.
    pub catalog: Catalog,
    /// Earlier revisions of its agreements, and agreements that ended, for the work that was born with them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<Agreement>,
    /// The calendars that do not rule as they are written: their past was edited, and what was counted stays counted.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub ruling: BTreeMap<CalendarCode, CalendarDefinition>,
    /// The release of the zone rules by which deadlines are computed, from the first agreement on. Nodes with an older one
    /// compute none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone_data: Option<String>,
}

impl Published {
    /// What a tenant is founded with.
    #[must_use]
    pub(crate) fn first(tenant: TenantId, catalog: &CheckedCatalog) -> Self {
        let mut catalog = catalog.definition().clone();
        catalog.agreements.iter_mut().for_each(|agreement| agreement.revision = 0);
        let zone_data = noted_zone_data(None, &catalog, &[]);
        let (former, ruling) = (Vec::new(), BTreeMap::new());
        Self { id: Self::key(tenant).id, number: 1, catalog, former, ruling, zone_data }
    }

    /// The catalog as it rules.
    #[must_use]
    pub fn compile(&self) -> CheckedCatalog {
        self.catalog.clone().compile(&self.former, &self.ruling)
    }

    /// The catalog as it would rule if the past of some calendars were as they are written.
    pub(crate) fn as_written(&self, calendars: &[CalendarCode]) -> Self {
        let mut written = self.clone();
        written.ruling.retain(|code, _| !calendars.contains(code));
        written
    }

    /// How a calendar rules.
    fn rules(&self, code: &CalendarCode) -> Option<&CalendarDefinition> {
        self.ruling.get(code).or_else(|| self.catalog.calendars.get(code))
    }

    /// The key of a tenant's catalog.
    #[must_use]
    pub fn key(tenant: TenantId) -> Key {
        CATALOG.key(derived_id(tenant.0, "catalog"))
    }
}

/// A catalog came into force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename = "catalog_published")]
pub struct CatalogPublished {
    /// The number of the version.
    pub number: u64,
    /// The catalog.
    pub catalog: Catalog,
}

impl Fact for CatalogPublished {
    fn name(&self) -> &'static str {
        "catalog_published"
    }

    fn encode(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}

crate::record_kind! {
    /// Catalogs in force.
    pub static CATALOG: Published {
        name: "catalog",
        schema: 1,
        mark: Some(Mark::Blueprint),
        growing: false,
        id: |published| published.id,
        facts: |body: &str, _: Option<&str>| serde_json::from_str::<CatalogPublished>(body),
        relations: &[],
        columns catalog_column {
            number: Int => |published| ValueRef::Int(i64::try_from(published.number).unwrap_or(i64::MAX)),
        }
        indexes {}
    }
}

/// Decides to put a catalog into force.
pub(crate) fn publish(
    reader: Reader<'_>,
    catalog: &CheckedCatalog,
    context: &mut Context<'_>,
) -> Result<Decision, Halt> {
    context.policy().require_role(Action::ManageDefinitions)?;
    check_kept(context.world.catalog.definition(), catalog)?;
    let key = Published::key(context.actor.tenant);
    let found = reader.find::<Published>(key)?;
    let (before, expected) =
        found.map_or((None, Default::default()), |(found, version)| (Some(found), version));
    context.unchanged(expected)?;
    let mut catalog = catalog.definition().clone();
    let former = revise(before.as_deref(), &mut catalog)?;
    let (ruling, edited) = rule(before.as_deref(), &catalog, context.now)?;
    let zone_data = noted_zone_data(before.as_deref(), &catalog, &former);
    let number = before.map_or(1, |before| before.number + 1);
    let mut decision = context.begin();
    put(&mut decision, Published { id: key.id, number, catalog, former, ruling, zone_data });
    if let Some(put) = decision.puts.last_mut() {
        put.expected = expected;
    }
    decision.answer.version = expected.next();
    if !edited.is_empty() {
        // What is stored of deadlines follows the calendars.
        let of = RebaseOf::Calendars { calendars: edited };
        rebase::put(&mut decision, RebasePlan { of, mode: RebaseMode::KeepOld }, context);
    }
    Ok(decision)
}

/// Decides that running work is held against what changed.
pub(crate) fn rebase(
    reader: Reader<'_>,
    plan: &RebasePlan,
    context: &mut Context<'_>,
) -> Result<Decision, Halt> {
    context.policy().require_role(Action::ManageDefinitions)?;
    check_plan(plan, &context.world.catalog)?;
    let key = Published::key(context.actor.tenant);
    let unknown = || Refusal::UnknownTenant { tenant: context.actor.tenant };
    let (published, expected) = reader.find::<Published>(key)?.ok_or_else(unknown)?;
    let mut decision = context.begin();
    let adopted = published.adopting(plan);
    if adopted != *published {
        let fact = CatalogPublished { number: adopted.number, catalog: adopted.catalog.clone() };
        decision.events.push(NewEvent { subject: key, fact: Arc::new(fact) });
        decision.puts.push(Put { record: Arc::new(adopted), expected });
    }
    decision.answer.subject = rebase::put(&mut decision, plan.clone(), context).0;
    decision.answer.version = Version::ABSENT.next();
    Ok(decision)
}

/// Refuses a plan about what there is not.
pub(crate) fn check_plan(plan: &RebasePlan, catalog: &CheckedCatalog) -> Result<(), Refusal> {
    match &plan.of {
        RebaseOf::Agreement { agreement } => {
            let known = catalog.agreements().any(|of| of.agreement.code == *agreement);
            if known { Ok(()) } else { Err(Refusal::not_found("agreement", agreement)) }
        }
        RebaseOf::Calendars { calendars } if calendars.is_empty() || calendars.len() > CALENDARS_MAX => {
            let reason = format!("{} calendars are named; 1 to {CALENDARS_MAX} are taken", calendars.len());
            Err(Refusal::invalid("calendars", reason))
        }
        RebaseOf::Calendars { calendars } => {
            let unknown = calendars.iter().find(|code| catalog.calendar(code).is_none());
            unknown.map_or(Ok(()), |code| Err(Refusal::not_found("calendar", code)))
        }
        RebaseOf::ZoneData => Ok(()),
    }
}

impl Published {
    /// What rules once a rebase begins.
    pub(crate) fn adopting(&self, plan: &RebasePlan) -> Self {
        match (&plan.of, plan.mode) {
            (RebaseOf::Calendars { calendars }, RebaseMode::RebaseFromChange | RebaseMode::ReplayAll) => {
                self.as_written(calendars)
            }
            (RebaseOf::ZoneData, _) => {
                Self { zone_data: Some(zone_data_version().to_owned()), ..self.clone() }
            }
            (RebaseOf::Calendars { .. }, RebaseMode::KeepOld) | (RebaseOf::Agreement { .. }, _) => {
                self.clone()
            }
        }
    }
}

/// Writes a catalog into a decision.
pub(crate) fn put(decision: &mut Decision, published: Published) {
    let fact = CatalogPublished { number: published.number, catalog: published.catalog.clone() };
    decision.events.push(NewEvent { subject: CATALOG.key(published.id), fact: Arc::new(fact) });
    decision.answer.subject = published.id;
    decision.puts.push(Put { record: Arc::new(published), expected: Default::default() });
}

/// Counts the revisions of agreements, and gives those that are not in force any more.
fn revise(before: Option<&Published>, catalog: &mut Catalog) -> Result<Vec<Agreement>, Refusal> {
    let (current, former) =
        before.map_or((&[][..], &[][..]), |before| (&before.catalog.agreements, &before.former));
    let known = || current.iter().chain(former);
    for agreement in &mut catalog.agreements {
        let current = current.iter().find(|current| current.code == agreement.code);
        agreement.revision = current.map_or(0, |current| current.revision);
        if current.is_none_or(|current| current != agreement) {
            let of_code = known().filter(|known| known.code == agreement.code);
            agreement.revision = of_code.map(|known| known.revision + 1).max().unwrap_or(0);
        }
    }
    let in_force = |known: &&Agreement| !catalog.agreements.contains(known);
    let former: Vec<Agreement> = known().filter(in_force).cloned().collect();
    if former.len() > AGREEMENT_REVISIONS_MAX {
        let reason = format!("at most {AGREEMENT_REVISIONS_MAX} earlier revisions of agreements are kept");
        return Err(Refusal::rule("too_many_revisions", reason));
    }
    Ok(former)
}

/// How calendars rule that do not do so as they are written, and which were edited. An edited calendar rules from the
/// date of the edit on: what was counted by then stays counted, and each of its days counts whole.
fn rule(
    before: Option<&Published>,
    catalog: &Catalog,
    now: Timestamp,
) -> Result<(BTreeMap<CalendarCode, CalendarDefinition>, Vec<CalendarCode>), Refusal> {
    let (mut ruling, mut edited) = (BTreeMap::new(), Vec::new());
    for (code, written) in &catalog.calendars {
        let known =
            before.and_then(|before| Some((before.catalog.calendars.get(code)?, before.rules(code)?)));
        let Some((known, rules)) = known else { continue };
        if known == written {
            ruling.extend(before.and_then(|before| before.ruling.get_key_value(code)).map(cloned));
            continue;
        }
        if known.time_zone != written.time_zone {
            let reason =
                format!("the calendar `{code}` keeps its zone; hours elsewhere are another calendar");
            return Err(Refusal::rule("zone_changed", reason));
        }
        edited.push(code.clone());
        let today = written.date_at(now).unwrap_or_default();
        if let Some(kept) = written.with_past_of(rules, &today) {
            if kept.versions.len() > CALENDAR_VERSIONS_MAX {
                let reason = format!(
                    "the calendar `{code}` would have more than {CALENDAR_VERSIONS_MAX} versions with its past; \
                     a rebase lets it rule as it is written"
                );
                return Err(Refusal::rule("too_many_versions", reason));
            }
            ruling.insert(code.clone(), kept);
        }
    }
    Ok((ruling, edited))
}

fn cloned<K: Clone, V: Clone>((key, value): (&K, &V)) -> (K, V) {
    (key.clone(), value.clone())
}

/// The release of the zone rules to note: the present one before the first agreement, afterwards the one that was noted.
fn noted_zone_data(before: Option<&Published>, catalog: &Catalog, former: &[Agreement]) -> Option<String> {
    let noted = before.and_then(|before| before.zone_data.clone());
    let promises = !catalog.agreements.is_empty() || !former.is_empty();
    noted.or_else(|| promises.then(|| zone_data_version().to_owned()))
}

/// Requests, grants, members and clocks keep naming lines, services, roles, fields and calendars, so none of these disappears.
fn check_kept(before: &Catalog, after: &CheckedCatalog) -> Result<(), Refusal> {
    let line = before.lines.iter().find(|line| after.line(&line.code).is_none());
    let service = before.services.iter().find(|service| after.service(&service.code).is_none());
    let role = before.roles.iter().find(|role| after.role(role.code.as_str()).is_none());
    let field = before.fields.iter().find(|field| after.field(field.code.as_str()).is_none());
    let calendar = before.calendars.keys().find(|code| after.calendar(code).is_none());
    let gone = line
        .map(|line| format!("line `{}`", line.code))
        .or_else(|| service.map(|service| format!("service `{}`", service.code)))
        .or_else(|| role.map(|role| format!("role `{}`", role.code)))
        .or_else(|| field.map(|field| format!("field `{}`", field.code)))
        .or_else(|| calendar.map(|calendar| format!("calendar `{calendar}`")));
    match gone {
        Some(gone) => Err(Refusal::rule("code_removed", format!("the {gone} is no longer in the catalog"))),
        None => check_fields_kept(before, after),
    }
}

/// The values that requests have stay what they are: typed, searchable or not, erasable or not.
fn check_fields_kept(before: &Catalog, after: &CheckedCatalog) -> Result<(), Refusal> {
    for field in &before.fields {
        let same = |now: &&FieldDefinition| {
            (now.kind, now.indexed, now.personal) == (field.kind, field.indexed, field.personal)
        };
        after.field(field.code.as_str()).filter(same).ok_or_else(|| {
            let reason = format!("the field `{}` changed what it is for ever", field.code);
            Refusal::rule("field_changed", reason)
        })?;
    }
    Ok(())
}
