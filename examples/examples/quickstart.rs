//! The first program to read: three services, one request from submission to close, and its story.

#![expect(clippy::print_stdout, reason = "an example prints what it finds")]

use std::error::Error;
use std::sync::Arc;

use okno::life::request::{Language, Narrator};
use okno::{
    Actor, Catalog, Channel, Desk, Employee, EmployeeId, Founding, Member, Person, RequestId, Submit,
    TenantId, Text, kinds,
};
use okno_storage_sqlx::SqliteStore;
use uuid::Uuid;

const CATALOG: &str = r#"{
    "services": [
        {"code": "IT-01", "name": "Incident report", "kind": "incident", "prefix": "IT", "line": "it"},
        {"code": "HR-01", "name": "Certificate of employment", "prefix": "HR", "line": "hr"},
        {"code": "ACC-01", "name": "Payment to a supplier", "prefix": "ACC", "line": "accounts"}
    ],
    "lines": [{"code": "front", "name": "Front office"}, {"code": "it", "name": "IT"},
              {"code": "hr", "name": "HR"}, {"code": "accounts", "name": "Accounts"}],
    "administrators": "it"
}"#;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let store = SqliteStore::open(folder.path().join("desk.db"), kinds()).await?;
    let desk = Desk::new(Arc::new(store));

    let founding = Founding {
        tenant: TenantId(Uuid::from_u128(1)),
        name: Text::new("North Holding")?,
        catalog: serde_json::from_str::<Catalog>(CATALOG)?,
        administrator: Person::named("Anna Petrova")?,
    };
    desk.found(&founding).await?;
    let (tenant, unit) = (founding.tenant, founding.unit());
    let administrator = Actor::employee(tenant, founding.administrator_id(), Channel::Workplace);
    let people = desk.acting(administrator).people();
    let (boris, clara) = (EmployeeId(Uuid::from_u128(2)), EmployeeId(Uuid::from_u128(3)));
    people.save_employee(Employee::new(boris, Person::named("Boris Orlov")?, unit)).await?;
    people.save_employee(Employee::new(clara, Person::named("Clara Weiss")?, unit)).await?;
    people.save_member(Member::new("it".parse()?, clara)).await?;
    people.save_member(Member::new("front".parse()?, clara)).await?;

    let requester = desk.acting(Actor::employee(tenant, boris, Channel::Portal)).requests();
    let operator = desk.acting(Actor::employee(tenant, clara, Channel::Workplace)).requests();
    let mut submit = Submit::new("IT-01".parse()?, Text::new("The printer on floor 3 prints nothing")?);
    (submit.text, submit.impact, submit.urgency) = ("It blinks red.".into(), Some(2), Some(1));
    let request = RequestId(requester.submit(submit).await?.subject);
    operator.hand_over(request, "front".parse()?).await?;
    operator.claim(request).await?;
    operator.start(request).await?;
    operator.answer(request, "The toner is empty; a new one is on its way.").await?;
    operator.resolve(request, "replaced", "The toner was replaced.").await?;
    requester.confirm(request).await?;

    let world = desk.world(tenant).await?;
    let narrator = Narrator::new(&world.directory, Language::English);
    for event in operator.timeline(request).await? {
        println!("{}", narrator.line(&event));
    }
    Ok(())
}
