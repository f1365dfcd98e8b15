//! The names of commands, as their types tell them.

use std::collections::BTreeSet;
use std::fmt;

use okno::RequestCommand;
use okno::engine::Command;
use okno::life::directory::DirectoryCommand;
use okno::life::erasure::ErasureCommand;
use okno::life::job::JobCommand;
use okno::life::rebase::RebaseCommand;
use okno::life::series::SeriesCommand;
use okno::life::view::ViewCommand;
use serde::Deserialize;
use serde::de::value::MapDeserializer;

/// The name of a command, like `submit` or `request claim`.
pub(super) fn name_of(command: &Command) -> Result<String, serde_json::Error> {
    let written = serde_json::to_value(command)?;
    let about = written["about"].as_str().unwrap_or_default();
    let name = match written["command"]["type"].as_str() {
        Some(what) => format!("{about} {what}"),
        None => about.to_owned(),
    };
    Ok(name)
}

/// The names of all commands that there are.
pub(super) fn all() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for about in variants::<Command>("about") {
        let within = match *about {
            "request" => variants::<RequestCommand>("type"),
            "directory" => variants::<DirectoryCommand>("type"),
            "job" => variants::<JobCommand>("type"),
            "series" => variants::<SeriesCommand>("type"),
            "erasure" => variants::<ErasureCommand>("type"),
            "rebase_step" => variants::<RebaseCommand>("type"),
            "view" => variants::<ViewCommand>("type"),
            _ => &[],
        };
        names.extend(within.iter().map(|what| format!("{about} {what}")));
        if within.is_empty() {
            names.insert((*about).to_owned());
        }
    }
    names
}

/// What the engine alone asks for, and the fact by which the journal shows that it was done.
pub(super) const OF_THE_ENGINE: &[(&str, &str)] = &[
    ("request give_back", "released"),
    ("request note_verdict", "attachment_scanned"),
    ("request wake", "closed"),
    ("request park", "parked"),
    ("request follow_parent", "resolved"),
    ("request note_follow_refused", "follow_refused"),
    ("job collect", "job_collected"),
    ("job end", "job_ended"),
    ("series occur", "occurred"),
    ("directory erase", "person_erased"),
    ("erasure learn", "erasure_advanced"),
    ("erasure advance", "erasure_ended"),
    ("erasure erase", "erased"),
    ("rebase_step advance", "rebase_advanced"),
];

/// The variants of a type that is told by a tag: what it says it expects instead of one that there is not.
///
/// The enums of commands may grow, so that no `match` outside their crate can be complete; this list always is.
fn variants<T: for<'de> Deserialize<'de>>(tag: &'static str) -> &'static [&'static str] {
    let none = MapDeserializer::new([(tag, "")].into_iter());
    T::deserialize(none).err().map_or(&[], |Expected(names)| names)
}

#[derive(Debug)]
struct Expected(&'static [&'static str]);

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "one of {} is expected", self.0.join(", "))
    }
}

impl std::error::Error for Expected {}

impl serde::de::Error for Expected {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self(&[])
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self(expected)
    }
}
