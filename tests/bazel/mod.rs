//! The caller `bazel`: the protocol word by word, uv as another helper that is asked the same, and the shipped file as Bazel reads it.
//!
//! Bazel itself is in no registry; [`reader`] reads as it does.

mod peer;
mod protocol;
mod reader;
mod shipped;

use serde_json::json;

use crate::support::client::{numbering, spec};
use crate::support::{Home, Output, Provider, run};

/// A home with the secret and the helper's link in PATH.
fn home() -> Home {
    let mut home = Home::new();
    home.link("bazel-credential-keyfob");
    home.set("TEST_CLIENT_SECRET", "s3cret");
    home
}

/// A spec that lists these.
fn listing(targets: &[&str]) -> (Home, Provider) {
    let (home, provider) = (home(), numbering());
    home.spec("build", spec(&provider, targets).to_string());
    (home, provider)
}

/// `bazel-credential-keyfob get` with this on standard input.
fn helper(home: &Home, stdin: impl AsRef<[u8]>) -> Output {
    let link = home.bin().join("bazel-credential-keyfob");
    run(home.command_at(&link).arg("get"), stdin)
}

/// The same for a URI.
fn ask(home: &Home, uri: &str) -> Output {
    helper(home, json!({ "uri": uri }).to_string())
}

/// It failed in words on standard error, which Bazel shows, and said nothing that could be read as an answer.
#[track_caller]
fn fails(output: &Output, status: i32, code: &str) {
    let shape = (output.status, output.stdout.as_str());
    assert_eq!(shape, (status, ""), "{output:?}");
    assert!(output.stderr.starts_with("keyfob: error: "), "{output:?}");
    assert!(output.stderr.contains(code), "{output:?}");
}

/// "No credentials needed."
fn nothing() -> Output {
    Output {
        status: 0,
        stdout: "{}\n".to_owned(),
        stderr: String::new(),
    }
}
