//! The cache as processes see it: one asks for all, nothing breaks a login, and nothing that is secret lies anywhere else.

mod canaries;
mod drops;
mod entries;
mod folder;
mod hit;
mod holder;
mod keys;
mod lately;
mod log;
mod look_alikes;
mod notes;
mod output;
mod sweep;
mod together;
mod users;

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::client::numbering;
use crate::support::{Home, Output, Provider, run};

const SECRET: &str = "s3cret-of-the-cache";

fn spec(provider: &Provider) -> Value {
    json!({
        "provider": "client_credentials",
        "token_url": provider.at("/token"),
        "client_id": "ci",
        "client_secret": {"env": "CACHE_SECRET"},
        "targets": ["git.example.com", "registry.example.com"],
    })
}

/// A home with the spec `ci` for this provider, and its secret.
fn home(provider: &Provider) -> Home {
    let mut home = Home::new();
    home.spec("ci", spec(provider).to_string());
    home.set("CACHE_SECRET", SECRET);
    home
}

const TOKEN: [&str; 5] = ["token", "--spec", "ci", "--format", "token"];

/// `keyfob token`, whatever comes of it.
fn ask(home: &Home) -> Output {
    run(&mut home.keyfob(TOKEN), "")
}

/// The token that `keyfob token` prints, and nothing else.
#[track_caller]
fn token(home: &Home) -> String {
    let output = ask(home);
    assert_eq!(output.stderr, "");
    output.answer().trim_end().to_owned()
}

/// The names in the cache folder, in order.
fn names(home: &Home) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(home.cache())
        .into_iter()
        .flatten()
        .map(|item| item.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// The cache's files with this ending.
fn files(home: &Home, ending: &str) -> Vec<PathBuf> {
    let mut names = names(home);
    names.retain(|name| name.ends_with(ending));
    names.iter().map(|name| home.cache().join(name)).collect()
}

/// The one entry there is.
#[track_caller]
fn entry(home: &Home) -> PathBuf {
    let mut entries = files(home, ".json");
    assert_eq!(entries.len(), 1, "{entries:?}");
    entries.remove(0)
}
