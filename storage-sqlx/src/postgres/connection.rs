//! Statements on a connection, and connections that are kept for those who commit or read.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use okno::store::StoreError;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgConnection, PgPool, PgRow};
use sqlx::{Arguments as _, AssertSqlSafe, Connection as _, Postgres};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::error::Elapsed;
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use super::failure::Failure;
use crate::sql::{Arg, Dialect, Kept, Sql, Statement};

/// A query with its arguments; every text is made of constants and quoted names, values travel as arguments.
pub(crate) type Bound = sqlx::query::Query<'static, Postgres, PgArguments>;

/// Binds the arguments of a statement; its text stays in the cache of statements unless it is long and seldom, or has to
/// be planned with its arguments: what stays is planned without them before long.
pub(crate) fn bound(statement: Statement) -> Result<Bound, sqlx::Error> {
    let mut arguments = PgArguments::default();
    for arg in statement.args {
        add(&mut arguments, arg).map_err(sqlx::Error::Encode)?;
    }
    let cached = statement.text.len() <= CACHED_BYTES_MAX && !statement.depends;
    Ok(sqlx::query_with(AssertSqlSafe(statement.text), arguments).persistent(cached))
}

impl Sql for Postgres {
    const DIALECT: Dialect = Dialect::Postgres;
    const READ: &'static str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

    type Failure = Failure;

    async fn each<T: Send + Unpin>(
        connection: &mut PgConnection,
        statement: Statement,
        read: impl FnMut(PgRow) -> Result<T, StoreError> + Send,
    ) -> Result<Vec<T>, Failure> {
        let read = bound(statement)?.map(read).fetch_all(connection).await?;
        Ok(read.into_iter().collect::<Result<_, _>>()?)
    }

    async fn rows(connection: &mut PgConnection, statement: Statement) -> Result<Vec<PgRow>, Failure> {
        Ok(bound(statement)?.fetch_all(connection).await?)
    }
}

/// Connections for one purpose, at most so many at once.
#[derive(Debug)]
pub(crate) struct Connections {
    pool: PgPool,
    permits: Arc<Semaphore>,
    /// Those that nobody uses now; `None` where the host's pool keeps them.
    idle: Option<Mutex<Vec<Idle>>>,
    /// How long a caller waits for one.
    patience: Duration,
}

/// A connection that nobody uses, and when it answered last.
type Idle = (Instant, PoolConnection<Postgres>);

/// A connection in use. It is kept only when its use was settled: one that was dropped in the middle of something is left
/// to the pool, which looks whether it is still of use.
#[derive(Debug)]
pub(crate) struct Held<'a> {
    connection: PoolConnection<Postgres>,
    of: &'a Connections,
    _permit: OwnedSemaphorePermit,
}

impl Connections {
    /// At most so many connections of a pool, which are kept when the pool serves nobody else.
    pub(crate) fn new(pool: PgPool, most: u32, patience: Duration, keeps: bool) -> Self {
        let permits = Arc::new(Semaphore::new(most.max(1) as usize));
        Self { pool, permits, idle: keeps.then(Mutex::default), patience }
    }

    /// Takes a connection.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when none is free or can be made in time, [`StoreError::Closed`].
    pub(crate) async fn take(&self) -> Result<Held<'_>, Failure> {
        let waited = timeout(self.patience, self.permits.clone().acquire_owned()).await;
        let permit = waited.map_err(|late| Failure::Late(Arc::new(late)))?;
        let permit = permit.map_err(|_| StoreError::Closed)?;
        let connection = match self.idle().await {
            Some(connection) => connection,
            None => self.pool.acquire().await?,
        };
        Ok(Held { connection, of: self, _permit: permit })
    }

    /// Lets nobody take a connection any more.
    pub(crate) fn close(&self) {
        self.permits.close();
        drop(self.idle.as_ref().map(|idle| std::mem::take(&mut *lock(idle))));
    }

    /// A connection that nobody uses, and that still answers when it was not used lately.
    async fn idle(&self) -> Option<PoolConnection<Postgres>> {
        let idle = self.idle.as_ref()?;
        loop {
            let (since, mut connection) = lock(idle).pop()?;
            if since.elapsed() < TRUSTED_FOR {
                return Some(connection);
            }
            if let Ok(Ok(())) = timeout(self.patience, connection.ping()).await {
                return Some(connection);
            }
            connection.close_on_drop();
        }
    }
}

impl Held<'_> {
    /// Ends the use of the connection: it is given back when what was done with it went well or was refused.
    pub(crate) fn settle<T>(mut self, done: Result<Result<T, Failure>, Elapsed>) -> Result<T, Failure> {
        let done = done.unwrap_or_else(|late| Err(Failure::Late(Arc::new(late))));
        if done.as_ref().err().is_none_or(Failure::leaves_the_connection) {
            if let Some(idle) = &self.of.idle {
                lock(idle).push((Instant::now(), self.connection));
            }
        } else {
            self.connection.close_on_drop();
        }
        done
    }
}

impl Deref for Held<'_> {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for Held<'_> {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn add(arguments: &mut PgArguments, arg: Arg) -> Result<(), sqlx::error::BoxDynError> {
    match arg {
        Arg::Null => arguments.add(None::<i64>),
        Arg::Bool(v) => arguments.add(i64::from(v)),
        Arg::Int(v) => arguments.add(v),
        Arg::Id(v) => arguments.add(v),
        Arg::Text(v) => arguments.add(v),
        Arg::Bytes(v) => arguments.add(v),
        Arg::List(Kept::Int, members) => arguments.add(list(members, int)),
        Arg::List(Kept::Id, members) => arguments.add(list(members, id)),
        Arg::List(Kept::Text | Kept::Tokens, members) => arguments.add(list(members, text)),
        Arg::List(Kept::Bytes, members) => arguments.add(list(members, bytes)),
    }
}

/// The members of a list; one that is kept in another way is none.
fn list<T>(members: Vec<Arg>, member: fn(Arg) -> Option<T>) -> Vec<Option<T>> {
    members.into_iter().map(member).collect()
}

fn int(arg: Arg) -> Option<i64> {
    match arg {
        Arg::Int(v) => Some(v),
        Arg::Bool(v) => Some(v.into()),
        Arg::Null | Arg::Id(_) | Arg::Text(_) | Arg::Bytes(_) | Arg::List(..) => None,
    }
}

fn id(arg: Arg) -> Option<Uuid> {
    match arg {
        Arg::Id(v) => Some(v),
        Arg::Null | Arg::Bool(_) | Arg::Int(_) | Arg::Text(_) | Arg::Bytes(_) | Arg::List(..) => None,
    }
}

fn text(arg: Arg) -> Option<String> {
    match arg {
        Arg::Text(v) => Some(v),
        Arg::Null | Arg::Bool(_) | Arg::Int(_) | Arg::Id(_) | Arg::Bytes(_) | Arg::List(..) => None,
    }
}

fn bytes(arg: Arg) -> Option<Vec<u8>> {
    match arg {
        Arg::Bytes(v) => Some(v),
        Arg::Null | Arg::Bool(_) | Arg::Int(_) | Arg::Id(_) | Arg::Text(_) | Arg::List(..) => None,
    }
}

/// A longer text is not worth its place in the cache.
const CACHED_BYTES_MAX: usize = 16_384;
/// How long a connection that answered last is taken without asking.
const TRUSTED_FOR: Duration = Duration::from_secs(1);
