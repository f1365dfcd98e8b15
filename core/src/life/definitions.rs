//! Definitions in force: the catalog that a tenant published last.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::decision::{Context, Decision, Halt, Reader};
use super::refusal::Refusal;
use crate::base::limits::AGREEMENT_REVISIONS_MAX;
use crate::base::{TenantId, derived_id};
use crate::condition::ValueRef;
use crate::config::agreement::Agreement;
use crate::config::catalog::{Action, Catalog, CheckedCatalog, FieldDefinition};
use crate::store::{Fact, Key, Mark, NewEvent, Put};

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
}

impl Published {
    /// What a tenant is founded with.
    #[must_use]
    pub(crate) fn first(tenant: TenantId, catalog: &CheckedCatalog) -> Self {
        let mut catalog = catalog.definition().clone();
        catalog.agreements.iter_mut().for_each(|agreement| agreement.revision = 0);
        Self { id: Self::key(tenant).id, number: 1, catalog, former: Vec::new() }
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
    context: &Context<'_>,
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
    let number = before.map_or(1, |before| before.number + 1);
    let mut decision = context.begin();
    put(&mut decision, Published { id: key.id, number, catalog, former });
    if let Some(put) = decision.puts.last_mut() {
        put.expected = expected;
    }
    decision.answer.version = expected.next();
    Ok(decision)
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
