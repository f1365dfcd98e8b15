use serde::{Deserialize, Serialize};

use crate::base::{Party, Problems};
use crate::config::catalog::{Catalog, CheckedCatalog};
use crate::life::access::Actor;
use crate::life::clock::{RebaseId, RebasePlan};
use crate::life::definitions::Published;
use crate::life::directory::{DirectoryCommand, EMPLOYEE};
use crate::life::erasure::{Erasure, ErasureCommand, asks_for};
use crate::life::job::{Bulk, JOB, JobCommand, JobId};
use crate::life::rebase::{REBASE, RebaseCommand};
use crate::life::request::{REQUEST, ReadMark, RequestCommand, RequestId, SeriesId, Submit};
use crate::life::series::{SERIES, SeriesCommand};
use crate::life::view::{SAVED_VIEW, ViewCommand, ViewId};
use crate::store::{BlobDigest, Key};

/// Anything that a desk can be asked to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Command {
    /// Submits a request.
    Submit {
        /// What is asked for.
        submit: Submit,
    },
    /// Asks for a step of a request.
    Request {
        /// The request.
        id: RequestId,
        /// The step.
        command: RequestCommand,
    },
    /// Notes that the actor has read everything that a request says to them.
    Read {
        /// The request.
        id: RequestId,
    },
    /// Asks for a change of a saved view.
    View {
        /// The view.
        id: ViewId,
        /// The change.
        command: ViewCommand,
    },
    /// Changes the directory.
    Directory {
        /// The change.
        command: DirectoryCommand,
    },
    /// Lets an ended request leave for the archive; its bundle lies in the blob store.
    Archive {
        /// The request.
        id: RequestId,
        /// Under which digest the bundle lies.
        bundle: BlobDigest,
        /// How many bytes it has.
        bytes: u64,
    },
    /// Asks for the erasure of a person.
    ErasePerson {
        /// Who.
        party: Party,
    },
    /// Asks for a step of an erasure.
    Erasure {
        /// Who is erased.
        party: Party,
        /// The step.
        command: ErasureCommand,
    },
    /// Asks for one command over many requests.
    Bulk {
        /// What is done, and to which requests.
        bulk: Box<Bulk>,
    },
    /// Asks for a step of a job.
    Job {
        /// The job.
        id: JobId,
        /// The step.
        command: JobCommand,
    },
    /// Asks for a change of a series of recurring requests.
    Series {
        /// The series.
        id: SeriesId,
        /// The change.
        command: SeriesCommand,
    },
    /// Puts a catalog into force.
    Publish {
        /// The catalog.
        catalog: Box<Catalog>,
    },
    /// Holds running work against what changed.
    Rebase {
        /// What changed, and what becomes of running work.
        plan: RebasePlan,
    },
    /// Asks for a step of a rebase.
    RebaseStep {
        /// The rebase.
        id: RebaseId,
        /// The step.
        command: RebaseCommand,
    },
}

impl Command {
    /// The catalog that it puts into force, checked.
    pub(super) fn catalog(&self) -> Result<Option<CheckedCatalog>, Problems> {
        match self {
            Self::Publish { catalog } => (**catalog).clone().check().map(Some),
            Self::Submit { .. }
            | Self::Request { .. }
            | Self::Read { .. }
            | Self::View { .. }
            | Self::Directory { .. }
            | Self::Bulk { .. }
            | Self::Job { .. }
            | Self::Archive { .. }
            | Self::ErasePerson { .. }
            | Self::Erasure { .. }
            | Self::Series { .. }
            | Self::Rebase { .. }
            | Self::RebaseStep { .. } => Ok(None),
        }
    }

    /// Whether deciding it computes deadlines.
    pub(super) fn keeps_time(&self) -> bool {
        match self {
            Self::Submit { .. } | Self::Request { .. } | Self::Series { .. } => true,
            Self::Publish { .. } | Self::Rebase { .. } | Self::RebaseStep { .. } => true,
            Self::Read { .. }
            | Self::View { .. }
            | Self::Directory { .. }
            | Self::Bulk { .. }
            | Self::Job { .. }
            | Self::Archive { .. }
            | Self::ErasePerson { .. }
            | Self::Erasure { .. } => false,
        }
    }

    /// The records that every decision about it reads.
    pub(super) fn keys(&self, actor: &Actor) -> Vec<Key> {
        let tenant = actor.tenant;
        match self {
            Self::Request { id, command: RequestCommand::Assign { operator } } => {
                vec![REQUEST.key(id.0), EMPLOYEE.key(operator.0)]
            }
            Self::Request { id, command: RequestCommand::Claim } => {
                vec![REQUEST.key(id.0), EMPLOYEE.key(actor.on_behalf_of().id)]
            }
            // The mark of whoever writes is read at once, as these are the commands that come most often.
            Self::Request {
                id,
                command:
                    RequestCommand::Reply(_)
                    | RequestCommand::Answer(_)
                    | RequestCommand::Note(_)
                    | RequestCommand::Resolve { .. },
            }
            | Self::Read { id } => vec![REQUEST.key(id.0), ReadMark::key(*id, actor.party)],
            Self::Request { id, .. } => vec![REQUEST.key(id.0)],
            Self::View { id, .. } => vec![SAVED_VIEW.key(id.0)],
            Self::Directory { command } => command.keys(tenant),
            Self::Publish { .. } | Self::Rebase { .. } => vec![Published::key(tenant)],
            Self::RebaseStep { id, .. } => vec![REBASE.key(id.0)],
            Self::Job { id, .. } => vec![JOB.key(id.0)],
            Self::Series { id, .. } => vec![SERIES.key(id.0)],
            Self::Archive { id, .. } => vec![REQUEST.key(id.0)],
            // Contacts who are the same person have one erasure; which one is theirs the directory says.
            Self::ErasePerson { party } => vec![Erasure::key(*party)],
            Self::Erasure { party, command: ErasureCommand::Erase { kind, id, .. } } => {
                [Erasure::key(*party)].into_iter().chain(asks_for(kind, *id)).collect()
            }
            Self::Erasure { party, .. } => vec![Erasure::key(*party)],
            Self::Submit { .. } | Self::Bulk { .. } => Vec::new(),
        }
    }
}
