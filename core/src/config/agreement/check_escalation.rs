use super::check::Check;
use super::escalation::{EscalationAction, Warned};
use super::target::Threshold;
use crate::base::check_code;
use crate::base::limits::ESCALATION_ACTIONS_MAX;

impl Check<'_> {
    pub(super) fn escalation(&mut self, threshold: &Threshold, path: &str) {
        if threshold.actions.len() > ESCALATION_ACTIONS_MAX {
            let message = format!("at most {ESCALATION_ACTIONS_MAX} actions are taken");
            self.problems.error("too_many", format!("{path}.actions"), message);
        }
        for (n, action) in threshold.actions.iter().enumerate() {
            self.action(action, &format!("{path}.actions[{n}]"));
        }
    }

    fn action(&mut self, action: &EscalationAction, path: &str) {
        match action {
            EscalationAction::Notify { to: Warned::Role { role } } => {
                if !self.catalog.roles.iter().any(|known| known.code == *role) {
                    self.unknown(format!("{path}.to.role"), "role", role.as_str());
                }
            }
            EscalationAction::RaisePriority { by: 0 } => {
                let message = "a priority rises by 1 at least";
                self.problems.error("bad_action", format!("{path}.by"), message);
            }
            EscalationAction::Move { line } => self.line(&format!("{path}.line"), line),
            EscalationAction::NextTier => {
                if self.catalog.lines.iter().all(|line| line.next.is_none()) {
                    let message = "no line says which one comes next";
                    self.problems.error("no_next_tier", path, message);
                }
            }
            EscalationAction::SetField { field, value } => {
                let known = self.catalog.fields.iter().find(|known| known.code == *field);
                match (known, value) {
                    (None, _) => self.unknown(format!("{path}.field"), "field", field.as_str()),
                    (Some(known), Some(value)) => {
                        if let Err(reason) = known.takes(value) {
                            self.problems.error("bad_action", format!("{path}.value"), reason);
                        }
                    }
                    (Some(_), None) => {}
                }
            }
            EscalationAction::Emit { name } => {
                if let Err(error) = check_code(name) {
                    self.problems.error("bad_code", format!("{path}.name"), error.to_string());
                }
            }
            EscalationAction::Notify { to: Warned::Assignee | Warned::Line | Warned::Watchers }
            | EscalationAction::RaisePriority { .. }
            | EscalationAction::Assign { .. }
            | EscalationAction::Release => {}
        }
    }
}
