//! `keyfob explain`: what it says of targets and specs, that it opens and sends nothing, and that its advice works with the real tools.

mod effects;
mod near;
pub mod presets;
mod screens;
mod set_up;
mod spec;
mod words;

use serde_json::Value;

use crate::support::{Home, Output, run};

/// `keyfob explain` with these words. git and docker call keyfob, unless the home says otherwise.
fn explain(home: &Home, words: &[&str]) -> Output {
    for (file, text) in [
        ("home/.gitconfig", "[credential]\n\thelper = keyfob\n"),
        ("home/.docker/config.json", "{\"credsStore\": \"keyfob\"}"),
    ] {
        if !home.path(file).exists() {
            home.write(file, text);
        }
    }
    let output = run(home.keyfob(["explain"]).args(words), "");
    assert_eq!(output.stderr, "", "{words:?}: {}", output.stdout);
    output
}

/// The same as JSON, and whether a credential would be tried.
pub fn facts(home: &Home, words: &[&str]) -> (Value, bool) {
    let mut all = words.to_vec();
    all.extend(["--format", "json"]);
    let output = explain(home, &all);
    let facts: Value = serde_json::from_str(&output.stdout)
        .unwrap_or_else(|why| panic!("{words:?}: {why}: {}", output.stdout));
    let would_try = facts["would_try"].as_bool().unwrap();
    assert_eq!(output.status, i32::from(!would_try), "{words:?}: {facts:#}");
    (facts, would_try)
}
