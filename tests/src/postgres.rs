//! A PostgreSQL server for tests: that of `OKNO_TEST_POSTGRES_URL`, or a throw-away one that ends with the process.
//!
//! The programs of a throw-away server are found through `PATH`, `pg_config --bindir` and `/usr/lib/postgresql`. Where
//! there is neither, tests of the store return, which one line of each process says; with `OKNO_REQUIRE_POSTGRES=1`
//! they fail.

use std::env;
use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use tokio::sync::OnceCell;

/// A server, and schemas in it.
#[derive(Debug)]
pub struct Server {
    /// Where it listens, without a database.
    url: PgConnectOptions,
    /// The folder of its socket; none for a server that was there before.
    socket: Option<PathBuf>,
    /// A schema that a test gave back is emptied for the next, which costs less than making one.
    free: [Mutex<Vec<String>>; 2],
    made: Mutex<usize>,
    localized: OnceCell<()>,
    /// Ends with this process, and ends the server.
    _guardian: Option<Child>,
}

/// A database of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Database {
    /// Texts are ordered by their bytes.
    Bytewise,
    /// Texts are ordered as Russian readers expect.
    Localized,
}

/// A schema that nobody else uses, as long as it is held.
#[derive(Debug)]
pub struct Schema {
    name: String,
    url: String,
    database: Database,
    /// Where it is given back, when another test can use it.
    server: Option<&'static Server>,
}

/// The server, which the first call starts; `None` when there is none.
///
/// # Panics
/// When `OKNO_REQUIRE_POSTGRES=1` asks for one and there is none.
pub fn server() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    SERVER.get_or_init(found).as_ref()
}

fn found() -> Option<Server> {
    let found = match env::var("OKNO_TEST_POSTGRES_URL") {
        Ok(url) => url.parse().map_err(|error| format!("OKNO_TEST_POSTGRES_URL: {error}")).map(Server::at),
        Err(_) => Server::start(),
    };
    match found {
        Ok(server) => Some(server),
        Err(why) => {
            let is_required = env::var("OKNO_REQUIRE_POSTGRES").is_ok_and(|required| required == "1");
            assert!(!is_required, "OKNO_REQUIRE_POSTGRES=1, but there is no PostgreSQL: {why}");
            // Past the capture of tests: whoever runs them sees it.
            let _ = writeln!(io::stderr(), "\nPostgreSQL is not tested: {why}\n");
            None
        }
    }
}

impl Server {
    /// A server that is there.
    fn at(url: PgConnectOptions) -> Self {
        let (free, made, localized) = (Default::default(), Mutex::default(), OnceCell::new());
        Self { url, socket: None, free, made, localized, _guardian: None }
    }

    /// Starts a throw-away server, as the user `postgres` where root would be refused.
    fn start() -> Result<Self, String> {
        let programs = programs().ok_or("its programs were not found")?;
        let mut command = if is_root() { Command::new("runuser") } else { Command::new("sh") };
        if is_root() {
            command.args(["-u", "postgres", "--", "sh"]);
        }
        command.args(["-c", GUARDIAN, "sh"]).arg(&programs);
        // The pipe closes with this process, however that ends.
        let command = command.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut guardian = command.spawn().map_err(|error| format!("`sh` did not start: {error}"))?;
        let mut line = String::new();
        if let Some(output) = guardian.stdout.take() {
            BufReader::new(output).read_line(&mut line).map_err(|error| error.to_string())?;
        }
        let socket = match line.trim().strip_prefix("ready ") {
            Some(socket) => PathBuf::from(socket),
            None => return Err(format!("the server in {} did not start: {line}", programs.display())),
        };
        let url =
            PgConnectOptions::new_without_pgpass().socket(&socket).username("okno").database("postgres");
        Ok(Self { socket: Some(socket), _guardian: Some(guardian), ..Self::at(url) })
    }

    /// The URL of a database.
    ///
    /// # Panics
    /// When the database with another order cannot be made.
    pub async fn url(&self, database: Database) -> String {
        let name = match database {
            Database::Bytewise => return self.address(self.url.get_database().unwrap_or("postgres")),
            Database::Localized => "okno_localized",
        };
        self.localized.get_or_init(async || self.localize(name).await).await;
        self.address(name)
    }

