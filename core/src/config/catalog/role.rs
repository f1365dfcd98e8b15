use serde::{Deserialize, Serialize};

crate::code! {
    /// The code of a role.
    RoleCode
}

impl RoleCode {
    /// The role that the first administrator of a tenant is given.
    #[must_use]
    pub fn administrator() -> Self {
        Self("administrator".into())
    }
}

/// A role: a named set of permissions. Roles are data; [`Role::defaults`] are seven that most centers start from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// Its code. `requester`, `participant` and `viewer` are held by involvement, `operator` by membership of a line,
    /// `system` by the engine itself; every other role is held by a grant.
    pub code: RoleCode,
    /// What its holder may do.
    pub permissions: Vec<Permission>,
}

/// Leave to do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Permission {
    /// What.
    pub action: Action,
    /// To which of the requests that the role is held for.
    #[serde(default)]
    pub reach: Reach,
}

/// To which requests of a role's scope a permission reaches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// All of them.
    #[default]
    All,
    /// Those that nobody or the holder works on.
    NotOthers,
}

/// Something that somebody may be allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Action {
    /// See everything of a request, internal entries included.
    See,
    /// See what a requester sees of a request.
    SeeOwn,
    /// Submit for oneself.
    Submit,
    /// Submit for somebody else.
    SubmitFor,
    /// Write as the requester.
    Reply,
    /// Confirm a resolution.
    Confirm,
    /// Take a request up again.
    Reopen,
    /// Withdraw a request.
    Cancel,
    /// Fix service and category.
    Classify,
    /// Fix impact and urgency.
    Prioritize,
    /// Hand a request to a line.
    Move,
    /// Give a request to an operator.
    Assign,
    /// Take a request.
    Claim,
    /// Give a request back to its line.
    Release,
    /// Begin work.
    Start,
    /// Put a request on hold, and end a hold.
    Hold,
    /// Resolve, and amend the resolution.
    Resolve,
    /// Close, and amend the closing.
    Close,
    /// Reject.
    Reject,
    /// Write to the requester.
    Answer,
    /// Write an internal note.
    Note,
    /// Change other fields.
    ChangeFields,
    /// Copy somebody in.
    CopyIn,
    /// Attach files, and remove one's own.
    Attach,
    /// Remove files that others attached.
    RemoveAttachments,
    /// Watch.
    Watch,
    /// Say that an event happened which requests wait for.
    Signal,
    /// Edit what one wrote, within the time that the service gives.
    Edit,
    /// Edit what anybody wrote, at any time, and retract the work that anybody logged.
    EditAny,
    /// Blank what anybody wrote.
    Redact,
    /// Put tags on a request and take them off.
    Tag,
    /// Log work.
    LogWork,
    /// Rate how a request was served.
    Rate,
    /// See people, their absences and who acts for whom.
    SeeDirectory,
    /// Say when one is away oneself, and let others act for oneself.
    Delegate,
    /// Carry out what timers bring.
    Wake,
    /// Change people, units, members and grants.
    ManageDirectory,
    /// Publish definitions.
    ManageDefinitions,
    /// See parked work and set it going again.
    ManageWork,
    /// Keep views.
    KeepViews,
    /// Let others use the own views.
    ShareViews,
    /// Set up recurring requests.
    ManageSeries,
    /// Do something to many requests at once; each of them still needs its own right.
    Bulk,
    /// Erase what is known of a person, and hand it out to them.
    ErasePersons,
    /// Let ended requests leave for the archive.
    Archive,
    /// Merge a request into another one, and undo that.
    Merge,
    /// Link requests, put one under another, take another one up.
    Link,
    /// Declare a major incident and demote it, and write to the requesters of its children at once.
    DeclareMajor,
}

