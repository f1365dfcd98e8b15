//! Connections that read.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use super::failure::Failure;
use super::options::SqliteOptions;

/// Connections that read, at most so many at once. A pool of sqlx would send each through its thread once more and wake
/// another task whenever one is given back, which costs as much as reading a page.
#[derive(Debug)]
pub(crate) struct Readers {
    options: SqliteConnectOptions,
    permits: Semaphore,
    count: u32,
    /// Those that nobody uses now.
    idle: Mutex<Vec<SqliteConnection>>,
}

/// A connection while somebody reads. It is kept only when the reading came to its end.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    connection: SqliteConnection,
    of: &'a Readers,
    _permit: SemaphorePermit<'a>,
}

impl Readers {
    /// Connections to a file; the first is made when somebody reads.
    pub(crate) fn new(options: &SqliteOptions) -> Self {
        let count = options.readers;
        Self {
            options: options.reader(),
            permits: Semaphore::new(count as usize),
            count,
            idle: Mutex::default(),
        }
    }

    /// Takes a connection.
    ///
    /// # Errors
    /// None is free in time, none can be made, or all were closed.
    pub(crate) async fn take(&self) -> Result<Reader<'_>, Failure> {
        let permit = timeout(PATIENCE, self.permits.acquire()).await;
        let permit = permit.map_err(|_| sqlx::Error::PoolTimedOut)?.map_err(|_| sqlx::Error::PoolClosed)?;
        let idle = self.idle().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.options.connect().await?,
        };
        Ok(Reader { connection, of: self, _permit: permit })
    }

    /// Lets nobody read any more, and ends when nobody does.
    pub(crate) async fn close(&self) {
        let everybody = self.permits.acquire_many(self.count).await;
        self.permits.close();
        drop(everybody);
        let idle = std::mem::take(&mut *self.idle());
        for connection in idle {
            // What was read is with those who asked.
            let _ = connection.close().await;
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<SqliteConnection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reader<'_> {
    /// Ends the reading.
    pub(crate) fn settle<T, E>(self, read: Result<T, E>) -> Result<T, E> {
        if read.is_ok() {
            self.of.idle().push(self.connection);
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