    /// Lends a schema, empty or not there yet.
    ///
    /// # Panics
    /// When the server cannot be asked.
    pub async fn schema(&'static self, database: Database) -> Schema {
        let url = self.url(database).await;
        let free = lock(&self.free[database as usize]).pop();
        let name = match free {
            Some(name) => {
                let mut connection = PgConnection::connect(&url).await.expect("the server answers");
                let text = AssertSqlSafe(EMPTY.replace("{schema}", &name));
                sqlx::raw_sql(text).execute(&mut connection).await.expect("a schema can be emptied");
                connection.close().await.expect("the connection ends");
                name
            }
            None => self.fresh(),
        };
        Schema { name, url, database, server: Some(self) }
    }

    /// Gives a schema that is not there yet, for a test that makes tables of its own.
    ///
    /// # Panics
    /// When the database with another order cannot be made.
    pub async fn own_schema(&self, database: Database) -> Schema {
        Schema { name: self.fresh(), url: self.url(database).await, database, server: None }
    }

    fn fresh(&self) -> String {
        let mut made = lock(&self.made);
        *made += 1;
        format!("test_{}_{made}", std::process::id())
    }

    /// The URL of a fresh database of a name, which one process uses at a time.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn database(&self, name: &str) -> String {
        let mut connection = self.url.clone().connect().await.expect("the server answers");
        for text in [
            format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
            format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"),
        ] {
            sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut connection).await.expect("a database is made");
        }
        self.address(name)
    }

    /// The URL of a database by its name.
    fn address(&self, database: &str) -> String {
        let mut url = self.url.clone().database(database).to_url_lossy();
        // A folder cannot stand where a host does.
        if let Some(socket) = &self.socket {
            url.set_query(Some(&format!("host={}&user=okno", socket.display())));
        }
        url.to_string()
    }

    async fn localize(&self, name: &str) {
        let mut connection = self.url.clone().connect().await.expect("the server answers");
        let there = "SELECT count(*) FROM pg_database WHERE datname = $1";
        let there: i64 =
            sqlx::query_scalar(there).bind(name).fetch_one(&mut connection).await.expect("databases");
        if there == 0 {
            let text = format!(
                "CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'ru' \
                 LOCALE 'C'"
            );
            sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut connection).await.expect("a database is made");
        }
    }
}

impl Schema {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The URL of its database.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        if let Some(server) = self.server {
            lock(&server.free[self.database as usize]).push(std::mem::take(&mut self.name));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The folder of the server's programs.
pub(crate) fn programs() -> Option<PathBuf> {
    let of_path = env::var_os("PATH").map(|path| env::split_paths(&path).collect::<Vec<_>>());
    let asked = Command::new("pg_config").arg("--bindir").output().ok();
    let told = asked.map(|asked| PathBuf::from(String::from_utf8_lossy(&asked.stdout).trim()));
    let mut installed: Vec<_> = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().collect();
    // The newest version first.
    installed.sort_by_key(|version| {
        std::cmp::Reverse(version.file_name().to_string_lossy().parse::<u32>().unwrap_or_default())
    });
    let installed = installed.into_iter().map(|version| version.path().join("bin"));
    let mut folders = of_path.into_iter().flatten().chain(told).chain(installed);
    folders
        .find(|folder| ["initdb", "postgres"].iter().all(|program| Path::new(folder).join(program).is_file()))
}

pub(crate) fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|id| id.stdout.trim_ascii() == b"0")
}

/// Makes a server in a folder of its own, says where its socket is, and takes everything away when nobody holds its
/// input any more.
const GUARDIAN: &str = r#"
dir=$(mktemp -d /tmp/okno-postgres.XXXXXX) || exit 1
trap 'rm -rf "$dir"' EXIT
trap '' INT
"$1/initdb" -D "$dir/data" -U okno -A trust -N -E UTF8 --locale=C >"$dir/log" 2>&1 || { tail -1 "$dir/log"; exit 1; }
"$1/postgres" -D "$dir/data" -k "$dir" -c listen_addresses= -c fsync=off -c full_page_writes=off \
    -c max_connections=400 -c max_wal_size=256MB -c max_locks_per_transaction=256 >"$dir/log" 2>&1 &
server=$!
tries=0
until [ -S "$dir/.s.PGSQL.5432" ] && grep -q 'ready to accept connections' "$dir/log"; do
    tries=$((tries + 1))
    if [ $tries -gt 600 ] || ! kill -0 $server 2>/dev/null; then tail -1 "$dir/log"; exit 1; fi
    sleep 0.05
done
echo "ready $dir"
read -r line
kill -QUIT $server
wait $server
"#;

/// Empties every table but that of the parts.
const EMPTY: &str = "DO $do$ DECLARE t record; BEGIN \
     FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = '{schema}' AND tablename <> 'okno_schema' LOOP \
     EXECUTE format('DELETE FROM %I.%I', '{schema}', t.tablename); END LOOP; END $do$";
