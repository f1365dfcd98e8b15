//! What may import what, how long files are, how rarely library code gives up.
//!
//! The tables below are the rule. Whoever adds an edge edits them in the same commit.

#[path = "architecture/source.rs"]
mod source;

use source::{File, files, library_folders, repository, test_modules};

/// What each module of the core may import.
const LAYERS: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("condition", &["base"]),
    ("text", &["base"]),
    ("store", &["base", "condition", "text"]),
    ("config", &["base", "condition"]),
    ("life", &["base", "condition", "store", "config"]),
    ("engine", &["base", "condition", "text", "store", "config", "life"]),
    ("guide", &[]),
];

/// What each area of `life` may import of the others.
const LIFE: &[(&str, &[&str])] = &[
    ("refusal", &[]),
    ("world", &["directory"]),
    ("decision", &["access", "refusal", "world"]),
    ("definitions", &["clock", "decision", "rebase", "refusal"]),
    // One policy serves the point check and the list: it names the columns of a request.
    ("access", &["directory", "refusal", "request", "world"]),
    ("directory", &["decision", "refusal"]),
    ("clock", &[]),
    ("request", &["clock", "decision", "directory", "refusal", "world"]),
    ("series", &["decision", "directory", "refusal", "request"]),
    ("rebase", &["clock", "decision", "refusal", "request"]),
    ("view", &["access", "decision", "directory", "refusal"]),
    ("job", &["access", "decision", "refusal", "request"]),
    // It knows of every kind of record what of it is personal; nothing knows of it.
    ("archive", &["decision", "directory", "refusal", "request"]),
    (
        "erasure",
        &[
            "archive",
            "decision",
            "definitions",
            "directory",
            "job",
            "rebase",
            "refusal",
            "request",
            "series",
            "view",
        ],
    ),
];

/// Macros are called by the root's name, but belong to the module that declares them.
const MACROS: &[(&str, &str)] = &[
    ("id", "base"),
    ("code", "base"),
    ("record_kind", "store"),
    ("conformance_suite", "store"),
    ("blob_conformance_suite", "store"),
];

/// What a storage package may name of the core: it keeps and finds, and never knows what a request is.
const OPEN_TO_STORES: &[&str] = &["base", "condition", "text", "store", "conformance"];

const FILE_LINES_MAX: usize = 500;
const PANICS_PER_THOUSAND_LINES_MAX: usize = 2;

