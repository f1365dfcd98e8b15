//! Loads that come at the same time are read together.
//!
//! Asking SQLite costs a trip to the thread of a connection, which is more than what a load reads. So whoever comes while
//! another one reads waits, and the next who reads does it for all who wait. Nobody waits when nobody reads.

use std::fmt;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use okno::store::Read;
use sqlx::sqlite::SqliteConnection;
use tokio::sync::{Notify, oneshot};

use super::failure::Failure;
use super::together::{Found, Together};
use crate::sql::Tables;

/// Who reads, and who waits to be read for.
pub(crate) struct Gathering {
    state: Mutex<State>,
    /// Told whenever a turn ends.
    ended: Notify,
}

struct State {
    /// What the next one reads with; absent while somebody reads.
    statements: Option<Box<Together>>,
    waiting: Vec<Waiting>,
}

struct Waiting {
    read: Arc<Read>,
    answer: oneshot::Sender<Told>,
}

/// What somebody who waited is told.
enum Told {
    /// What another one read.
    Found(Box<Found>),
    /// That it is their turn.
    Lead(Lead),
    /// That it did not work together.
    Alone,
}

/// What comes of asking.
#[derive(Debug)]
pub(crate) enum Turn {
    /// Another one read it.
    Found(Box<Found>),
    /// It is the asker's turn to read.
    Lead(Lead),
    /// It has to be read alone.
    Alone,
}

/// The turn of whoever reads: it passes on when it is dropped, however that comes.
pub(crate) struct Lead {
    gathering: Arc<Gathering>,
    statements: Option<Box<Together>>,
}

impl Gathering {
    pub(crate) fn new(tables: &Tables) -> Self {
        let statements = Some(Box::new(Together::new(tables)));
        Self { state: Mutex::new(State { statements, waiting: Vec::new() }), ended: Notify::new() }
    }

    /// Waits until it was read, or until it is the asker's turn.
    pub(crate) async fn ask(self: &Arc<Self>, read: &Arc<Read>) -> Turn {
        let answer = {
            let mut state = self.state();
            if let Some(statements) = state.statements.take() {
                return Turn::Lead(Lead { gathering: self.clone(), statements: Some(statements) });
            }
            let (sender, answer) = oneshot::channel();
            state.waiting.push(Waiting { read: read.clone(), answer: sender });
            answer
        };
        match answer.await {
            Ok(Told::Found(found)) => Turn::Found(found),
            Ok(Told::Lead(lead)) => Turn::Lead(lead),
            // Whoever read was dropped on the way.
            Ok(Told::Alone) | Err(_) => Turn::Alone,
        }
    }

    /// Waits for the end of the present turn, if there is one.
    pub(crate) async fn turn(&self) {
        let ended = self.ended.notified();
        if self.state().statements.is_none() {
            ended.await;
        }
    }

    /// Nothing panics while the lock is held, so that a poisoned one is as good.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the turn to somebody who waits; when nobody does, to whoever comes next.
    fn pass_on(self: &Arc<Self>, mut statements: Box<Together>) {
        loop {
            let mut state = self.state();
            let Some(next) = state.waiting.pop() else {
                state.statements = Some(statements);
                return;
            };
            drop(state);
            let lead = Lead { gathering: self.clone(), statements: Some(statements) };
            // A turn that nobody hears of comes back, and must not pass itself on from within this loop.
            match next.answer.send(Told::Lead(lead)) {
                Ok(()) => return,
                Err(Told::Lead(mut lead)) => match lead.statements.take() {
                    Some(back) => statements = back,
                    None => return,
                },
                Err(Told::Found(_) | Told::Alone) => return,
            }
        }
    }
}

impl Lead {
    /// Whether somebody waits to be read for.
    pub(crate) fn is_asked(&self) -> bool {
        !self.gathering.state().waiting.is_empty()
    }

    /// Reads for all who wait and for the one whose turn it is.
    pub(crate) async fn read(
        &mut self,
        connection: &mut SqliteConnection,
        own: &Arc<Read>,
    ) -> Result<Found, Failure> {
        let waiting = mem::take(&mut self.gathering.state().waiting);
        let (mut reads, mut answers) = (vec![own.clone()], Vec::with_capacity(waiting.len()));
        for Waiting { read, answer } in waiting {
            reads.push(read);
            answers.push(answer);
        }
        let Some(statements) = &mut self.statements else { return Ok(Found::default()) };
        let read = statements.read(connection, &reads).await;
        let mut found = match read {
            Ok(found) => found.into_iter(),
            Err(failure) => {
                answers.into_iter().for_each(|answer| drop(answer.send(Told::Alone)));
                return Err(failure);
            }
        };
        let own = found.next().unwrap_or_default();
        for (answer, found) in answers.into_iter().zip(found) {
            let _ = answer.send(Told::Found(Box::new(found)));
        }
        Ok(own)
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        if let Some(statements) = self.statements.take() {
            self.gathering.pass_on(statements);
            self.gathering.ended.notify_waiters();
        }
    }
}

impl fmt::Debug for Gathering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gathering").field("waiting", &self.state().waiting.len()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Lead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lead").finish_non_exhaustive()
    }
}
