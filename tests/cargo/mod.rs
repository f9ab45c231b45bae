//! cargo as a caller: the protocol word by word, and cargo itself against a private registry.

mod indexes;
mod life;
mod operations;
mod protocol;
mod real;
mod registry;
mod stdout;
mod words;
mod world;

use serde_json::{Value, json};

use crate::support::client::{numbering, spec};
use crate::support::{Home, Provider, run};

/// What keyfob says first.
const GREETING: &str = "{\"v\":[1]}\n";
const INDEX: &str = "sparse+https://registry.example.com/index/";
const LISTED: &str = "https://registry.example.com/index";

/// A home with the secret and the provider's link in PATH.
fn home() -> Home {
    let mut home = Home::new();
    home.link("cargo-credential-keyfob");
    home.set("TEST_CLIENT_SECRET", "s3cret");
    home
}

/// [`home`] with a spec that lists [`LISTED`].
fn listed() -> (Home, Provider) {
    let (home, provider) = (home(), numbering());
    home.spec("registry", spec(&provider, &[LISTED]).to_string());
    (home, provider)
}

/// A request as cargo writes it; `more` adds members or replaces them.
fn request(index: &str, kind: &str, more: Value) -> Value {
    let mut request = json!({
        "v": 1, "registry": {"index-url": index, "name": "my-registry"}, "kind": kind,
    });
    let members = request.as_object_mut().unwrap();
    members.extend(more.as_object().unwrap().clone());
    request
}

fn get(index: &str) -> Value {
    request(index, "get", json!({"operation": "read"}))
}

/// What is said to these bytes after the greeting, each line of it; standard error is empty and the exit status 0, whatever happened.
#[track_caller]
fn said(home: &Home, stdin: impl AsRef<[u8]>) -> Vec<String> {
    let output = run(&mut home.keyfob(["--cargo-plugin"]), stdin);
    // A spec that lists nearly the index is told of.
    let near = output
        .stderr
        .starts_with("keyfob: hint: spec `registry` lists ");
    assert!(
        output.status == 0 && (output.stderr.is_empty() || near),
        "{output:?}"
    );
    let answers = output.stdout.strip_prefix(GREETING).unwrap();
    assert!(answers.is_empty() || answers.ends_with('\n'), "{answers}");
    answers.lines().map(str::to_owned).collect()
}

/// The one answer to one request.
#[track_caller]
fn answer(home: &Home, request: &Value) -> Value {
    let said = said(home, format!("{request}\n"));
    assert_eq!(said.len(), 1, "{said:?}");
    serde_json::from_str(&said[0]).unwrap()
}

/// The token in an answer.
#[track_caller]
fn token(answer: &Value) -> &str {
    answer["Ok"]["token"]
        .as_str()
        .unwrap_or_else(|| panic!("{answer}"))
}

/// The words of a failure that is cargo's `other`.
#[track_caller]
fn words(answer: &Value) -> &str {
    assert_eq!(answer["Err"]["kind"], "other", "{answer}");
    let words = answer["Err"]["message"].as_str().unwrap();
    assert!(words.starts_with("keyfob: error: "), "{words}");
    words
}

fn not_ours() -> Value {
    json!({"Err": {"kind": "url-not-supported"}})
}
