// What the examples of the guide begin with: Anna looks after the center, Boris asks, Clara works on the line.

use okno::{
    Actor, Channel, Desk, Employee, EmployeeId, Founding, Member, Person, RequestId, Submit, TenantId, Text,
};

struct Center {
    desk: Desk,
    anna: Actor,
    boris: Actor,
    clara: Actor,
}

async fn center() -> Result<Center, Box<dyn std::error::Error>> {
    let desk = Desk::new(std::sync::Arc::new(okno_storage_memory::MemoryStore::new()));
    let person = |name| Ok::<_, okno::base::TextError>(Person { name: Text::new(name)?, addresses: Vec::new() });
    let catalog = serde_json::from_str(
        r#"{
            "services": [{"code": "it/repair", "name": "Repair", "prefix": "IT", "line": "it", "close_after": "120h"}],
            "lines": [{"code": "it", "name": "IT support"}],
            "administrators": "it",
            "notifications": [{"on": "resolved", "to": "requester"}]
        }"#,
    )?;
    let tenant: TenantId = "018f0000-0000-7000-8000-000000000001".parse()?;
    let founding =
        Founding { tenant, name: Text::new("North Holding")?, catalog, administrator: person("Anna Petrova")? };
    desk.found(&founding).await?;
    let boris: EmployeeId = "018f0000-0000-7000-8000-000000000002".parse()?;
    let clara: EmployeeId = "018f0000-0000-7000-8000-000000000003".parse()?;
    let anna = Actor::employee(tenant, founding.administrator_id(), Channel::Workplace);
    let people = desk.acting(anna).people();
    for (id, name) in [(boris, "Boris Orlov"), (clara, "Clara Weiss")] {
        let (person, position, unit) = (person(name)?, Text::default(), founding.unit());
        let languages = vec!["en".to_owned()];
        let employee = Employee { id, person, position, unit, manager: None, languages, active: true };
        people.save_employee(employee).await?;
    }
    people.save_member(Member { line: "it".parse()?, employee: clara, tier: 1, active: true }).await?;
    let boris = Actor::employee(tenant, boris, Channel::Portal);
    let clara = Actor::employee(tenant, clara, Channel::Workplace);
    Ok(Center { desk, anna, boris, clara })
}
