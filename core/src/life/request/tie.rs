use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::entry::EntryId;
use super::hold::Hold;
use super::involvement::CopiedIn;
use super::record::{Request, RequestId};
use super::status::Status;
use crate::base::{Party, Timestamp};
use crate::config::catalog::OnParentEnd;

/// A link (связь) of a request with another; the other one has the inverse link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// What the request is to the other one.
    pub kind: LinkKind,
    /// The other one.
    pub request: RequestId,
}

/// What a request is to another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    /// It asks for the same once more.
    DuplicateOf,
    /// The other one asks for the same once more.
    DuplicatedBy,
    /// It has to do with the other one.
    Relates,
    /// It cannot be done before the other one.
    DependsOn,
    /// The other one cannot be done before it.
    NeededBy,
}

impl LinkKind {
    /// Every kind.
    pub const ALL: [Self; 5] =
        [Self::DuplicateOf, Self::DuplicatedBy, Self::Relates, Self::DependsOn, Self::NeededBy];

    /// The kind's code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::DuplicateOf => "duplicate_of",
            Self::DuplicatedBy => "duplicated_by",
            Self::Relates => "relates",
            Self::DependsOn => "depends_on",
            Self::NeededBy => "needed_by",
        }
    }

    /// What the other one is to the request.
    #[must_use]
    pub fn inverse(self) -> Self {
        match self {
            Self::DuplicateOf => Self::DuplicatedBy,
            Self::DuplicatedBy => Self::DuplicateOf,
            Self::Relates => Self::Relates,
            Self::DependsOn => Self::NeededBy,
            Self::NeededBy => Self::DependsOn,
        }
    }
}

/// The request that another one is a part of (родительская заявка).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    /// The parent.
    pub request: RequestId,
    /// What its end does to this child; as its service says when absent.
    pub on_end: Option<OnParentEnd>,
}

impl Parent {
    /// What the column says: the child's own policy, or that the service of the parent declares it.
    pub(super) fn end_code(self) -> &'static str {
        self.on_end.map_or(AS_DECLARED, OnParentEnd::code)
    }
}

/// The policy of a child that has none of its own.
pub(super) const AS_DECLARED: &str = "as_declared";

/// That a request went on in another one, and how it stood before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merged {
    /// The master, in which it went on.
    pub into: RequestId,
    /// When.
    pub at: Timestamp,
    /// Where it stood.
    pub before: Status,
    /// What it waited for.
    pub hold: Option<Hold>,
    /// When it would have closed by itself.
    pub closes_at: Option<Timestamp>,
}

/// A request that went on in this one, with everything that came along. Nothing of it is mixed with what the master has
/// by itself, so that it can be given back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absorbed {
    /// The request.
    pub request: RequestId,
    /// The request that brought it along, if it was merged into that one before.
    pub via: Option<RequestId>,
    /// How many merges lead here.
    pub depth: u8,
    /// How confidential it is.
    #[serde(default)]
    pub confidentiality: u8,
    /// Who was copied into it; its requester and recipient as well, where the merge said so.
    pub copied: Vec<CopiedIn>,
    /// Who watched it.
    pub watchers: Vec<Party>,
    /// Its links.
    pub links: Vec<Link>,
    /// From when on the clocks of the master count because of it, where the merge said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts_from: Option<Timestamp>,
}

/// Where a request was split off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitFrom {
    /// The request.
    pub request: RequestId,
    /// Its entry.
    pub entry: EntryId,
}

/// That a request is a major incident (крупный инцидент).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Major {
    /// Who said so.
    pub by: Party,
    /// Since when.
    pub since: Timestamp,
}

impl Request {
    /// Who is copied in: by the request itself, or brought along by what went on in it. What the request says itself counts
    /// more, and who asked for it needs no copy.
    pub fn copied_in(&self) -> impl Iterator<Item = CopiedIn> {
        let brought = self.absorbed.iter().flat_map(|absorbed| &absorbed.copied);
        let mut seen = BTreeSet::from_iter(self.recipient.into_iter().chain([self.requester]));
        self.copied.iter().chain(brought).copied().filter(move |copied| seen.insert(copied.party))
    }

    /// Who watches it, or watched what went on in it.
    pub fn watched_by(&self) -> impl Iterator<Item = Party> {
        let brought = self.absorbed.iter().flat_map(|absorbed| &absorbed.watchers);
        let mut seen = BTreeSet::new();
        self.watchers.iter().chain(brought).copied().filter(move |party| seen.insert(*party))
    }

    /// Its links and those of what went on in it, but for those among them.
    pub fn all_links(&self) -> impl Iterator<Item = Link> {
        let within: BTreeSet<RequestId> =
            self.absorbed.iter().map(|absorbed| absorbed.request).chain([self.id]).collect();
        let brought = self.absorbed.iter().flat_map(|absorbed| &absorbed.links);
        let mut seen = BTreeSet::new();
        let links = self.links.iter().chain(brought).copied();
        links.filter(move |link| !within.contains(&link.request) && seen.insert((link.kind, link.request)))
    }

    /// The request and everything that went on in it: the requests whose entries it shows.
    pub fn whole(&self) -> impl Iterator<Item = RequestId> {
        [self.id].into_iter().chain(self.absorbed.iter().map(|absorbed| absorbed.request))
    }

    /// Whether the end of its parent ends it too, by what the parent declares for children that say nothing themselves.
    #[must_use]
    pub fn follows(&self, parent: RequestId, declared: OnParentEnd) -> bool {
        let policy = |own: Parent| own.on_end.unwrap_or(declared);
        self.status.is_open()
            && self.parent.is_some_and(|own| own.request == parent && policy(own) == OnParentEnd::Follow)
    }
}
