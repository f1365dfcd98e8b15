//! The statements that sqlx runs, as it tells them to whoever listens.

use std::fmt;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

static SEEN: Mutex<Vec<String>> = Mutex::new(Vec::new());
/// Plans that a server told of.
static PLANS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Begins to listen, for the whole program.
pub(crate) fn listen() {
    tracing::subscriber::set_global_default(Listener).expect("nobody else listens");
}

/// The statements since the last time, in order, without what a connection begins with: when a pool opens one more is its
/// own affair.
pub(crate) fn take() -> Vec<String> {
    let mut all = mem::take(&mut *seen());
    all.retain(|text| !text.starts_with("PRAGMA ") || text == "PRAGMA schema_version");
    all
}

/// The plans since the last time.
pub(crate) fn take_plans() -> Vec<String> {
    mem::take(&mut *plans())
}

fn plans() -> MutexGuard<'static, Vec<String>> {
    PLANS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn seen() -> MutexGuard<'static, Vec<String>> {
    SEEN.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Debug)]
struct Listener;

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        ["sqlx::query", NOTICE].contains(&metadata.target())
    }

    fn event(&self, event: &Event<'_>) {
        let mut statement = Statement::default();
        event.record(&mut statement);
        if event.metadata().target() == NOTICE {
            return plans().extend(statement.message.contains("plan:").then_some(statement.message));
        }
        // A short statement is its own summary.
        let Statement { summary, text, .. } = statement;
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        seen().push(if text.is_empty() { summary } else { text });
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[derive(Debug, Default)]
struct Statement {
    summary: String,
    text: String,
    /// What a server says beside its answer.
    message: String,
}

impl Visit for Statement {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "summary" => value.clone_into(&mut self.summary),
            "db.statement" => value.clone_into(&mut self.text),
            "message" => value.clone_into(&mut self.message),
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

/// Where sqlx tells what a server says beside its answers.
const NOTICE: &str = "sqlx::postgres::notice";