#[test]
fn modules_of_the_core_import_only_what_the_table_allows() {
    let files = files(&repository().join("core/src"));
    assert!(files.len() > 50, "the core was not found: {} files", files.len());
    let found: Vec<String> = files.iter().flat_map(forbidden_edges).collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn the_tables_name_modules_that_exist() {
    let there = |folder: &str, name: &str| {
        let place = repository().join("core/src").join(folder);
        place.join(name).is_dir() || place.join(format!("{name}.rs")).is_file()
    };
    for (name, allowed) in LAYERS {
        assert!(there("", name), "there is no module `{name}`");
        assert!(allowed.iter().all(|other| LAYERS.iter().any(|(known, _)| known == other)), "{name}");
    }
    for (name, allowed) in LIFE {
        assert!(there("life", name), "there is no area `life::{name}`");
        assert!(allowed.iter().all(|other| LIFE.iter().any(|(known, _)| known == other)), "{name}");
    }
}

#[test]
fn layers_form_no_circle() {
    // Each module stands below those that import it, in the order of the table.
    for (place, (name, allowed)) in LAYERS.iter().enumerate() {
        let below = |other: &&str| LAYERS[..place].iter().any(|(known, _)| known == other);
        assert!(allowed.iter().all(below), "`{name}` imports what stands above it");
    }
}

#[test]
fn storage_packages_know_nothing_of_requests() {
    let stores = library_folders().into_iter().filter(|folder| !folder.ends_with("core/src"));
    let mut seen = 0;
    let mut found = Vec::new();
    for file in stores.flat_map(|folder| files(&folder)) {
        seen += 1;
        found.extend(foreign_names(&file));
    }
    assert!(seen > 5, "the stores were not found");
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn no_file_of_library_code_is_too_long() {
    for file in library_folders().iter().flat_map(|folder| files(folder)) {
        let (name, lines) = (&file.name, file.lines);
        assert!(lines <= FILE_LINES_MAX, "{name} has {lines} lines; at most {FILE_LINES_MAX} are allowed");
    }
}

#[test]
fn library_code_rarely_gives_up() {
    for folder in library_folders() {
        let files = files(&folder);
        let lines: usize = files.iter().map(|file| file.lines).sum();
        let found: Vec<String> = files.iter().flat_map(File::panics).collect();
        let most = (lines * PANICS_PER_THOUSAND_LINES_MAX).div_ceil(1_000);
        let (count, folder) = (found.len(), folder.display());
        assert!(count <= most, "{folder}: {count} in {lines} lines, at most {most}:\n{}", found.join("\n"));
    }
}

#[test]
fn a_forbidden_edge_is_found() {
    let cases = [
        ("store/new.rs", "use crate::life::request::Request;", "`store` may not import `life`"),
        ("base/new.rs", "use crate::{base::Text, store::Store};", "`base` may not import `store`"),
        ("config/catalog/new.rs", "use crate::store::{self, Kind};", "`config` may not import `store`"),
        (
            "condition/mod.rs",
            "fn f() -> crate::engine::Desk { todo() }",
            "`condition` may not import `engine`",
        ),
        ("life/new.rs", "use crate::engine::Desk;", "`life` may not import `engine`"),
        (
            "life/directory/decide.rs",
            "use crate::life::request::Request;",
            "`life::directory` may not import",
        ),
        ("life/refusal.rs", "use super::{access::Actor, world::World};", "`life::refusal` may not import"),
        ("life/request/decide/new.rs", "use super::super::super::access::Policy;", "`life::request` may not"),
        ("base/new.rs", "record_kind! {} crate::record_kind! {}", "`base` may not import `store`"),
    ];
    for (name, text, expected) in cases {
        let found = forbidden_edges(&File::of(name, text));
        assert!(found.iter().any(|problem| problem.contains(expected)), "{name}: {text}: {found:?}");
    }
}

#[test]
fn an_unknown_module_is_found() {
    let unknown = |name, text| forbidden_edges(&File::of(name, text)).join("\n");
    assert!(unknown("billing/mod.rs", "").contains("`billing` is not in the table"));
    assert!(unknown("engine/desk.rs", "use crate::billing::Bill;").contains("`billing` is not in the table"));
    assert!(unknown("engine/desk.rs", "use crate::Desk;").contains("`Desk` is not in the table"));
    assert!(unknown("life/asset/mod.rs", "").contains("`life::asset` is not in the table"));
    assert!(unknown("life/world.rs", "use crate::life::Refusal;").contains("`life::Refusal` is not in"));
}

#[test]
fn what_is_allowed_or_only_talked_of_is_not_found() {
    let cases = [
        (
            "life/request/decide/case.rs",
            "use crate::life::decision::{Context, Decision};\nuse super::flow::f;",
        ),
        (
            "store/batch.rs",
            "//! See [`Desk`](crate::engine::Desk).\n/* crate::life::x */ use super::kind::Key;",
        ),
        ("store/batch.rs", "const HELP: &str = \"crate::life::request\";\npub(crate) fn f() {}"),
        ("base/code.rs", "#[cfg(test)]\nmod tests {\n    use crate::engine::Desk;\n    fn f() { {} }\n}"),
        ("engine/run.rs", "use crate::life::{Context, access::Actor};\nuse crate::store::{Read as R, *};"),
        ("life/mod.rs", "mod decision;\npub use decision::Context;"),
    ];
    for (name, text) in cases {
        assert_eq!(forbidden_edges(&File::of(name, text)), Vec::<String>::new(), "{name}: {text}");
    }
}

#[test]
fn a_module_that_only_tests_see_is_left_out() {
    let text = "mod a;\n#[cfg(test)]\npub(crate) mod sample;\n#[cfg(test)]\nmod tests;\n#[cfg(unix)]\nmod b;";
    assert_eq!(test_modules(text).into_iter().collect::<Vec<_>>(), ["sample", "tests"]);
}

#[test]
fn a_store_that_names_requests_and_a_panic_are_found() {
    let file = File::of("storage-x/src/lib.rs", "use okno::{store::Store, life::request::Request};");
    assert_eq!(foreign_names(&file).len(), 1);
    let file = File::of("storage-x/src/lib.rs", "use okno::Desk; use okno::engine;");
    assert_eq!(foreign_names(&file).len(), 2);
    let text =
        "#[expect(x, reason = \"y\")] fn f() { a.unwrap(); b.expect(\"c\"); panic!(\"d\"); e.unwrap_or(1) }";
    assert_eq!(File::of("x.rs", text).panics().len(), 3);
}

/// The imports of a file of the core that the tables do not allow.
fn forbidden_edges(file: &File) -> Vec<String> {
    let own = file.module();
    let Some(layer) = own.first() else { return Vec::new() };
    let mut problems = Vec::new();
    let area = own.get(1).filter(|_| layer == "life");
    problems.extend(edge(file, LAYERS, "", layer, layer));
    problems.extend(area.and_then(|area| edge(file, LIFE, "life::", area, area)));
    for path in file.paths_in_crate() {
        let Some(first) = path.first() else { continue };
        let home = MACROS.iter().find(|(name, _)| name == first).map_or(first.as_str(), |(_, home)| *home);
        problems.extend(edge(file, LAYERS, "", layer, home));
        let of_life = path.get(1).filter(|_| home == "life");
        let pair = area.zip(of_life);
        problems.extend(pair.and_then(|(from, to)| edge(file, LIFE, "life::", from, to)));
    }
    problems
}

/// What is wrong with an edge, if anything is.
fn edge(file: &File, table: &[(&str, &[&str])], scope: &str, from: &str, to: &str) -> Option<String> {
    let name = &file.name;
    let known = |module: &str| table.iter().find(|(known, _)| *known == module);
    match (known(from), known(to)) {
        (None, _) => Some(format!("{name}: `{scope}{from}` is not in the table of modules")),
        (_, None) => Some(format!("{name}: `{scope}{to}` is not in the table of modules")),
        (Some((_, allowed)), Some(_)) if from != to && !allowed.contains(&to) => {
            Some(format!("{name}: `{scope}{from}` may not import `{scope}{to}`"))
        }
        _ => None,
    }
}

/// What a storage package names of the core that is none of its business.
fn foreign_names(file: &File) -> Vec<String> {
    let paths = file.paths_from("okno").into_iter();
    let foreign = paths.filter(|path| path.first().is_some_and(|name| !OPEN_TO_STORES.contains(&&**name)));
    foreign.map(|path| format!("{}: a store may not name `okno::{}`", file.name, path.join("::"))).collect()
}
