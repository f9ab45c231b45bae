//! A spec on standard input, which may be open by accident and never end.

use std::io::Write as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::json;

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

/// What `keyfob git get` answers to these pieces, each written after a pause, with the input still open.
fn git(home: &Home, pieces: &[&str]) -> String {
    let mut command = home.keyfob(["git", "get"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    for piece in pieces {
        // A pause is no event: too short, it lets a wrong program pass, and never fails a right one.
        std::thread::sleep(Duration::from_millis(100));
        let _ = input.write_all(piece.as_bytes());
    }
    // Whoever reads to the end of the input gives this up, and says nothing.
    let until = Instant::now() + Duration::from_secs(20);
    while child.try_wait().unwrap().is_none() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(5));
    }
    let _ = child.kill();
    let output = child.wait_with_output().unwrap();
    drop(input);
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_request_of_git_ends_at_its_blank_line_and_not_before() {
    let mut home = Home::new();
    let targets = ["https://git.example.com/a"];
    let spec = json!({"provider": "static", "token": {"env": "TOKEN"}, "targets": targets});
    home.spec("ci", spec.to_string());
    home.set("TOKEN", "t0ken");
    for (pieces, answers) in [
        (
            &["protocol=https\nhost=git.example.com\npath=a\n\n"][..],
            true,
        ),
        (
            &["protocol=https\r\nhost=git.example.com\r\npath=a\r\n\r\n"],
            true,
        ),
        (
            &["protocol=https\nhost=git.example", ".com\npath=a\n", "\n"],
            true,
        ),
        (
            &[
                "protocol=https\r\nhost=git.example.com\r",
                "\npath=a\r\n\r\n",
            ],
            true,
        ),
        (
            &["protocol=https\nhost=git.example.com\n\npath=a\n\n"],
            false,
        ),
        (&["\n"], false),
        (&["\r\n"], false),
    ] {
        let said = git(&home, pieces);
        assert_eq!(
            said.contains("password=t0ken\n"),
            answers,
            "{pieces:?}: {said}"
        );
    }
}