impl Action {
    /// Whether it sets up the center: a delegation of everything leaves it out.
    #[must_use]
    pub fn is_administration(self) -> bool {
        matches!(
            self,
            Self::ManageDirectory
                | Self::ManageDefinitions
                | Self::ManageWork
                | Self::ErasePersons
                | Self::Archive
        )
    }

    /// Whether one may let somebody else do it: what the engine does, delegating itself, and what cannot be undone stay
    /// where they are.
    #[must_use]
    pub fn is_delegable(self) -> bool {
        !matches!(self, Self::Delegate | Self::Wake | Self::ErasePersons)
    }
}

impl Role {
    /// Requester, participant, viewer, operator, supervisor, administrator, system.
    ///
    /// An operator does everything on the requests of the own lines, but leaves the state of what a colleague works
    /// on alone; a supervisor does that as well.
    #[must_use]
    pub fn defaults() -> Vec<Self> {
        use Action as A;
        let requester = [
            A::SeeOwn,
            A::Submit,
            A::Reply,
            A::Confirm,
            A::Reopen,
            A::Cancel,
            A::CopyIn,
            A::Attach,
            A::Watch,
            A::Edit,
            A::Rate,
            A::KeepViews,
            A::Delegate,
        ];
        // Claiming what a colleague has is refused by its own rule, which says who has it.
        let together = [
            A::See,
            A::SubmitFor,
            A::Answer,
            A::Note,
            A::Signal,
            A::Claim,
            A::CopyIn,
            A::Attach,
            A::Watch,
            A::Edit,
            A::Tag,
            A::LogWork,
            A::Bulk,
            A::KeepViews,
            A::SeeDirectory,
            A::Link,
        ];
        let operator = allow(&together, Reach::All).chain(allow(&ALONE, Reach::NotOthers));
        let over_others = [A::EditAny, A::Redact, A::ManageSeries, A::ShareViews, A::DeclareMajor];
        let supervisor = allow(&together, Reach::All)
            .chain(allow(&ALONE, Reach::All))
            .chain(allow(&over_others, Reach::All));
        let administrator = [
            A::SeeDirectory,
            A::ManageDirectory,
            A::ManageDefinitions,
            A::ManageWork,
            A::ManageSeries,
            A::ErasePersons,
            A::Archive,
        ];
        vec![
            Self::built_in("requester", allow(&requester, Reach::All)),
            Self::built_in(
                "participant",
                allow(&[A::SeeOwn, A::Reply, A::Attach, A::Watch, A::Edit], Reach::All),
            ),
            Self::built_in("viewer", allow(&[A::SeeOwn, A::Watch], Reach::All)),
            Self::built_in("operator", operator),
            Self::built_in("supervisor", supervisor),
            Self::built_in("administrator", allow(&administrator, Reach::All)),
            Self::built_in("system", allow(&[A::Wake], Reach::All)),
        ]
    }

    fn built_in(code: &str, permissions: impl Iterator<Item = Permission>) -> Self {
        let code = RoleCode(code.into());
        Self { code, permissions: permissions.collect() }
    }

    /// How far the role's permission to do something reaches; `None` when it has none.
    #[must_use]
    pub fn reach(&self, action: Action) -> Option<Reach> {
        let reaches =
            self.permissions.iter().filter(|permission| permission.action == action).map(|p| p.reach);
        reaches.reduce(|a, b| if a == Reach::All { a } else { b })
    }
}

fn allow(actions: &[Action], reach: Reach) -> impl Iterator<Item = Permission> {
    actions.iter().map(move |action| Permission { action: *action, reach })
}

/// What an operator leaves alone where a colleague works on a request.
const ALONE: [Action; 15] = [
    Action::Reopen,
    Action::Cancel,
    Action::Classify,
    Action::Prioritize,
    Action::Move,
    Action::Assign,
    Action::Release,
    Action::Start,
    Action::Hold,
    Action::Resolve,
    Action::Close,
    Action::Reject,
    Action::ChangeFields,
    Action::Merge,
    Action::RemoveAttachments,
];
