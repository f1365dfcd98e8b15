//! Just enough of Rust's grammar to see which paths a file names.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The folder of the workspace.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The source folders of the library packages: the core and every store.
pub(crate) fn library_folders() -> Vec<PathBuf> {
    let packages = fs::read_dir(repository()).expect("the workspace can be read").flatten();
    let of_library = packages.filter(|entry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        name == "core" || name.starts_with("storage-")
    });
    let mut folders: Vec<PathBuf> = of_library.map(|entry| entry.path().join("src")).collect();
    folders.sort();
    folders
}

/// Every Rust file below a folder. Modules that only tests see, and the conformance suite, which is there to panic, are
/// left out.
pub(crate) fn files(folder: &Path) -> Vec<File> {
    let mut found = Vec::new();
    gather(folder, folder, &mut found);
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

fn gather(root: &Path, folder: &Path, found: &mut Vec<File>) {
    let parents = ["lib.rs", "mod.rs"].map(|name| fs::read_to_string(folder.join(name)).unwrap_or_default());
    let left_out = |module: &str| module == "conformance" || test_modules(&parents.concat()).contains(module);
    for entry in fs::read_dir(folder).expect("a source folder can be read").flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if left_out(name.trim_end_matches(".rs")) {
            continue;
        }
        if path.is_dir() {
            gather(root, &path, found);
        } else if name.ends_with(".rs") {
            let text = fs::read_to_string(&path).expect("a source file can be read");
            let inside = path.strip_prefix(root).expect("it lies below its root");
            found.push(File::of(&inside.to_string_lossy(), &text));
        }
    }
}

/// The modules that a file declares for tests only: `#[cfg(test)] mod name;`.
pub(crate) fn test_modules(text: &str) -> BTreeSet<String> {
    let tokens = tokens(text);
    let mut found = BTreeSet::new();
    for (at, window) in tokens.windows(TEST_MARK.len()).enumerate() {
        if window == TEST_MARK {
            let behind =
                tokens[at + window.len()..].iter().take_while(|token| *token != ";" && *token != "{");
            found.extend(behind.skip_while(|token| *token != "mod").nth(1).cloned());
        }
    }
    found
}

/// A source file: its name below the source folder, and its code as tokens.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) lines: usize,
    tokens: Vec<String>,
}

impl File {
    pub(crate) fn of(name: &str, text: &str) -> Self {
        let name = name.replace('\\', "/");
        Self { name, lines: text.lines().count(), tokens: without_tests(tokens(text)) }
    }

    /// The path of the module that the file is, from the root of its crate.
    pub(crate) fn module(&self) -> Vec<String> {
        let stem = self.name.trim_end_matches(".rs");
        let parts = stem.split('/').filter(|part| !["mod", "lib", "main"].contains(part));
        parts.map(str::to_owned).collect()
    }

    /// The paths that begin with `crate` or `super`, from the root of the crate.
    pub(crate) fn paths_in_crate(&self) -> Vec<Vec<String>> {
        let mut found = Vec::new();
        for start in self.starts(&["crate", "super"]) {
            let mut at = start;
            let mut base = if self.tokens[at] == "crate" { Vec::new() } else { self.module() };
            while self.tokens.get(at).is_some_and(|token| token == "super") {
                base.pop();
                at += 2;
            }
            if self.tokens[start] == "crate" {
                at += 2;
            }
            self.tree(&mut at, base, &mut found);
        }
        found
    }

    /// The paths that begin with the name of a crate, from that crate's root.
    pub(crate) fn paths_from(&self, name: &str) -> Vec<Vec<String>> {
        let mut found = Vec::new();
        for start in self.starts(&[name]) {
            self.tree(&mut (start + 2), Vec::new(), &mut found);
        }
        found
    }

