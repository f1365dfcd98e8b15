use super::*;

fn code<T>(text: &str) -> T
where
    T: std::str::FromStr<Err = crate::base::CodeError>,
{
    text.parse().expect("a code")
}

fn catalog() -> Catalog {
    let json = r#"{
        "services": [{"code": "IT-01", "name": "Mail", "prefix": "IT", "line": "it"}],
        "categories": [{"code": "hw", "name": "Hardware"}, {"code": "disk", "name": "Disk", "parent": "hw"}],
        "lines": [{"code": "it", "name": "IT"}],
        "administrators": "it"
    }"#;
    serde_json::from_str(json).expect("a catalog")
}

#[test]
fn a_good_catalog_finds_its_parts() {
    let checked = catalog().check().expect("no problem");
    assert_eq!(checked.service(&code("IT-01")).expect("known").prefix, "IT");
    assert_eq!(checked.lineage("disk").collect::<Vec<_>>(), ["disk", "hw"]);
    assert_eq!(checked.definition().priorities.priority(Some(1), Some(3)).0, 3);
    assert_eq!(checked.definition().priorities.priority(None, Some(3)), (4, PriorityReason::Unknown));
}

#[test]
fn every_problem_of_a_catalog_is_reported_at_once() {
    let mut bad = catalog();
    bad.services[0].line = code("ti");
    bad.services[0].prefix = "it".into();
    bad.categories[0].parent = Some(code("disk"));
    bad.lines.push(Line { code: code("it"), name: " ".into(), tiers: 0, confidentiality: 0 });
    bad.priorities.cells[1].pop();
    bad.roles.retain(|role| role.code.as_str() != "requester");
    bad.notifications = vec![Notification { on: "resovled".into(), to: Recipient::Requester }];
    let expected = "\
error[bad_name] lines[1].name: `it` needs a name of 1 to 500 characters
error[duplicate_code] lines[1].code: `it` occurs twice
error[dangling_reference] services[0].line: there is no line `ti`; did you mean `it`?
error[bad_prefix] services[0].prefix: `it` is not a prefix: 1 to 16 capital letters and digits are expected
error[category_cycle] categories[0].parent: `hw` belongs to itself
error[category_cycle] categories[1].parent: `disk` belongs to itself
error[no_tier] lines[1].tiers: a line has at least one tier
error[ragged_matrix] priorities.cells[1]: the row has 2 cells, the first one 3
error[missing_role] roles: there is no role `requester`
error[unknown_event] notifications[0].on: nothing that happens is called `resovled`; did you mean `resolved`?";
    assert_eq!(bad.check().expect_err("ten problems").to_string(), expected);
}

#[test]
fn a_wider_reach_wins() {
    let permission = |reach| Permission { action: Action::Hold, reach };
    let role =
        Role { code: code("r"), permissions: vec![permission(Reach::NotOthers), permission(Reach::All)] };
    assert_eq!(role.reach(Action::Hold), Some(Reach::All));
    assert_eq!(role.reach(Action::See), None);
}

#[test]
fn a_service_that_its_line_may_not_see_is_a_problem() {
    let mut bad = catalog();
    bad.services[0].confidentiality = 1;
    let problems = bad.check().expect_err("nobody would see its requests");
    assert_eq!(problems.0[0].code, "line_below_service");
}
