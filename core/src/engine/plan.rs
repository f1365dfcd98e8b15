use super::command::Command;
use super::desk::Acting;
use super::error::DeskError;
use crate::store::{Batch, Receipt};

/// What a command comes to, decided as things stand and not committed.
///
/// A host that keeps its own rows in the same database commits the batch inside its own transaction, with
/// `commit_within` of the SQL stores: its rows and the command take effect together or not at all. The store admits the
/// batch as it admits any other, so that a plan that is no longer right is refused: the host rolls back and plans again.
///
/// Planning may itself commit a block of request numbers, so it comes before the host's transaction begins.
#[derive(Debug, Clone)]
#[must_use = "a plan changes nothing until its batch is committed"]
pub enum Plan {
    /// The command was done before: there is nothing to commit.
    Done(Receipt),
    /// What is to be committed.
    Commit(Box<Batch>),
}

impl Acting {
    /// Decides a command as [`Acting::run`] does, and leaves the commit to the caller.
    ///
    /// # Errors
    /// The rule that refuses it, or what the store reports.
    pub async fn plan(&self, command: Command) -> Result<Plan, DeskError> {
        self.desk.plan(&self.call(command)).await
    }
}
