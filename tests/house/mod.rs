//! The house rules: how the source is laid out and what it may touch. Read from the files themselves.

mod callers;
mod ci;
mod circles;
mod dependencies;
mod effects;
mod lines;
mod modules;
mod platforms;
mod tree;

use std::fs;
use std::path::{Path, PathBuf};

/// A source file: its path below `src`, with slashes, and its text.
pub struct Source {
    pub path: String,
    pub text: String,
}

impl Source {
    /// The text without what only tests are built from, line comments and doc comments.
    pub fn code(&self) -> String {
        let text = self
            .text
            .split("#[cfg(test)]\nmod tests {")
            .next()
            .unwrap_or_default();
        let code = |line: &&str| !line.trim_start().starts_with("//");
        text.lines().filter(code).collect::<Vec<_>>().join("\n")
    }

    /// Whether all of it is a unit test.
    pub fn is_test(&self) -> bool {
        self.path.ends_with("tests.rs")
    }
}

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for item in fs::read_dir(folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display())) {
        let path = item.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path))
        } else {
            files.push(path)
        }
    }
    files.sort();
    files
}

/// Every Rust file of `src`.
pub fn sources() -> Vec<Source> {
    let src = root().join("src");
    let rust = files_below(&src)
        .into_iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "rs"));
    let sources: Vec<Source> = rust
        .map(|path| Source {
            path: path
                .strip_prefix(&src)
                .unwrap()
                .to_str()
                .unwrap()
                .replace('\\', "/"),
            text: fs::read_to_string(&path).unwrap(),
        })
        .collect();
    assert!(
        sources.len() > 20,
        "the source has moved away from under this test"
    );
    sources
}