    /// Where the code gives up: `unwrap()`, `expect(…)` and the macros that panic.
    pub(crate) fn panics(&self) -> Vec<String> {
        let method = |tokens: &[String]| {
            tokens[0] == "." && ["unwrap", "expect"].contains(&&*tokens[1]) && tokens[2] == "("
        };
        let makro = |tokens: &[String]| {
            ["panic", "unreachable", "todo", "unimplemented"].contains(&&*tokens[0]) && tokens[1] == "!"
        };
        let found = self.tokens.windows(3).filter(|tokens| method(tokens) || makro(tokens));
        found.map(|tokens| format!("{}: {}", self.name, tokens.concat())).collect()
    }

    /// The places at which a path begins with one of the names.
    fn starts(&self, names: &[&str]) -> Vec<usize> {
        let follows = |at: usize, token: &str| self.tokens.get(at).is_some_and(|found| found == token);
        let starts = |at: &usize| {
            names.contains(&&*self.tokens[*at])
                && follows(at + 1, "::")
                && (*at == 0 || !follows(at - 1, "::"))
        };
        (0..self.tokens.len()).filter(starts).collect()
    }

    /// Reads a path, or a tree of paths in braces, and leaves `at` behind it.
    fn tree(&self, at: &mut usize, mut path: Vec<String>, found: &mut Vec<Vec<String>>) {
        loop {
            let Some(token) = self.tokens.get(*at) else { return };
            *at += 1;
            match token.as_str() {
                "{" => return self.branches(at, &path, found),
                "*" | "self" => return found.push(path),
                name => path.push(name.to_owned()),
            }
            if self.tokens.get(*at).is_none_or(|next| next != "::") {
                return found.push(path);
            }
            *at += 1;
        }
    }

    fn branches(&self, at: &mut usize, path: &[String], found: &mut Vec<Vec<String>>) {
        while let Some(token) = self.tokens.get(*at) {
            match token.as_str() {
                "}" => {
                    *at += 1;
                    return;
                }
                "," => *at += 1,
                "as" => *at += 2,
                _ => self.tree(at, path.to_vec(), found),
            }
        }
    }
}

/// Words, `::` and single signs; comments are left out, and a string is one token.
fn tokens(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(length) = string(rest) {
            found.push("\"\"".to_owned());
            length
        } else if first.is_alphanumeric() || first == '_' {
            let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            found.push(rest[..length].to_owned());
            length
        } else if rest.starts_with("::") {
            found.push("::".to_owned());
            2
        } else {
            found.extend((!first.is_whitespace()).then(|| first.to_string()));
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    found
}

/// The length of the string or character that a text begins with.
fn string(text: &str) -> Option<usize> {
    if let Some(raw) = text.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        if raw[hashes..].starts_with('"') {
            let end = format!("\"{}", "#".repeat(hashes));
            let body = &raw[hashes + 1..];
            return Some(body.find(&end).map_or(text.len(), |at| 2 + hashes + at + end.len()));
        }
    }
    let quoted = |quote: char| {
        let mut escaped = false;
        text.char_indices().skip(1).find_map(|(at, c)| {
            let closes = c == quote && !escaped;
            escaped = c == '\\' && !escaped;
            closes.then_some(at + c.len_utf8())
        })
    };
    match text.as_bytes() {
        [b'"', ..] => quoted('"').or(Some(text.len())),
        // A lifetime is no character: `'a` has no quote behind its letter.
        [b'\'', b'\\', ..] => quoted('\''),
        [b'\'', ..] => text.chars().nth(2).filter(|third| *third == '\'').and_then(|_| quoted('\'')),
        _ => None,
    }
}

/// The tokens without inline modules of tests.
fn without_tests(tokens: Vec<String>) -> Vec<String> {
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let marked = tokens[at..].starts_with(&TEST_MARK.map(str::to_owned));
        // Behind the mark come `mod`, the module's name and its brace.
        let body = at + TEST_MARK.len() + 2;
        if marked && tokens.get(body).is_some_and(|token| token == "{") {
            at = closing(&tokens, body) + 1;
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

/// The place of the brace that closes the one at `open`.
fn closing(tokens: &[String], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    tokens.len()
}

/// What marks a module that only tests see.
const TEST_MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
