//! Loads that come at the same time are read together.
//!
//! Asking a database costs a trip, to the thread of a connection or over a network, which is more than what a load reads.
//! So whoever comes while another one reads waits, and the next who reads does it for all who wait. Nobody waits when nobody
//! reads.

use std::fmt;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use okno::store::Read;
use sqlx::Database;
use tokio::sync::{Notify, oneshot};
use tokio::time::timeout;

use super::database::Sql;
use super::together::{All, Found, ReadsTogether};

/// What was found for one load in the database of such statements.
type FoundBy<T> = Found<<<T as ReadsTogether>::Database as Database>::Row>;

/// Who reads, and who waits to be read for.
pub(crate) struct Gathering<T: ReadsTogether> {
    state: Mutex<State<T>>,
    /// Told whenever a turn ends.
    ended: Notify,
}

struct State<T: ReadsTogether> {
    /// What the next one reads with; absent while somebody reads.
    statements: Option<Box<T>>,
    waiting: Vec<Waiting<T>>,
}

struct Waiting<T: ReadsTogether> {
    read: Arc<Read>,
    answer: oneshot::Sender<Told<T>>,
}

/// What somebody who waited is told.
enum Told<T: ReadsTogether> {
    /// What another one read.
    Found(Box<FoundBy<T>>),
    /// That it is their turn.
    Lead(Lead<T>),
    /// That it did not work together.
    Alone,
}

/// What comes of asking.
pub(crate) enum Turn<T: ReadsTogether> {
    /// Another one read it.
    Found(Box<FoundBy<T>>),
    /// It is the asker's turn to read.
    Lead(Lead<T>),
    /// It has to be read alone.
    Alone,
}

/// The turn of whoever reads: it passes on when it is dropped, however that comes.
pub(crate) struct Lead<T: ReadsTogether> {
    gathering: Arc<Gathering<T>>,
    statements: Option<Box<T>>,
}

impl<T: ReadsTogether> Gathering<T> {
    pub(crate) fn new(statements: T) -> Self {
        let statements = Some(Box::new(statements));
        Self { state: Mutex::new(State { statements, waiting: Vec::new() }), ended: Notify::new() }
    }

    /// Waits until it was read, or until it is the asker's turn.
    pub(crate) async fn ask(self: &Arc<Self>, read: &Arc<Read>) -> Turn<T> {
        let answer = {
            let mut state = self.state();
            if let Some(statements) = state.statements.take() {
                return Turn::Lead(Lead { gathering: self.clone(), statements: Some(statements) });
            }
            let (sender, answer) = oneshot::channel();
            state.waiting.push(Waiting { read: read.clone(), answer: sender });
            answer
        };
        match timeout(PATIENCE, answer).await {
            Ok(Ok(Told::Found(found))) => Turn::Found(found),
            Ok(Ok(Told::Lead(lead))) => Turn::Lead(lead),
            // Whoever read was dropped on the way, or is slow: perhaps nobody polls it.
            Ok(Ok(Told::Alone) | Err(_)) | Err(_) => Turn::Alone,
        }
    }

    /// Waits for the end of the present turn, if there is one, as long as somebody waits who reads.
    pub(crate) async fn turn(&self) {
        let ended = self.ended.notified();
        if self.state().statements.is_none() {
            // One that takes long holds nobody up.
            let _ = timeout(PATIENCE, ended).await;
        }
    }

    /// Nothing panics while the lock is held, so that a poisoned one is as good.
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the turn to somebody who waits; when nobody does, to whoever comes next.
    fn pass_on(self: &Arc<Self>, mut statements: Box<T>) {
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

impl<T: ReadsTogether> Lead<T> {
    /// Whether somebody waits to be read for.
    pub(crate) fn is_asked(&self) -> bool {
        !self.gathering.state().waiting.is_empty()
    }

    /// Reads for all who wait and for the one whose turn it is.
    pub(crate) async fn read(
        &mut self,
        connection: &mut <T::Database as Database>::Connection,
        own: &Arc<Read>,
    ) -> Result<FoundBy<T>, <T::Database as Sql>::Failure> {
        let waiting = mem::take(&mut self.gathering.state().waiting);
        let (mut reads, mut answers) = (vec![own.clone()], Vec::with_capacity(waiting.len()));
        for Waiting { read, answer } in waiting {
            reads.push(read);
            answers.push(answer);
        }
        let all = match &mut self.statements {
            Some(statements) => statements.read(connection, &reads).await,
            None => Ok(All::default()),
        };
        match all {
            Ok(all) => {
                for (answer, read) in answers.into_iter().zip(&reads[1..]) {
                    let _ = answer.send(Told::Found(Box::new(all.found(read))));
                }
                Ok(all.found(own))
            }
            Err(failure) => {
                answers.into_iter().for_each(|answer| drop(answer.send(Told::Alone)));
                Err(failure)
            }
        }
    }
}

impl<T: ReadsTogether> Drop for Lead<T> {
    fn drop(&mut self) {
        if let Some(statements) = self.statements.take() {
            self.gathering.pass_on(statements);
            self.gathering.ended.notify_waiters();
        }
    }
}

impl<T: ReadsTogether> fmt::Debug for Gathering<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gathering").field("waiting", &self.state().waiting.len()).finish_non_exhaustive()
    }
}

/// How long somebody waits for what another one does.
const PATIENCE: Duration = Duration::from_millis(100);
