use std::error::Error;
use std::sync::Arc;

use okno::base::{ManualClock, SeededIds, derived_id};
use okno::config::catalog::{Catalog, FieldDefinition, FieldKind, ServiceCode};
use okno::engine::{Acting, Requests};
use okno::life::directory::{Contact, ContactId, Grant, GrantId, Scope};
use okno::store::Store;
use okno::{Actor, Channel, Desk, Employee, EmployeeId, Founding, Member, Person, TenantId, Text, Timestamp};
use uuid::Uuid;

use super::promise::{self, TARGET, TYPE};
use super::rules::Rules;

/// The service center of the city, and its clock.
#[derive(Debug)]
pub struct Center {
    /// The desk.
    pub desk: Desk,
    /// The tenant.
    pub tenant: TenantId,
    clock: Arc<ManualClock>,
}

impl Center {
    /// Founds the center: one service with one line, where one clerk takes up what the residents report.
    ///
    /// # Errors
    /// What the desk refuses or the store reports.
    pub async fn found(store: Arc<dyn Store>, rules: &Rules, at: Timestamp) -> Result<Self, Box<dyn Error>> {
        let clock = Arc::new(ManualClock::new(at));
        let desk = Desk::new(store).with_clock(clock.clone()).with_ids(Arc::new(SeededIds::new(311)));
        let founding = Founding {
            tenant: TenantId(Uuid::from_u128(311)),
            name: Text::new("Boston 311")?,
            catalog: catalog(rules)?,
            administrator: Person::named("Administrator")?,
        };
        desk.found(&founding).await?;
        let center = Self { desk, tenant: founding.tenant, clock };
        let people = center.acting(founding.administrator_id(), Channel::Workplace).people();
        let residents = Contact::new(resident(), Person::named("Residents")?);
        people.save_contact(Contact { unit: Some(founding.unit()), ..residents }).await?;
        people.save_employee(Employee::new(clerk(), Person::named("Clerk")?, founding.unit())).await?;
        people.save_member(Member::new(LINE.parse()?, clerk())).await?;
        let grant = Grant {
            id: GrantId(derived_id(clerk().0, "everything")),
            holder: clerk().into(),
            role: "operator".parse()?,
            scope: Scope::default(),
            active: true,
        };
        people.save_grant(grant).await?;
        Ok(center)
    }

    /// Puts the clock of the center.
    pub fn set_clock(&self, at: Timestamp) {
        self.clock.set(at);
    }

    /// The requests as the clerk works on them.
    #[must_use]
    pub fn requests(&self, channel: Channel) -> Requests {
        self.acting(clerk(), channel).requests()
    }

    fn acting(&self, who: EmployeeId, channel: Channel) -> Acting {
        self.desk.acting(Actor::employee(self.tenant, who, channel))
    }
}

/// The service that every request asks for.
pub(super) fn service() -> Result<ServiceCode, Box<dyn Error>> {
    Ok(SERVICE.parse()?)
}

/// Whoever reports: the log names nobody.
pub(super) fn resident() -> ContactId {
    ContactId(derived_id(Uuid::nil(), "residents"))
}

fn clerk() -> EmployeeId {
    EmployeeId(derived_id(Uuid::nil(), "clerk"))
}

fn catalog(rules: &Rules) -> Result<Catalog, Box<dyn Error>> {
    let mut catalog: Catalog = serde_json::from_value(serde_json::json!({
        "services": [{"code": SERVICE, "name": "City service", "prefix": "BOS", "line": LINE}],
        "lines": [{"code": LINE, "name": "311"}],
        "administrators": LINE,
    }))?;
    catalog.fields =
        vec![field(TYPE, "Type", FieldKind::Text)?, field(TARGET, "Target", FieldKind::Instant)?];
    catalog.calendars = promise::calendars()?.into();
    catalog.agreements = vec![promise::agreement(rules)?];
    Ok(catalog)
}

fn field(code: &str, name: &str, kind: FieldKind) -> Result<FieldDefinition, Box<dyn Error>> {
    Ok(FieldDefinition {
        code: code.parse()?,
        name: name.to_owned(),
        kind,
        indexed: false,
        personal: false,
        public: true,
        options: Vec::new(),
    })
}

const SERVICE: &str = "city-service";
const LINE: &str = "311";
