//! A spec on standard input, which may be open by accident and never end.

use std::io::Write as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::Home;

/// How a command ends whose standard input is open, after this was written to it; and how long that took.
fn with_open_input(home: &Home, words: &[&str], written: &str) -> (String, Duration) {
    let mut command = home.keyfob(words);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let begun = Instant::now();
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(written.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    drop(input);
    assert_eq!(output.status.code(), Some(2));
    (String::from_utf8(output.stderr).unwrap(), begun.elapsed())
}

#[test]
fn a_standard_input_that_never_ends_is_given_up() {
    let home = Home::new();
    for written in ["", "{\"provider\":"] {
        let (stderr, took) = with_open_input(&home, &["token"], written);
        assert_eq!(
            stderr,
            "keyfob: error: the spec: standard input did not end within 10 s (spec-invalid)\n\
             keyfob: hint: no spec is named, so one is read from standard input; name it with --spec or KEYFOB_SPEC\n"
        );
        let about = Duration::from_secs(10)..Duration::from_secs(14);
        assert!(about.contains(&took), "{took:?}");
    }
}
