use serde::{Deserialize, Serialize};

use super::command::ViewPlan;
use super::event;
use crate::base::Party;
use crate::condition::ValueRef;
use crate::config::catalog::{Action, LineCode};
use crate::life::access::Policy;

crate::id! {
    /// Names a saved view.
    ViewId
}

/// A list of requests that somebody keeps: what was saved last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedView {
    /// Whose it is.
    pub owner: Party,
    /// What it is.
    pub plan: ViewPlan,
}

/// From which side a view looks at requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// As an operator: what the actor may work on.
    Center,
    /// As a requester: what the actor asked for, what concerns the actor, what the actor was copied into.
    Own,
}

/// Who may use a view beside its owner.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sharing {
    /// Nobody.
    #[default]
    Private,
    /// The operators of a line.
    Line(LineCode),
    /// Everybody who may keep views.
    Everybody,
}

impl Sharing {
    /// The codes of the ways of sharing.
    pub const CODES: &'static [&'static str] = &["private", "line", "everybody"];

    /// Its code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Line(_) => "line",
            Self::Everybody => "everybody",
        }
    }

    /// The line with which it is shared.
    #[must_use]
    pub fn line(&self) -> Option<&LineCode> {
        match self {
            Self::Line(line) => Some(line),
            Self::Private | Self::Everybody => None,
        }
    }
}

impl SavedView {
    /// Whether the actor may use the view.
    #[must_use]
    pub(crate) fn is_seen_by(&self, policy: &Policy<'_>) -> bool {
        let shared = match &self.plan.sharing {
            Sharing::Private => false,
            Sharing::Line(line) => policy.works_on(line),
            Sharing::Everybody => true,
        };
        (shared || self.owner == policy.party()) && policy.holds(Action::KeepViews)
    }
}

crate::record_kind! {
    /// Saved views.
    pub static SAVED_VIEW: SavedView {
        name: "saved_view",
        schema: 1,
        mark: None,
        growing: true,
        id: |view| view.plan.id.0,
        facts: event::decode,
        relations: &[],
        columns view_column {
            name: Text => |view| ValueRef::Text(&view.plan.name),
            owner_kind: Code => |view| ValueRef::Code(view.owner.kind.code()),
            owner: Id => |view| ValueRef::Id(view.owner.id),
            sharing: Code of Sharing::CODES => |view| ValueRef::Code(view.plan.sharing.code()),
            line: Code => |view| ValueRef::code(view.plan.sharing.line().map(LineCode::as_str)),
        }
        indexes {
            by_owner: [owner],
            by_sharing: [sharing, line],
        }
    }
}
