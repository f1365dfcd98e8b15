//! The center that the policies of a file make: each policy is an agreement, chosen by a field that names it.

use std::collections::BTreeMap;

use okno::Catalog;
use okno::config::agreement::{
    Agreement, Amount, AmountRule, Customer, OnChange, OnReopen, OnReturn, Pause, Target, TargetKind,
    Threshold, ThresholdAt,
};
use okno::config::catalog::Priority;
use serde::Deserialize;
use serde_json::{Value, json};

use super::history::{Happening, What};
use crate::File;

/// The field that names the policy of a request.
pub(super) const POLICY: &str = "policy";

/// The catalog of a file, and what its names became.
pub(super) struct Definitions {
    pub(super) catalog: Catalog,
    /// Names of priorities, in the order of their numbers from 1.
    pub(super) priorities: Vec<String>,
}

impl Definitions {
    /// The number of a priority.
    pub(super) fn priority(&self, name: &str) -> Result<Priority, String> {
        number(&self.priorities, name)
    }
}

/// A policy as it is written.
#[derive(Deserialize)]
struct Policy {
    targets: Vec<PolicyTarget>,
}

#[derive(Deserialize)]
struct PolicyTarget {
    id: String,
    kind: String,
    calendar: String,
    target_ms: TargetMs,
    #[serde(default)]
    pause_on: Vec<String>,
    #[serde(default)]
    thresholds: Vec<PolicyThreshold>,
    #[serde(default)]
    on_change: OnChange,
    #[serde(default)]
    on_reopen: OnReopen,
    #[serde(default = "yes")]
    retroactive: bool,
    #[serde(default)]
    before_first_response: bool,
    team: Option<String>,
    #[serde(default)]
    on_return: OnReturn,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(untagged)]
enum TargetMs {
    Same(i64),
    ByPriority(BTreeMap<String, i64>),
}

#[derive(Deserialize)]
struct PolicyThreshold {
    name: String,
    pct: Option<u16>,
    after_ms: Option<i64>,
}

/// Makes the catalog of a file, with the priorities and lines that its events name besides.
pub(super) fn definitions(file: &File, events: &[Happening]) -> Result<Definitions, String> {
    let read = |(id, policy): (&String, &Value)| {
        Policy::deserialize(policy)
            .map(|policy| (id.clone(), policy))
            .map_err(|error| format!("{id}: {error}"))
    };
    let policies: Vec<(String, Policy)> = file.policies.iter().map(read).collect::<Result<_, _>>()?;
    let targets = || policies.iter().flat_map(|(_, policy)| &policy.targets);
    let of_target = |target: &PolicyTarget| match &target.target_ms {
        TargetMs::Same(_) => Vec::new(),
        TargetMs::ByPriority(by) => by.keys().cloned().collect(),
    };
    let of_event = |event: &Happening| match &event.what {
        What::Created { priority, .. } => priority.clone(),
        What::Priority { to } => Some(to.clone()),
        _ => None,
    };
    let mut priorities: Vec<String> =
        targets().flat_map(of_target).chain(events.iter().filter_map(of_event)).collect();
    priorities.push("normal".to_owned());
    priorities.sort();
    priorities.dedup();
    let team = |event: &Happening| match &event.what {
        What::Created { team, .. } => team.clone(),
        What::Assigned { team } => Some(team.clone()),
        _ => None,
    };
    let teams = targets().filter_map(|target| target.team.clone()).chain(events.iter().filter_map(team));
    let mut catalog = catalog(file, &priorities, teams)?;
    for (id, policy) in &policies {
        catalog.agreements.push(agreement(id, policy, &priorities)?);
    }
    Ok(Definitions { catalog, priorities })
}

fn catalog(
    file: &File,
    priorities: &[String],
    teams: impl Iterator<Item = String>,
) -> Result<Catalog, String> {
    let mut lines: Vec<String> = teams.filter(|team| team != INTAKE).collect();
    lines.sort();
    lines.dedup();
    let lines: Vec<Value> = lines
        .iter()
        .map(String::as_str)
        .chain([INTAKE])
        .map(|code| json!({"code": code, "name": code}))
        .collect();
    let cells: Vec<[usize; 1]> = (1..=priorities.len()).map(|priority| [priority]).collect();
    let catalog = json!({
        "services": [{"code": SERVICE, "name": "Service", "prefix": "S", "line": INTAKE, "reopen_on_reply": false}],
        "lines": lines,
        "administrators": INTAKE,
        "priorities": {"cells": cells, "unknown": 1},
        "fields": [{"code": POLICY, "name": "Policy", "type": "code"}],
        "calendars": file.calendars,
    });
    let mut catalog: Catalog = serde_json::from_value(catalog).map_err(|error| error.to_string())?;
    // One person does everything here, and so does the engine.
    let all: Vec<_> = catalog.roles.iter().flat_map(|role| role.permissions.clone()).collect();
    for role in
        catalog.roles.iter_mut().filter(|role| ["administrator", "system"].contains(&role.code.as_str()))
    {
        role.permissions = all.clone();
        role.permissions.iter_mut().for_each(|permission| permission.reach = Default::default());
    }
    Ok(catalog)
}

