use uuid::Uuid;

use super::{Agreement, CustomerMatch, Subject};
use crate::base::Problems;
use crate::condition::{Row, Slot, Unasked, ValueRef};
use crate::config::calendar::CalendarDefinition;
use crate::config::catalog::{Catalog, CheckedCatalog, FieldCode, ServiceCode};

const CATALOG: &str = r#"{
    "services": [{"code": "it", "name": "IT", "prefix": "IT", "line": "it"},
                 {"code": "hr", "name": "HR", "prefix": "HR", "line": "it"}],
    "lines": [{"code": "it", "name": "IT"}, {"code": "experts", "name": "Experts"}],
    "administrators": "it",
    "fields": [{"code": "contract", "name": "Contract", "type": "code"},
               {"code": "due", "name": "Due", "type": "instant"}]
}"#;

/// A target that is good, with more in it.
fn target(more: &str) -> String {
    format!(
        r#"{{"code": "solve", "kind": {{"type": "resolution"}}, "calendar": "always",
            "amounts": [{{"amount": {{"type": "working", "time": "8h"}}}}]{more}}}"#
    )
}

/// An agreement that is good, with more in it.
fn agreement(code: &str, more: &str) -> Agreement {
    let text = format!(r#"{{"code": "{code}", "name": "{code}", "targets": [{}]{more}}}"#, target(""));
    serde_json::from_str(&text).expect("an agreement")
}

fn promising(target: &str) -> Agreement {
    let text = format!(r#"{{"code": "a", "name": "A", "targets": [{target}]}}"#);
    serde_json::from_str(&text).expect("an agreement")
}

fn check(agreements: Vec<Agreement>) -> Result<CheckedCatalog, Problems> {
    let mut catalog: Catalog = serde_json::from_str(CATALOG).expect("a catalog");
    catalog.calendars.insert("always".parse().expect("a code"), CalendarDefinition::always_open("UTC"));
    catalog.agreements = agreements;
    catalog.check()
}

fn problems(agreements: Vec<Agreement>) -> Vec<String> {
    let found = check(agreements).err().map_or(Vec::new(), |problems| problems.0);
    found.into_iter().map(|problem| format!("{} {}", problem.code, problem.path)).collect()
}

#[test]
fn an_agreement_that_names_what_is_not_there_is_told_every_place_at_once() {
    let bad = agreement(
        "a",
        r#", "services": ["it", "law"], "customer": {"type": "contract", "field": "due", "code": "x"},
            "when": {"type": "compare", "field": "priorty", "op": "eq", "value": 1},
            "credits": [{"target": "none", "on": {"type": "missed"}, "gives": {"type": "points", "points": 1}}],
            "obligations": [{"name": "Inputs", "owes": {"type": "complete", "fields": ["none"]}}]"#,
    );
    let expected = [
        "dangling_reference agreements[0].services[1]",
        "wrong_type agreements[0].customer.field",
        "unknown_field agreements[0].when.field",
        "dangling_reference agreements[0].obligations[0].owes.fields[0]",
        "dangling_reference agreements[0].credits[0].target",
    ];
    assert_eq!(problems(vec![bad]), expected);
}

#[test]
fn a_target_that_cannot_be_measured_is_refused() {
    let cases = [
        (
            r#", "starts": {"type": "field", "field": "none"}"#,
            "dangling_reference agreements[0].targets[0].starts.field",
        ),
        (
            r#", "thresholds": [{"name": "no code!", "at": {"type": "percent", "percent": 80}}]"#,
            "bad_code agreements[0].targets[0].thresholds[0].name",
        ),
        (
            r#", "thresholds": [{"name": "x", "at": {"type": "percent", "percent": 1001}}]"#,
            "bad_threshold agreements[0].targets[0].thresholds[0].at",
        ),
        (
            r#", "thresholds": [{"name": "x", "at": {"type": "percent", "percent": 1}},
                             {"name": "x", "at": {"type": "after", "time": "1h"}}]"#,
            "duplicate_code agreements[0].targets[0].thresholds[1].name",
        ),
    ];
    for (more, expected) in cases {
        assert_eq!(problems(vec![promising(&target(more))]), [expected]);
    }
    let amount = |amount: &str| {
        promising(&format!(
            r#"{{"code": "solve", "kind": {{"type": "resolution"}}, "calendar": "alwais", "amounts": [{amount}]}}"#
        ))
    };
    let bad = [
        r#"{"amount": {"type": "working", "time": "26281h"}}"#,
        r#"{"amount": {"type": "days", "days": 1096, "mode": "same_time"}}"#,
        r#"{"amount": {"type": "statutory", "days": -1}}"#,
        r#"{"amount": {"type": "cut_off", "before": "12:00", "by": "18:00", "days": 1096}}"#,
    ];
    for bad in bad {
        let expected = [
            "dangling_reference agreements[0].targets[0].calendar",
            "bad_amount agreements[0].targets[0].amounts[0].amount",
        ];
        assert_eq!(problems(vec![amount(bad)]), expected, "{bad}");
    }
    assert!(problems(vec![amount("")]).contains(&"no_amount agreements[0].targets[0].amounts".to_owned()));
}

#[test]
fn figures_beyond_the_whole_and_obligations_that_lead_nowhere_are_refused() {
    let whole = |more: &str| problems(vec![agreement("a", more)]);
    let cases = [
        (r#", "compliance_min_bp": 10001"#, "bad_share @.compliance_min_bp"),
        (r#", "quality": [{"measure": "csat"}]"#, "bad_share @.quality[0]"),
        (r#", "quality": [{"measure": "csat", "min_bp": 2, "max_bp": 1}]"#, "bad_share @.quality[0]"),
        (
            r#", "quality": [{"measure": "csat", "min_bp": 2}, {"measure": "csat", "max_bp": 9}]"#,
            "bad_share @.quality[1]",
        ),
        (
            r#", "credits": [{"on": {"type": "below", "share_bp": 1}, "gives": {"type": "price", "share_bp": 10001}}]"#,
            "bad_share @.credits[0]",
        ),
        (
            r#", "obligations": [{"name": "X", "owes": {"type": "delivered", "fields": [], "by": "contract"}}]"#,
            "wrong_type @.obligations[0].owes.by",
        ),
        (
            r#", "obligations": [{"name": "X", "owes": {"type": "complete", "fields": []}, "excuses": ["none"]}]"#,
            "dangling_reference @.obligations[0].excuses[0]",
        ),
    ];
    for (more, expected) in cases {
        assert_eq!(whole(more), [expected.replace('@', "agreements[0]")], "{more}");
    }
    let twice = r#"{"name": "X", "owes": {"type": "complete", "fields": []}}"#;
    let found = whole(&format!(r#", "obligations": [{twice}, {twice}]"#));
    assert_eq!(found, ["duplicate_name agreements[0].obligations[1].name"]);
    let low = promising(&target(r#", "compliance_min_bp": 10001"#));
    assert_eq!(problems(vec![low]), ["bad_share agreements[0].targets[0].compliance_min_bp"]);
}

#[test]
fn a_clock_that_whatever_starts_it_stops_is_refused() {
    let same = r#"{"type": "compare", "field": "event", "op": "eq", "value": "submitted"}"#;
    let text = format!(
        r#"{{"code": "own", "calendar": "always", "kind": {{"type": "custom", "start": {same}, "stop": {same}}},
            "amounts": [{{"amount": {{"type": "working", "time": "1h"}}}}]}}"#
    );
    assert_eq!(problems(vec![promising(&text)]), ["never_runs agreements[0].targets[0].kind.stop"]);
    let unknown = text.replacen("submitted", "submited", 1);
    assert!(
        problems(vec![promising(&unknown)])[0]
            .starts_with("unknown_value agreements[0].targets[0].kind.start")
    );
}

#[test]
fn a_start_that_implies_an_end_is_seen_through_all_any_and_lists() {
    let is =
        |value: &str| format!(r#"{{"type": "compare", "field": "event", "op": "eq", "value": "{value}"}}"#);
    let of = |kind: &str, parts: &[String]| format!(r#"{{"type": "{kind}", "of": [{}]}}"#, parts.join(", "));
    let within = |values: &str| format!(r#"{{"type": "in", "field": "event", "values": [{values}]}}"#);
    let urgent = || r#"{"type": "compare", "field": "urgency", "op": "eq", "value": 1}"#.to_owned();
    let warnings_or_problems = |start: &str, stop: &str, more: &str| -> Vec<String> {
        let text = format!(
            r#"{{"code": "own", "calendar": "always",
                "kind": {{"type": "custom", "start": {start}, "stop": {stop}{more}}},
                "amounts": [{{"amount": {{"type": "working", "time": "1h"}}}}]}}"#
        );
        let found = match check(vec![promising(&text)]) {
            Ok(checked) => checked.warnings().0.clone(),
            Err(problems) => problems.0,
        };
        found.into_iter().map(|problem| format!("{} {}", problem.code, problem.path)).collect()
    };
    let kind = "agreements[0].targets[0].kind";
    let never = [format!("never_runs {kind}.stop")];
    let (moved, closed) = (is("moved"), is("closed"));
    for (start, stop) in [
        (of("all", &[moved.clone(), urgent()]), moved.clone()),
        (moved.clone(), of("any", &[closed.clone(), moved.clone()])),
        (of("any", &[moved.clone(), closed.clone()]), within(r#""closed", "moved", "held""#)),
        (of("all", &[moved.clone(), urgent()]), of("all", &[urgent(), moved.clone()])),
    ] {
        assert_eq!(warnings_or_problems(&start, &stop, ""), never, "{start} {stop}");
    }
    for (start, stop) in [
        (moved.clone(), of("all", &[moved.clone(), urgent()])),
        (of("any", &[moved.clone(), closed.clone()]), moved.clone()),
        (within(r#""closed", "moved""#), closed.clone()),
    ] {
        assert_eq!(warnings_or_problems(&start, &stop, ""), Vec::<String>::new(), "{start} {stop}");
    }
    let cancelled = format!(r#", "cancel": {}"#, within(r#""moved""#));
    assert_eq!(warnings_or_problems(&moved, &closed, &cancelled), [format!("never_runs {kind}.cancel")]);
    let paused = format!(r#", "pause": {}"#, of("any", std::slice::from_ref(&moved)));
    assert_eq!(warnings_or_problems(&moved, &closed, &paused), [format!("starts_paused {kind}.pause")]);
    let resumed = format!(r#"{paused}, "resume": {closed}"#);
    assert_eq!(warnings_or_problems(&moved, &is("held"), &resumed), Vec::<String>::new());
}

#[test]
fn a_long_condition_is_looked_through_in_bounded_steps() {
    let parts: Vec<String> = (0..400)
        .map(|n| format!(r#"{{"type": "compare", "field": "urgency", "op": "eq", "value": {n}}}"#))
        .collect();
    let nest = |kind: &str, other: &str| {
        let inner: Vec<String> = parts
            .chunks(20)
            .map(|part| format!(r#"{{"type": "{other}", "of": [{}]}}"#, part.join(", ")))
            .collect();
        format!(r#"{{"type": "{kind}", "of": [{}]}}"#, inner.join(", "))
    };
    let text = format!(
        r#"{{"code": "own", "calendar": "always",
            "kind": {{"type": "custom", "start": {}, "stop": {}}},
            "amounts": [{{"amount": {{"type": "working", "time": "1h"}}}}]}}"#,
        nest("all", "any"),
        nest("any", "all")
    );
    assert_eq!(problems(vec![promising(&text)]), Vec::<String>::new());
}

#[test]
fn two_agreements_that_could_be_chosen_alike_are_refused_unless_one_stands_before_the_other() {
    let ties = [
        ("", ""),
        (r#", "services": ["it", "hr"]"#, r#", "services": ["hr"]"#),
        (
            r#", "customer": {"type": "contract", "field": "contract", "code": "x"}"#,
            r#", "customer": {"type": "contract", "field": "contract", "code": "x"}"#,
        ),
    ];
    for (one, other) in ties {
        let found = problems(vec![agreement("a", one), agreement("b", other)]);
        assert_eq!(found, ["ambiguous_agreement agreements[1].order"], "{one} {other}");
        let ordered = format!(r#"{other}, "order": 1"#);
        assert_eq!(problems(vec![agreement("a", one), agreement("b", &ordered)]), Vec::<String>::new());
    }
    let apart = [
        (r#", "services": ["it"]"#, r#", "services": ["hr"]"#),
        (r#", "services": ["it"]"#, ""),
        (
            r#", "customer": {"type": "contract", "field": "contract", "code": "x"}"#,
            r#", "customer": {"type": "contract", "field": "contract", "code": "y"}"#,
        ),
        (
            r#", "customer": {"type": "unit", "unit": "00000000-0000-0000-0000-000000000001"}"#,
            r#", "customer": {"type": "unit", "unit": "00000000-0000-0000-0000-000000000002"}"#,
        ),
    ];
    for (one, other) in apart {
        assert_eq!(
            problems(vec![agreement("a", one), agreement("b", other)]),
            Vec::<String>::new(),
            "{one} {other}"
        );
    }
}

#[test]
fn lines_that_may_take_longer_than_what_is_promised_are_warned_of() {
    let line = |line: &str, time: &str| {
        format!(
            r#", {{"code": "{line}", "kind": {{"type": "team", "line": "{line}"}}, "calendar": "always",
                "amounts": [{{"amount": {{"type": "working", "time": "{time}"}}}}]}}"#
        )
    };
    let warned = |it: &str, experts: &str| -> Vec<&'static str> {
        let targets = format!("{}{}{}", target(""), line("it", it), line("experts", experts));
        let checked = check(vec![promising(&targets)]).expect("it is no error");
        checked.warnings().0.iter().map(|problem| problem.code).collect()
    };
    assert_eq!(warned("2h", "6h"), Vec::<&str>::new());
    // Once for each priority.
    assert_eq!(warned("2h", "7h"), ["internal_exceeds"; 5]);
}

#[test]
fn the_longest_way_through_the_tiers_is_held_against_what_is_promised() {
    let line = |line: &str, time: &str| {
        format!(
            r#", {{"code": "{line}", "kind": {{"type": "team", "line": "{line}"}}, "calendar": "always",
                "amounts": [{{"priorities": [1], "amount": {{"type": "working", "time": "{time}"}}}}]}}"#
        )
    };
    let warned = |budgets: &[(&str, &str)], next: &[(&str, &str)]| -> Vec<String> {
        let budgets: String = budgets.iter().map(|(code, time)| line(code, time)).collect();
        let mut catalog: Catalog = serde_json::from_str(CATALOG).expect("a catalog");
        catalog.calendars.insert("always".parse().expect("a code"), CalendarDefinition::always_open("UTC"));
        catalog.agreements = vec![promising(&format!("{}{budgets}", target("")))];
        for code in ["third", "supplier"] {
            let text = format!(r#"{{"code": "{code}", "name": "{code}"}}"#);
            catalog.lines.push(serde_json::from_str(&text).expect("a line"));
        }
        for line in &mut catalog.lines {
            let next = next.iter().find(|(of, _)| line.code.as_str() == *of);
            line.next = next.map(|(_, next)| next.parse().expect("a code"));
        }
        let checked = catalog.check().expect("it is no error");
        checked.warnings().0.iter().map(|problem| problem.message.clone()).collect()
    };
    let budgets = [("it", "3h"), ("experts", "4h"), ("third", "5h")];
    let message = |lines: &str, together: &str| {
        vec![format!("at priority 1 the lines {lines} may take {together} together, and 8h are promised")]
    };
    // Without tiers a request may come to every line.
    assert_eq!(warned(&budgets, &[]), message("`it`, `experts`, `third`", "12h"));
    // Two ways: no request goes both.
    let apart = [("it", "third"), ("experts", "supplier")];
    assert_eq!(warned(&budgets, &apart), Vec::<String>::new());
    assert_eq!(
        warned(&budgets, &[("it", "experts"), ("experts", "third")]),
        message("`it`, `experts`, `third`", "12h")
    );
    // A line outside of every way may have it besides.
    assert_eq!(warned(&budgets, &[("it", "third")]), message("`it`, `third`, `experts`", "12h"));
    let supplied = [("it", "3h"), ("experts", "4h"), ("supplier", "4h1m")];
    assert_eq!(warned(&supplied, &apart), message("`experts`, `supplier`", "8h1m"));
}

#[test]
fn an_escalation_that_names_what_is_not_there_is_refused() {
    let acting = |action: &str| {
        let threshold = format!(
            r#", "thresholds": [{{"name": "x", "at": {{"type": "percent", "percent": 1}}, "actions": [{action}]}}]"#
        );
        problems(vec![promising(&target(&threshold))])
    };
    let place = "agreements[0].targets[0].thresholds[0].actions";
    for (action, expected) in [
        (
            r#"{"type": "notify", "to": {"type": "role", "role": "nobody"}}"#,
            "dangling_reference @[0].to.role",
        ),
        (r#"{"type": "move", "line": "none"}"#, "dangling_reference @[0].line"),
        (r#"{"type": "next_tier"}"#, "no_next_tier @[0]"),
        (r#"{"type": "raise_priority", "by": 0}"#, "bad_action @[0].by"),
        (r#"{"type": "set_field", "field": "none"}"#, "dangling_reference @[0].field"),
        (
            r#"{"type": "set_field", "field": "due", "value": {"type": "code", "value": "x"}}"#,
            "bad_action @[0].value",
        ),
        (r#"{"type": "emit", "name": "no code!"}"#, "bad_code @[0].name"),
        (&vec![r#"{"type": "release"}"#; 17].join(","), "too_many @"),
    ] {
        assert_eq!(acting(action), [expected.replace('@', place)], "{action}");
    }
    assert_eq!(
        acting(r#"{"type": "raise_priority"}, {"type": "emit", "name": "page"}"#),
        Vec::<String>::new()
    );
}

/// A request without any facts.
struct Nothing;

impl Row for Nothing {
    fn value(&self, _: Slot) -> ValueRef<'_> {
        ValueRef::Absent
    }
}

#[test]
fn the_most_specific_agreement_is_chosen_and_the_reason_says_why() {
    let unit = |n: u128| Uuid::from_u128(n);
    let of_unit = |n: u128| format!(r#", "customer": {{"type": "unit", "unit": "{}"}}"#, unit(n));
    let catalog = check(vec![
        agreement("all", ""),
        agreement("hr", r#", "services": ["hr"]"#),
        agreement("holding", &of_unit(1)),
        agreement("branch", &of_unit(2)),
        agreement("contract", r#", "customer": {"type": "contract", "field": "contract", "code": "x"}"#),
        agreement(
            "first",
            r#", "customer": {"type": "contract", "field": "contract", "code": "y"}, "order": -1"#,
        ),
    ])
    .expect("no two tie");
    let chosen = |service: &str, units: &[Uuid], contract: Option<&'static str>| {
        let service: ServiceCode = service.parse().expect("a code");
        let code = |field: &FieldCode| contract.filter(|_| field.as_str() == "contract");
        let subject = Subject { service: &service, units, row: &Nothing, code: &code, env: &Unasked };
        catalog.choose(subject).expect("one fits everybody")
    };
    let code =
        |service, units: &[Uuid], contract| chosen(service, units, contract).agreement.code.to_string();
    assert_eq!(code("it", &[], None), "all");
    assert_eq!(code("hr", &[], None), "hr");
    assert_eq!(code("hr", &[unit(3), unit(1)], None), "holding");
    assert_eq!(code("it", &[unit(3), unit(2), unit(1)], None), "branch");
    assert_eq!(code("it", &[unit(2)], Some("x")), "contract");
    assert_eq!(code("it", &[unit(2)], Some("y")), "first");
    let choice = chosen("it", &[unit(3), unit(2), unit(1)], None);
    assert_eq!(choice.customer, CustomerMatch::Unit { unit: unit(2), above: 1 });
    assert_eq!((choice.names_service, choice.others), (false, 2));
}

#[test]
fn definitions_are_written_and_read_back_the_same() {
    let whole = agreement(
        "a",
        r#", "compliance_min_bp": 9500, "quality": [{"measure": "reopen_rate", "max_bp": 300}],
            "obligations": [{"name": "Inputs", "owes": {"type": "timely", "within": "16h", "calendar": "always"}}],
            "credits": [{"on": {"type": "below", "share_bp": 9000}, "gives": {"type": "price", "share_bp": 500}}]"#,
    );
    let text = serde_json::to_string(&whole).expect("it can be written");
    assert_eq!(serde_json::from_str::<Agreement>(&text).expect("it can be read"), whole);
    assert_eq!(problems(vec![whole]), Vec::<String>::new());
}
