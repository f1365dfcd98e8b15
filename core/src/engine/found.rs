use std::sync::Arc;

use serde::Serialize;

use super::desk::Desk;
use super::error::DeskError;
use crate::base::{CommandId, TenantId, Text, derived_id};
use crate::config::catalog::{Catalog, RoleCode};
use crate::life::definitions::{self, Published};
use crate::life::directory::{
    DirectoryEvent, Employee, EmployeeId, Grant, GrantId, Person, Scope, Tenant, Unit, UnitId, UnitKind,
    check_name,
};
use crate::life::{Decision, Refusal};
use crate::store::{Digest, NewEvent, Put, Receipt, Remembered, StoreError, Stored, Version};

/// Everything that a new tenant begins with.
#[derive(Debug, Clone, Serialize)]
pub struct Founding {
    /// The tenant's id.
    pub tenant: TenantId,
    /// Its name, which its first unit has as well.
    pub name: Text,
    /// The catalog.
    pub catalog: Catalog,
    /// The first administrator, who lets everybody else in.
    pub administrator: Person,
}

impl Founding {
    /// The id of the first unit.
    #[must_use]
    pub fn unit(&self) -> UnitId {
        UnitId(derived_id(self.tenant.0, "first unit"))
    }

    /// The id of the first administrator.
    #[must_use]
    pub fn administrator_id(&self) -> EmployeeId {
        EmployeeId(derived_id(self.tenant.0, "first administrator"))
    }

    fn records(&self) -> (Tenant, Unit, Employee, Grant) {
        let administrator = Employee::new(self.administrator_id(), self.administrator.clone(), self.unit());
        let grant = Grant {
            id: GrantId(derived_id(self.tenant.0, "first grant")),
            holder: administrator.id.into(),
            role: RoleCode::administrator(),
            scope: Scope { confidentiality: u8::MAX, ..Scope::default() },
            active: true,
        };
        let unit =
            Unit { id: self.unit(), kind: UnitKind::LegalEntity, name: self.name.clone(), parent: None };
        (Tenant { id: self.tenant, name: self.name.clone() }, unit, administrator, grant)
    }
}

impl Desk {
    /// Founds a tenant. Who may do that is the host's business: this is the one call without an actor.
    ///
    /// Founding the same tenant again gives the first answer; another one with the same id is refused.
    ///
    /// # Errors
    /// The problems of the catalog, a bad name, or that there is such a tenant already.
    pub async fn found(&self, founding: &Founding) -> Result<Receipt, DeskError> {
        check_name("name", &founding.name)?;
        check_name("administrator.name", &founding.administrator.name)?;
        let catalog = founding.catalog.clone().check()?;
        let role = RoleCode::administrator();
        if catalog.role(role.as_str()).is_none() {
            let reason = format!("there is no role `{role}` for the first administrator");
            return Err(Refusal::invalid("catalog.roles", reason).into());
        }
        let id = CommandId(derived_id(founding.tenant.0, "founding"));
        let digest = Digest::of(&serde_json::to_vec(founding)?);
        let mut batch = Decision { digest, ..self.plain_batch(founding.tenant, self.now(), id, None) };
        let (tenant, unit, administrator, grant) = founding.records();
        save(&mut batch, tenant.clone(), DirectoryEvent::TenantFounded(tenant));
        definitions::put(&mut batch, Published::first(founding.tenant, &catalog));
        save(&mut batch, unit.clone(), DirectoryEvent::UnitSaved(unit));
        save(&mut batch, administrator.clone(), DirectoryEvent::EmployeeSaved(administrator));
        save(&mut batch, grant.clone(), DirectoryEvent::GrantSaved(grant));
        batch.answer.subject = founding.tenant.0;
        batch.answer.version = Version::ABSENT.next();
        match self.store.commit(batch).await {
            Err(StoreError::Repeated { first }) if first.digest == digest => Ok(first.receipt),
            Err(StoreError::Repeated { first }) => Err(exists(*first).into()),
            other => Ok(other?),
        }
    }
}

fn save<T: Stored>(batch: &mut Decision, record: T, event: DirectoryEvent) {
    let subject = record.kind().key(record.id());
    batch.puts.push(Put { record: Arc::new(record), expected: Version::ABSENT });
    batch.events.push(NewEvent { subject, fact: Arc::new(event) });
}

fn exists(first: Remembered) -> Refusal {
    let tenant = TenantId(first.receipt.subject);
    Refusal::rule("tenant_exists", format!("there is a tenant `{tenant}` already"))
}
