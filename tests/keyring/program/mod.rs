//! The caller `keyring`: the program's words as keyring's own command line has them, and pip and uv against an index that wants to know who asks.

mod index;
mod operations;
mod protocol;
mod real;

use crate::support::client::{numbering, spec};
use crate::support::{Home, Output, Provider, run};

/// A service as pip names it first.
const SERVICE: &str = "https://pypi.example.com/simple/";

/// A home with the secret, and `keyring` first in PATH.
fn home() -> Home {
    let mut home = Home::new();
    home.link("keyring");
    home.set("TEST_CLIENT_SECRET", "s3cret");
    home
}

/// A spec that lists the index.
fn listed() -> (Home, Provider) {
    let (home, provider) = (home(), numbering());
    home.spec("index", spec(&provider, &["pypi.example.com"]).to_string());
    (home, provider)
}

/// `keyring WORDS`, and nothing to read.
fn keyring(home: &Home, words: &[&str]) -> Output {
    run(home.command_at(&home.bin().join("keyring")).args(words), "")
}

/// This on standard output and nothing else.
fn says(status: i32, stdout: &str) -> Output {
    Output {
        status,
        stdout: stdout.into(),
        stderr: String::new(),
    }
}

/// It failed in words on standard error with exit status 1, and not in those that pip and uv take for a program that is too old.
#[track_caller]
fn fails(output: &Output, code: &str) {
    assert_eq!(
        (output.status, output.stdout.as_str()),
        (1, ""),
        "{output:?}"
    );
    assert!(output.stderr.starts_with("keyfob: error: "), "{output:?}");
    assert!(output.stderr.contains(code), "{output:?}");
    assert!(
        !output.stderr.contains("unrecognized arguments"),
        "{output:?}"
    );
}
