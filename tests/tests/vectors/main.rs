//! Runs golden vectors through the public API: every `.json` file below `tests/vectors`, below `../shared/vectors` of the
//! project where that exists, and below the folder that `OKNO_VECTORS` names.
//!
//! A format is one entry of [`FORMATS`]: a function that answers every vector of a file.

#![expect(clippy::print_stdout, reason = "the summary is what the run is for")]

mod business_time;
mod sla_compliance;
mod timeline;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::Deserialize;
use serde_json::{Map, Value};

/// What the engine answers to each vector of a file, in the order of the file.
type Run = fn(&File) -> Vec<Verdict>;

/// The formats there are.
const FORMATS: [(&str, Run); 3] = [
    ("business_time/1", business_time::run),
    ("sla_timeline/1", timeline::run),
    ("sla_compliance/1", sla_compliance::run),
];

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut report = Report::default();
    report.run_folder(&root.join("vectors"));
    let shared = root.join("../../shared/vectors");
    if shared.is_dir() {
        report.run_folder(&shared);
    }
    if let Some(folder) = std::env::var_os("OKNO_VECTORS") {
        report.run_folder(Path::new(&folder));
    }
    report.finish()
}

/// One file of vectors.
#[derive(Debug, Deserialize)]
struct File {
    format: String,
    #[serde(default)]
    calendars: Map<String, Value>,
    #[serde(default)]
    policies: Map<String, Value>,
    vectors: Vec<Value>,
}

/// How the answer to one vector compares.
struct Verdict {
    id: String,
    outcome: Result<(), Mismatch>,
}

/// What was answered where something else was expected.
struct Mismatch {
    got: String,
    expected: String,
}

impl Verdict {
    /// Compares an answer with what a vector expects.
    fn of(vector: &Value, answer: Result<Answer, String>) -> Self {
        let id = vector["id"].as_str().unwrap_or("(no id)").to_owned();
        let outcome = answer.and_then(Answer::compare).map_err(|got| Mismatch {
            got,
            expected: ["expect", "expect_ms", "expect_error"]
                .map(|key| vector[key].clone())
                .into_iter()
                .fold(
                    String::new(),
                    |text, value| if value.is_null() { text } else { format!("{text}{value}") },
                ),
        });
        Self { id, outcome }
    }
}

/// An answer beside the expected one, both as texts for the report.
struct Answer {
    got: String,
    agrees: bool,
}

impl Answer {
    fn compare(self) -> Result<(), String> {
        if self.agrees { Ok(()) } else { Err(self.got) }
    }
}

#[derive(Default)]
struct Report {
    passed: usize,
    failed: usize,
}

impl Report {
    fn run_folder(&mut self, folder: &Path) {
        let mut files = Vec::new();
        let found = find_json(folder, &mut files);
        files.sort();
        match found {
            Ok(()) if files.is_empty() => self.fail(folder, "no vectors are here"),
            Ok(()) => files.iter().for_each(|file| self.run_file(file)),
            Err(error) => self.fail(folder, &error.to_string()),
        }
    }

    fn run_file(&mut self, path: &Path) {
        let file: Result<File, String> = std::fs::read_to_string(path)
            .map_err(|error| error.to_string())
            .and_then(|text| serde_json::from_str(&text).map_err(|error| error.to_string()));
        let file = match file {
            Ok(file) => file,
            Err(error) => return self.fail(path, &error),
        };
        match FORMATS.iter().find(|(format, _)| *format == file.format) {
            Some((_, run)) => self.count(path, &run(&file)),
            None => self.fail(path, &format!("the format `{}` is not known", file.format)),
        }
    }

    fn count(&mut self, path: &Path, verdicts: &[Verdict]) {
        let passed = verdicts.iter().filter(|verdict| verdict.outcome.is_ok()).count();
        println!("{}: {passed}/{}", shown(path), verdicts.len());
        for verdict in verdicts {
            if let Err(Mismatch { got, expected }) = &verdict.outcome {
                println!("  {}: got {got}, expected {expected}", verdict.id);
            }
        }
        self.passed += passed;
        self.failed += verdicts.len() - passed;
        if verdicts.is_empty() {
            self.fail(path, "the file has no vectors");
        }
    }

    fn fail(&mut self, path: &Path, reason: &str) {
        println!("{}: error: {reason}", shown(path));
        self.failed += 1;
    }

    fn finish(self) -> ExitCode {
        println!("vectors: {} passed, {} failed", self.passed, self.failed);
        if self.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

fn find_json(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            find_json(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    Ok(())
}

/// The last two parts of a path.
fn shown(path: &Path) -> String {
    let mut parts: Vec<_> = path.iter().rev().take(2).map(|part| part.to_string_lossy()).collect();
    parts.reverse();
    parts.join("/")
}
