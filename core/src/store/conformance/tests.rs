use std::collections::BTreeSet;

const SOURCES: [&str; 9] = [
    include_str!("batches.rs"),
    include_str!("journal.rs"),
    include_str!("tenants.rs"),
    include_str!("reads.rs"),
    include_str!("leases.rs"),
    include_str!("queries.rs"),
    include_str!("related.rs"),
    include_str!("groups.rs"),
    include_str!("erase.rs"),
];

/// The sentence and the name of every promise, from the functions.
fn promises() -> Vec<(String, String)> {
    let mut promises = Vec::new();
    for source in SOURCES {
        let mut sentence = Vec::new();
        for line in source.lines() {
            if let Some(part) = line.strip_prefix("/// ") {
                sentence.push(part.to_owned());
            } else if let Some(rest) = line.strip_prefix("pub async fn ") {
                let name = rest.split('(').next().unwrap_or_default();
                promises.push((sentence.join(" "), name.to_owned()));
                sentence.clear();
            } else {
                sentence.clear();
            }
        }
    }
    promises
}

#[test]
fn every_sentence_under_must_hold_is_one_function() {
    let contract = include_str!("../mod.rs");
    let list = contract.split("/// # Must hold").nth(1).unwrap_or_default();
    let mut sentences: Vec<String> = Vec::new();
    for line in list.lines().take_while(|line| !line.starts_with("#[async_trait]")) {
        if let Some(first) = line.strip_prefix("/// - ") {
            sentences.push(first.to_owned());
        } else if let (Some(more), Some(last)) = (line.strip_prefix("///   "), sentences.last_mut()) {
            *last = format!("{last} {more}");
        }
    }
    let functions: Vec<String> = promises().into_iter().map(|(sentence, _)| sentence).collect();
    assert_eq!(functions, sentences);
}

#[test]
fn the_suite_runs_every_promise() {
    let list = include_str!("mod.rs").split("@each $test, $open;\n").nth(1).unwrap_or_default();
    let run: BTreeSet<&str> = list.lines().map_while(|line| line.trim().strip_suffix(',')).collect();
    let written = promises();
    assert_eq!(run, written.iter().map(|(_, name)| name.as_str()).collect::<BTreeSet<_>>());
    assert!(run.len() >= 30);
}