fn agreement(id: &str, policy: &Policy, priorities: &[String]) -> Result<Agreement, String> {
    let targets: Result<Vec<Target>, String> = policy
        .targets
        .iter()
        .map(|of| target(of, priorities).map_err(|error| format!("{id}.{}: {error}", of.id)))
        .collect();
    Ok(Agreement {
        code: code(id)?,
        revision: 0,
        name: id.to_owned(),
        customer: Customer::Contract { field: code(POLICY)?, code: id.to_owned() },
        services: Vec::new(),
        when: None,
        order: 0,
        targets: targets?,
        obligations: Vec::new(),
        compliance_min_bp: None,
        quality: Vec::new(),
        credits: Vec::new(),
    })
}

fn target(of: &PolicyTarget, priorities: &[String]) -> Result<Target, String> {
    let working = |ms: i64| Amount::Working { time: okno::base::WorkingTime::from_millis(ms) };
    let rule = |priorities, ms| AmountRule { priorities, when: None, amount: working(ms) };
    let amounts = match &of.target_ms {
        TargetMs::Same(ms) => vec![rule(Vec::new(), *ms)],
        TargetMs::ByPriority(by) => by
            .iter()
            .map(|(name, ms)| Ok(rule(vec![number(priorities, name)?], *ms)))
            .collect::<Result<_, String>>()?,
    };
    Ok(Target {
        code: code(&of.id)?,
        kind: kind(of)?,
        calendar: code(&of.calendar)?,
        amounts,
        at_closing: Default::default(),
        starts: Default::default(),
        pause_on: Some(of.pause_on.iter().map(|status| pause(status)).collect::<Result<_, _>>()?),
        thresholds: of.thresholds.iter().map(threshold).collect::<Result<_, _>>()?,
        on_change: of.on_change,
        retroactive: of.retroactive,
        compliance_min_bp: None,
        obligatory: true,
    })
}

fn kind(of: &PolicyTarget) -> Result<TargetKind, String> {
    Ok(match of.kind.as_str() {
        "first_response" => TargetKind::FirstResponse,
        "next_response" => TargetKind::NextResponse { before_first_response: of.before_first_response },
        "periodic_update" => TargetKind::PeriodicUpdate,
        "resolution" => TargetKind::Resolution { on_reopen: of.on_reopen },
        "team" => {
            let team = of.team.as_deref().ok_or("a team target names no team")?;
            TargetKind::Team { line: code(team)?, on_return: of.on_return }
        }
        other => return Err(format!("there is no kind `{other}`")),
    })
}

fn threshold(of: &PolicyThreshold) -> Result<Threshold, String> {
    let at = match (of.pct, of.after_ms) {
        (Some(percent), None) => ThresholdAt::Percent { percent },
        (None, Some(ms)) => ThresholdAt::After { time: okno::base::WorkingTime::from_millis(ms) },
        _ => return Err(format!("the threshold `{}` lies nowhere", of.name)),
    };
    Ok(Threshold::new(&of.name, at))
}

fn pause(status: &str) -> Result<Pause, String> {
    match status {
        "new" => Ok(Pause::New),
        "open" => Ok(Pause::InProgress),
        "pending" => Ok(Pause::Requester),
        "on_hold" => Ok(Pause::ThirdParty),
        other => Err(format!("nothing pauses in `{other}`")),
    }
}

fn number(priorities: &[String], name: &str) -> Result<Priority, String> {
    let place =
        priorities.iter().position(|known| known == name).ok_or_else(|| format!("no priority `{name}`"))?;
    Priority::try_from(place + 1).map_err(|error| error.to_string())
}

/// A code as it is written.
pub(super) fn code<T: std::str::FromStr<Err = okno::base::CodeError>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: okno::base::CodeError| error.to_string())
}

/// The line of requests that no team has.
pub(super) const INTAKE: &str = "intake";

/// The service that is asked for.
pub(super) const SERVICE: &str = "service";
