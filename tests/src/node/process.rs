use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use okno::CommandId;
use okno::base::Span;
use okno::store::{Receipt, Version};

use super::shared::SharedStore;

/// How a node is started.
#[derive(Debug, Clone)]
pub struct Start<'a> {
    /// The program.
    pub program: &'a Path,
    /// The store.
    pub store: &'a SharedStore,
    /// Where its messages go.
    pub post: &'a Path,
    /// By how much its clock is wrong.
    pub clock: Span,
    /// By how much the clock is wrong that the store's leases follow.
    pub leases: Span,
}

/// A node that is a process of its own. It is killed when it is dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    orders: ChildStdin,
    said: Receiver<String>,
}

impl Process {
    /// Starts a node.
    ///
    /// # Panics
    /// When the machine cannot.
    #[must_use]
    pub fn start(start: &Start<'_>) -> Self {
        let mut child = Command::new(start.program)
            .arg(start.store.to_words())
            .arg(start.post)
            .arg(start.clock.millis().to_string())
            .arg(start.leases.millis().to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a node can be started");
        let orders = child.stdin.take().expect("it takes orders");
        let said = listen(child.stdout.take().expect("it speaks"));
        Self { child, orders, said }
    }

    /// Gives an order.
    ///
    /// # Panics
    /// When the node is gone.
    pub fn tell(&mut self, order: &str) {
        writeln!(self.orders, "{order}").and_then(|()| self.orders.flush()).expect("the node listens");
    }

    /// The next thing that it says; nothing when it is gone.
    ///
    /// # Panics
    /// When it is there and says nothing for long.
    pub fn hear(&mut self) -> Option<String> {
        match self.said.recv_timeout(PATIENCE) {
            Ok(line) => Some(line),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("the node says nothing"),
        }
    }

    /// Gives an order and hears what comes of it.
    ///
    /// # Panics
    /// When the node is gone.
    pub fn ask(&mut self, order: &str) -> String {
        self.tell(order);
        self.hear().unwrap_or_else(|| panic!("the node is gone: `{order}`"))
    }

    /// Kills it with SIGKILL and gives everything that it said before.
    ///
    /// # Panics
    /// When it ended by itself.
    pub fn kill(mut self) -> Vec<String> {
        let ended = self.child.try_wait().expect("it can be looked at");
        assert!(ended.is_none(), "the node ended by itself: {ended:?}");
        self.child.kill().expect("it can be killed");
        std::iter::from_fn(|| self.hear()).collect()
    }

    /// Stops it with SIGSTOP: it is there and does nothing.
    ///
    /// # Panics
    /// When it cannot be stopped.
    pub fn stop(&self) {
        signal(self.child.id(), "STOP");
    }

    /// Lets it go on with SIGCONT.
    ///
    /// # Panics
    /// When it cannot.
    pub fn go_on(&self) {
        signal(self.child.id(), "CONT");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Hears what a process says, line by line. What was not said to its end was not said.
fn listen(said: ChildStdout) -> Receiver<String> {
    let (sender, heard) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let (mut said, mut line) = (BufReader::new(said), String::new());
        while said.read_line(&mut line).is_ok() && line.ends_with('\n') {
            if sender.send(line.trim_end().to_owned()).is_err() {
                return;
            }
            line.clear();
        }
    });
    heard
}

/// Sends a signal to a process.
///
/// # Panics
/// When there is no such process.
pub(crate) fn signal(process: u32, name: &str) {
    let sent = Command::new("kill").arg(format!("-{name}")).arg(process.to_string()).status();
    assert!(sent.expect("`kill` is there").success(), "SIG{name} could not be sent to {process}");
}

/// Reads an acknowledgement: `acknowledged COMMAND SUBJECT LABEL VERSION POSITION`.
#[must_use]
pub fn acknowledged(line: &str) -> Option<(CommandId, Receipt)> {
    let mut words = line.strip_prefix("acknowledged ")?.split(' ');
    let command = words.next()?.parse().ok()?;
    let subject = words.next()?.parse().ok()?;
    let label = words.next()?.to_owned();
    let version = Version(words.next()?.parse().ok()?);
    let position = words.next()?.parse().ok()?;
    Some((command, Receipt { subject, label, version, position }))
}

/// How long a node may say nothing.
const PATIENCE: Duration = Duration::from_secs(30);
