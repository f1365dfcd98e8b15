//! Connections that read.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::Sqlite;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnection, SqlitePool, SqlitePoolOptions};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use super::failure::Failure;
use super::options::SqliteOptions;

/// Connections that read, at most so many at once. A pool makes them; it would send each through its thread once more and
/// wake another task whenever one is given back, which costs as much as reading a page.
#[derive(Debug)]
pub(crate) struct Readers {
    pool: SqlitePool,
    permits: Semaphore,
    /// Those that nobody uses now.
    idle: Mutex<Vec<PoolConnection<Sqlite>>>,
}

/// A connection while somebody reads. It is kept only when the reading came to its end: one that was dropped in the middle
/// is left to the pool, which looks whether it is still of use.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    connection: PoolConnection<Sqlite>,
    of: &'a Readers,
    _permit: SemaphorePermit<'a>,
}

impl Readers {
    /// Connections to a file; the first is made when somebody reads.
    pub(crate) fn new(options: &SqliteOptions) -> Self {
        let pool = SqlitePoolOptions::new()
            .max_connections(options.readers)
            .idle_timeout(None)
            .max_lifetime(None)
            // A connection to a file does not go away by itself.
            .test_before_acquire(false)
            .connect_lazy_with(options.reader());
        Self { pool, permits: Semaphore::new(options.readers as usize), idle: Mutex::default() }
    }

    /// Takes a connection.
    ///
    /// # Errors
    /// As a pool: none is free in time, none can be made, or all were closed.
    pub(crate) async fn take(&self) -> Result<Reader<'_>, Failure> {
        let permit = timeout(PATIENCE, self.permits.acquire()).await;
        let permit = permit.map_err(|_| sqlx::Error::PoolTimedOut)?.map_err(|_| sqlx::Error::PoolClosed)?;
        let idle = self.idle().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.pool.acquire().await?,
        };
        Ok(Reader { connection, of: self, _permit: permit })
    }

    /// Lets nobody read any more, and ends when nobody does.
    pub(crate) async fn close(&self) {
        self.permits.close();
        drop(std::mem::take(&mut *self.idle()));
        self.pool.close().await;
    }

    fn idle(&self) -> MutexGuard<'_, Vec<PoolConnection<Sqlite>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reader<'_> {
    /// Ends the reading.
    pub(crate) fn settle<T, E>(self, read: Result<T, E>) -> Result<T, E> {
        let mut idle = self.of.idle();
        // Looked at under the lock, so that none is kept behind those who close them.
        if read.is_ok() && !self.of.permits.is_closed() {
            idle.push(self.connection);
        }
        read
    }
}

impl Deref for Reader<'_> {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.connection
    }
}

impl DerefMut for Reader<'_> {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }
}

/// How long a caller waits for a connection.
const PATIENCE: Duration = Duration::from_secs(30);
