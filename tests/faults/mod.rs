//! Never wrong, never hangs, never leaks: the real program while the network, the disk, the clock or its own life fail it.
//!
//! Every run ends within its deadline in the right answer or in exactly one documented error, said as its caller wants it; what was
//! good before is still handed out, and the next run without the fault works.

mod answers;
mod callers;
mod certificates;
mod clock;
mod disk;
mod killed;
mod names;
mod network;
mod streams;
mod system;
mod together;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use serde_json::{Value, json};

use crate::support::{Answer, Home, Provider, run, tally};

/// Differs in every encoding, and from every token.
const SECRET: &str = "s3cret+of/the=faults%&~";

/// A provider whose tokens are `token-1`, `token-2`, … and live an hour.
fn numbering() -> Provider {
    Provider::start(numbered)
}

fn numbered(request: &crate::support::Request) -> Answer {
    Answer::token(&format!("token-{}", request.number), 3600)
}

/// A client of this token endpoint, with little patience.
fn spec(token_url: &str) -> Value {
    json!({
        "provider": "client_credentials",
        "token_url": token_url,
        "client_id": "ci",
        "client_secret": {"env": "FAULTS_SECRET"},
        "targets": ["git.example.com", "registry.example.com"],
        "timeout": 2,
    })
}

/// A home with the spec `ci`, and its secret.
fn home(spec: &Value) -> Home {
    let mut home = Home::new();
    home.spec("ci", spec.to_string());
    home.set("FAULTS_SECRET", SECRET);
    home.set("VAULT_ADDR", "https://registry.example.com");
    home
}

const TOKEN: [&str; 5] = ["token", "--spec", "ci", "--format", "token"];

/// The token that `keyfob token` prints, and nothing else.
#[track_caller]
fn token(home: &Home) -> String {
    let output = run(&mut home.keyfob(TOKEN), "");
    assert_eq!(output.stderr, "");
    output.answer().trim_end().to_owned()
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for item in fs::read_dir(folder).into_iter().flatten() {
        let path = item.unwrap().path();
        match path.symlink_metadata() {
            Ok(metadata) if metadata.is_dir() => files.extend(self::files(&path)),
            Ok(metadata) if metadata.is_file() => files.push(path),
            _ => {}
        }
    }
    files
}

/// The cache's entry, if there is one. What is kept of a failure that its caller hides is none.
#[track_caller]
fn entry(home: &Home) -> Option<PathBuf> {
    let mut entries = files(&home.cache());
    entries.retain(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.ends_with(".json") && !name.starts_with("last-failure-")
    });
    assert!(entries.len() < 2, "{entries:?}");
    entries.pop()
}

/// The entry's JSON.
#[track_caller]
fn content(entry: &Path) -> Value {
    let bytes = fs::read(entry).unwrap();
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap();
    serde_json::from_slice(line).unwrap()
}

/// Makes the cached token due for renewal; it is good for the rest of its hour.
#[track_caller]
fn near_renewal(home: &Home) {
    let path = entry(home).unwrap();
    let mut entry = content(&path);
    entry["token"]["renew_at"] = entry["token"]["issued_at"].clone();
    fs::write(path, format!("{entry}\n")).unwrap();
}

/// No file of this home holds the secret, in any form in which it is sent.
#[track_caller]
fn holds_no_secret(home: &Home) {
    use base64::Engine as _;
    use base64::prelude::BASE64_STANDARD;
    let encoded = "s3cret%2Bof%2Fthe%3Dfaults%25%26";
    let basic = |secret: &str| BASE64_STANDARD.encode(format!("ci:{secret}"));
    let forms = [
        SECRET.to_owned(),
        encoded.to_owned(),
        basic(SECRET),
        basic(&format!("{encoded}~")),
        basic(&format!("{encoded}%7E")),
    ];
    for path in files(&home.path("")) {
        let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
        for form in &forms {
            assert!(!text.contains(form), "{} holds {form}", path.display());
        }
    }
}

/// Runs all cases, so many at a time, and tells every one that failed.
#[track_caller]
fn each<C: Send>(
    at_a_time: usize,
    cases: impl IntoIterator<Item = (String, C)>,
    test: impl Fn(C) + Sync,
) {
    let cases: Vec<_> = cases.into_iter().collect();
    assert!(!cases.is_empty(), "no cases");
    tally("faults", cases.len());
    let cases = Mutex::new(cases.into_iter());
    let failed = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..at_a_time {
            scope.spawn(|| {
                loop {
                    let next = cases.lock().unwrap().next();
                    let Some((name, case)) = next else { break };
                    if let Err(why) = catch_unwind(AssertUnwindSafe(|| test(case))) {
                        let why = why
                            .downcast_ref::<String>()
                            .cloned()
                            .or(why.downcast_ref::<&str>().map(|why| (*why).to_owned()));
                        let why = why.unwrap_or_default();
                        failed.lock().unwrap().push(format!("{name}: {why}"));
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(
        failed.is_empty(),
        "{} failed:\n\n{}",
        failed.len(),
        failed.join("\n\n")
    );
}
