use std::collections::BTreeSet;

const SOURCES: [&str; 10] = [
    include_str!("batches.rs"),
    include_str!("journal.rs"),
    include_str!("tenants.rs"),
    include_str!("reads.rs"),
    include_str!("leases.rs"),
    include_str!("queries.rs"),
    include_str!("related.rs"),
    include_str!("groups.rs"),
    include_str!("texts.rs"),
    include_str!("erase.rs"),
];

const BLOB_SOURCES: [&str; 1] = [include_str!("blobs.rs")];

/// The sentence and the name of every promise, from the functions.
fn promises(sources: &[&str]) -> Vec<(String, String)> {
    let mut promises = Vec::new();
    for source in sources {
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

/// The sentences under "Must hold" of a contract.
fn sentences(contract: &str) -> Vec<String> {
    let list = contract.split("/// # Must hold").nth(1).unwrap_or_default();
    let mut sentences: Vec<String> = Vec::new();
    for line in list.lines().take_while(|line| !line.starts_with("#[async_trait]")) {
        if let Some(first) = line.strip_prefix("/// - ") {
            sentences.push(first.to_owned());
        } else if let (Some(more), Some(last)) = (line.strip_prefix("///   "), sentences.last_mut()) {
            *last = format!("{last} {more}");
        }
    }
    sentences
}

/// The promises that the suite of a macro runs.
fn run(makro: &str) -> BTreeSet<&'static str> {
    let source = include_str!("mod.rs").split(&format!("macro_rules! {makro} {{")).nth(1).unwrap_or_default();
    let list = source.split("@each $test, $open;\n").nth(1).unwrap_or_default();
    list.lines().map_while(|line| line.trim().strip_suffix(',')).collect()
}

#[test]
fn every_sentence_under_must_hold_is_one_function() {
    let of = |sources| promises(sources).into_iter().map(|(sentence, _)| sentence).collect::<Vec<_>>();
    assert_eq!(of(&SOURCES), sentences(include_str!("../mod.rs")));
    assert_eq!(of(&BLOB_SOURCES), sentences(include_str!("../blob/mod.rs")));
}

#[test]
fn the_suites_run_every_promise() {
    for (makro, sources, least) in
        [("for_each_promise", &SOURCES[..], 30), ("for_each_blob_promise", &BLOB_SOURCES[..], 15)]
    {
        let written = promises(sources);
        assert_eq!(run(makro), written.iter().map(|(_, name)| name.as_str()).collect::<BTreeSet<_>>());
        assert!(written.len() >= least);
    }
}
