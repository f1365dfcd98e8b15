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
    bad.lines.push(Line {
        code: code("it"),
        name: " ".into(),
        tiers: 0,
        confidentiality: 0,
        calendar: None,
        next: None,
    });
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
fn a_line_that_comes_after_itself_or_works_in_no_calendar_is_a_problem() {
    let mut bad = catalog();
    bad.lines[0].next = Some(bad.lines[0].code.clone());
    bad.lines[0].calendar = Some(code("week"));
    let found = bad.check().expect_err("two problems").to_string();
    let expected = "\
error[dangling_reference] lines[0].calendar: there is no calendar `week`
error[line_cycle] lines[0].next: `it` comes next after itself";
    assert_eq!(found, expected);
    let mut bad = catalog();
    bad.lines[0].next = Some(code("ti"));
    let found = bad.check().expect_err("no such line").to_string();
    assert_eq!(found, "error[dangling_reference] lines[0].next: there is no line `ti`; did you mean `it`?");
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

#[test]
fn every_problem_of_fields_replies_and_macros_is_reported_at_once() {
    let json = r#"{
        "services": [{"code": "IT-01", "name": "Mail", "prefix": "IT", "line": "it"}],
        "lines": [{"code": "it", "name": "IT"}],
        "administrators": "it",
        "fields": [
            {"code": "status", "name": "Status", "type": "code"},
            {"code": "amount", "name": "Amount", "type": "int", "options": [{"code": "1", "name": "One"}]},
            {"code": "amount", "name": "Amount", "type": "int"},
            {"code": "color", "name": "Color", "type": "code",
             "options": [{"code": "a b", "name": "Bad"}, {"code": "red", "name": "R"}, {"code": "red", "name": "R"}]}
        ],
        "replies": [
            {"code": "none", "name": "None", "texts": []},
            {"code": "bad", "name": "Bad", "texts": [
                {"language": "en", "text": "Dear {requester.nam}"}, {"language": "en", "text": "Dear {you"},
                {"language": "ru", "text": " "}, {"language": "de", "text": "{{requester.nam}"}
            ]}
        ],
        "macros": [
            {"code": "empty", "name": "Empty", "steps": []},
            {"code": "bad", "name": "Bad", "steps": [
                {"type": "classify", "service": "IT-02"}, {"type": "classify", "category": "hw"},
                {"type": "prioritize", "impact": 9, "urgency": 1}, {"type": "move", "line": "hr"},
                {"type": "hold", "reason": "scheduled"}, {"type": "hold", "reason": "internal", "lasting": "0s"},
                {"type": "resolve", "code": "so so"}, {"type": "close", "reason": ""},
                {"type": "answer", "text": " "}, {"type": "note", "text": "\u0000"},
                {"type": "answer_with", "reply": "hello"}, {"type": "set_field", "field": "nothing"},
                {"type": "set_field", "field": "color", "value": {"type": "int", "value": 3}}
            ]}
        ]
    }"#;
    let bad: Catalog = serde_json::from_str(json).expect("a catalog");
    let found = bad.check().expect_err("many problems").to_string();
    let expected = "\
error[duplicate_code] fields[2].code: `amount` occurs twice
error[reserved_code] fields[0].code: every request has something called `status`
error[not_a_choice] fields[1].options: only a field of codes has options
error[bad_code] fields[3].options[0].code: `a b` is not a code: 1 to 64 letters, digits, `-`, `_`, `.` or `/` are expected
error[duplicate_code] fields[3].options[2].code: `red` occurs twice
error[no_text] replies[0].texts: a reply has at least one text
error[bad_placeholder] replies[1].texts[0].text: nothing is called `{requester.nam}`; did you mean `{requester.name}`?
error[duplicate_code] replies[1].texts[1].language: `en` occurs twice
error[bad_placeholder] replies[1].texts[1].text: a brace is opened and not closed; write `{{` for a brace
error[bad_text] replies[1].texts[2].text: 1 to 1048576 bytes without U+0000 are expected
error[bad_macro] macros[0].steps: 1 to 20 steps are expected
error[bad_step] macros[1].steps[0].service: there is no service `IT-02`
error[bad_step] macros[1].steps[1].category: there is no category `hw`
error[bad_step] macros[1].steps[2].impact: there is no impact `9`
error[bad_step] macros[1].steps[3].line: there is no line `hr`
error[bad_step] macros[1].steps[4].lasting: a request that is scheduled needs a date
error[bad_step] macros[1].steps[5].lasting: a span above zero is expected
error[bad_step] macros[1].steps[6].code: `so so` is not a code: 1 to 64 letters, digits, `-`, `_`, `.` or `/` are expected
error[bad_step] macros[1].steps[7].reason: `` is not a code: 1 to 64 letters, digits, `-`, `_`, `.` or `/` are expected
error[bad_step] macros[1].steps[8].text: the text is empty
error[bad_step] macros[1].steps[9].text: at most 1048576 bytes without U+0000 are taken
error[bad_step] macros[1].steps[10].reply: there is no reply `hello`
error[bad_step] macros[1].steps[11].field: there is no field `nothing`
error[bad_step] macros[1].steps[12].value: a value of type Code is expected";
    assert_eq!(found, expected);
}
