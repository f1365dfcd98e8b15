//! A PostgreSQL server of a test's own, as durable as it is by default, which the test kills, pauses and starts again.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::postgres::{is_root, programs, server};

/// A server of one's own. It ends, and its folder goes, with the process that started it.
#[derive(Debug)]
pub struct Cluster {
    guardian: Child,
    orders: ChildStdin,
    said: BufReader<ChildStdout>,
    folder: PathBuf,
}

impl Cluster {
    /// Starts a server where its programs are: nothing where there is no PostgreSQL for tests, or one whose programs are
    /// elsewhere.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start() -> Option<Self> {
        server()?;
        let programs = programs()?;
        let mut command = if is_root() { Command::new("runuser") } else { Command::new("sh") };
        if is_root() {
            command.args(["-u", "postgres", "--", "sh"]);
        }
        command.args(["-c", GUARDIAN, "sh"]).arg(&programs).current_dir("/");
        // The pipe closes with this process, however that ends.
        let mut guardian = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("`sh` starts");
        let orders = guardian.stdin.take().expect("it takes orders");
        let said = BufReader::new(guardian.stdout.take().expect("it speaks"));
        let mut cluster = Self { guardian, orders, said, folder: PathBuf::new() };
        let ready = cluster.hear();
        cluster.folder = ready.strip_prefix("ready ").unwrap_or_else(|| panic!("no server: {ready}")).into();
        Some(cluster)
    }

    /// The URL of its database.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres:///postgres?host={}&user=okno", self.folder.display())
    }

    /// Kills it with SIGKILL.
    pub fn kill(&mut self) {
        self.order("kill");
    }

    /// Stops it with nothing brought to an end.
    pub fn stop_at_once(&mut self) {
        self.order("stop");
    }

    /// Starts it again.
    pub fn start_again(&mut self) {
        self.order("start");
    }

    /// Pauses it and everything that it runs, as when the network is cut: whoever asks gets no answer.
    pub fn pause(&mut self) {
        self.order("pause");
    }

    /// Lets it go on.
    pub fn go_on(&mut self) {
        self.order("go on");
    }

    fn order(&mut self, order: &str) {
        writeln!(self.orders, "{order}").and_then(|()| self.orders.flush()).expect("the guardian listens");
        let done = self.hear();
        assert!(done.starts_with("ready ") || done == "done", "{order}: {done}");
    }

    fn hear(&mut self) -> String {
        let mut line = String::new();
        self.said.read_line(&mut line).expect("the guardian speaks");
        line.trim_end().to_owned()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Paused, it would not end.
        let _ = writeln!(self.orders, "end").and_then(|()| self.orders.flush());
        let _ = self.guardian.wait();
    }
}

/// Makes a server in a folder of its own, and does as it is told until its input or the orders end.
const GUARDIAN: &str = r#"
# In memory where there is room: a killed process leaves the same there, and no test cuts the power.
place=/tmp
[ -d /dev/shm ] && [ "$(df -Pk /dev/shm | awk 'NR == 2 { print $4 }')" -gt 1000000 ] && place=/dev/shm
dir=$(mktemp -d $place/okno-postgres.XXXXXX) || exit 1
trap 'rm -rf "$dir"' EXIT
trap '' INT
"$1/initdb" -D "$dir/data" -U okno -A trust -N -E UTF8 --locale=C >"$dir/log" 2>&1 || { tail -1 "$dir/log"; exit 1; }
start() {
    tries=0
    while :; do
        tries=$((tries + 1))
        if [ $tries -gt 600 ]; then tail -1 "$dir/log"; return 1; fi
        # What an earlier server left running hinders this one for a moment.
        if [ -z "$server" ] || ! kill -0 $server 2>/dev/null; then
            : >"$dir/log"
            "$1/postgres" -D "$dir/data" -k "$dir" -c listen_addresses= -c max_connections=40 >"$dir/log" 2>&1 &
            server=$!
        fi
        if grep -q 'ready to accept connections' "$dir/log"; then echo "ready $dir"; return 0; fi
        sleep 0.05
    done
}
everything() {
    ps -A -o pid= -o ppid= | while read -r pid parent; do [ "$parent" = "$server" ] && echo "$pid"; done
    echo "$server"
}
server=
start "$1" || exit 1
while read -r order; do
    case $order in
        kill) kill -KILL $server; wait $server 2>/dev/null; echo done ;;
        stop) kill -QUIT $server; wait $server 2>/dev/null; echo done ;;
        start) start "$1" || exit 1 ;;
        pause) kill -STOP $(everything); echo done ;;
        'go on') kill -CONT $(everything); echo done ;;
        end) break ;;
    esac
done
kill -CONT $(everything) 2>/dev/null
kill -QUIT $server 2>/dev/null
wait $server 2>/dev/null
"#;
