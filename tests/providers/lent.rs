//! `keyfob run --revoke`: a token for one command alone, given back however the command ends.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use super::{NAME, home, token};
use crate::support::{Answer, Home, Output, Provider, run};

fn spec(server: &Provider) -> Value {
    json!({
        "provider": "mongodb-atlas", "base_url": server.url(), "client_id": "mdb_sa_id_00112233445566778899aabb",
        "client_secret": { "env": "VENDOR_SECRET" },
    })
}

/// Numbered tokens, and this status for each that comes back.
fn server(status: u16) -> Provider {
    Provider::start(move |request| match request.path.as_str() {
        "/api/oauth/token" => Answer::token(&format!("opaque-token-{}", request.number), 3600),
        _ => Answer::empty(status),
    })
}

fn at(server: &Provider) -> Home {
    home(&spec(server), "mdb_sa_sk_EXAMPLE")
}

fn lend(home: &Home, command: &[&str]) -> Output {
    let words = ["run", "--spec", NAME, "--revoke", "--"]
        .iter()
        .chain(command);
    run(&mut home.keyfob(words), "stdin of the command")
}

/// What came back, in order.
fn given_back(server: &Provider) -> Vec<String> {
    let requests = server.requests();
    let back = requests
        .iter()
        .filter(|request| request.path == "/api/oauth/revoke");
    back.map(|request| request.parameter("token").unwrap())
        .collect()
}

#[test]
fn the_command_has_a_token_of_its_own_which_goes_back_when_it_ends() {
    let server = server(200);
    let home = at(&server);
    let cached = token(&home);
    let output = lend(
        &home,
        &[
            "sh",
            "-c",
            "cat; echo; echo \"$KEYFOB_TOKEN\"; echo told >&2",
        ],
    );
    assert_eq!(
        (
            output.status,
            output.stdout.as_str(),
            output.stderr.as_str()
        ),
        (0, "stdin of the command\nopaque-token-2\n", "told\n")
    );
    assert_eq!(given_back(&server), ["opaque-token-2"]);
    assert_eq!(token(&home), cached, "the others keep theirs");
    assert_eq!(server.count(), 3);
}

#[test]
fn its_exit_status_is_the_commands() {
    let server = server(200);
    let home = at(&server);
    for (command, status) in [
        ("exit 7", 7),
        ("exit 255", 255),
        ("kill -KILL $$", 137),
        ("kill -TERM $$", 143),
    ] {
        let output = lend(&home, &["sh", "-c", command]);
        assert_eq!(
            (output.status, output.stderr.as_str()),
            (status, ""),
            "{command}"
        );
    }
    assert_eq!(given_back(&server).len(), 4);
}

#[test]
fn the_variable_has_the_name_that_was_asked_for() {
    let server = server(200);
    let words = [
        "run",
        "--env",
        "ATLAS_TOKEN",
        "--revoke",
        "--spec",
        NAME,
        "--",
        "sh",
        "-c",
    ];
    let script = "echo \"$ATLAS_TOKEN${KEYFOB_TOKEN+ and another}\"";
    let output = run(&mut at(&server).keyfob(words.iter().chain(&[script])), "");
    assert_eq!(output.answer(), "opaque-token-1\n");
}

/// Sends keyfob a signal once its command is ready; gives the exit status and what was said.
fn interrupted(home: &Home, signal: Signal, script: &str) -> (Option<i32>, String) {
    let words = ["run", "--spec", NAME, "--revoke", "--", "sh", "-c", script];
    let mut child = home
        .keyfob(words)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut ready = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut ready)
        .unwrap();
    assert_eq!(ready, "ready\n");
    kill_process(Pid::from_child(&child), signal).unwrap();
    let mut said = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    (child.wait().unwrap().code(), said)
}

#[test]
fn a_signal_is_the_commands_and_its_token_still_goes_back() {
    let waiting = "while :; do sleep 0.02; done";
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        let server = server(200);
        let home = at(&server);
        let script = format!("trap 'exit 9' TERM INT HUP; echo ready; {waiting}");
        assert_eq!(
            interrupted(&home, signal, &script),
            (Some(9), String::new()),
            "{signal:?}"
        );
        assert_eq!(given_back(&server), ["opaque-token-1"], "{signal:?}");
    }
    let server = server(200);
    let ended = interrupted(
        &at(&server),
        Signal::TERM,
        &format!("echo ready; {waiting}"),
    );
    assert_eq!(ended, (Some(143), String::new()));
    assert_eq!(given_back(&server), ["opaque-token-1"]);
}

#[test]
fn a_command_that_goes_on_after_the_signal_keeps_its_token_until_its_end() {
    let server = server(200);
    let script = "trap 'trapped=1' TERM; echo ready; while [ -z \"$trapped\" ]; do sleep 0.02; done; sleep 0.3; exit 3";
    assert_eq!(interrupted(&at(&server), Signal::TERM, script).0, Some(3));
    assert_eq!(given_back(&server), ["opaque-token-1"]);
}

#[test]
fn a_token_that_is_not_taken_back_is_told_and_the_status_stays_the_commands() {
    for (status, command) in [(0, "exit 0"), (7, "exit 7")] {
        let server = server(400);
        let output = lend(&at(&server), &["sh", "-c", command]);
        assert_eq!(
            (output.status, output.stdout.as_str(), output.stderr),
            (
                status,
                "",
                format!(
                    "keyfob: error: spec `ci`: {}/api/oauth/revoke refused: HTTP 400 (provider-refused)\n",
                    server.url()
                )
            )
        );
    }
}

#[test]
fn a_command_that_cannot_start_gives_its_token_back_too() {
    let server = server(200);
    let output = lend(&at(&server), &["no-such-program"]);
    assert_eq!(
        (
            output.status,
            output.stdout.as_str(),
            output.stderr.as_str()
        ),
        (
            1,
            "",
            "keyfob: error: no-such-program: there is no such program (command-failed)\n"
        )
    );
    assert_eq!(given_back(&server), ["opaque-token-1"]);
}

#[test]
fn without_a_way_back_there_is_no_token_and_no_command() {
    let server = server(200);
    let spec = json!({
        "provider": "client_credentials", "token_url": server.at("/api/oauth/token"), "client_id": "id",
        "client_secret": { "env": "VENDOR_SECRET" },
    });
    let home = home(&spec, "s3cret-value");
    let output = lend(&home, &["touch", "started"]);
    assert_eq!((output.status, server.connections()), (1, 0));
    assert!(
        output.stderr.contains("(not-supported)\n"),
        "{}",
        output.stderr
    );
    assert!(!home.home().join("started").exists());
}

#[test]
fn a_token_that_has_ended_is_not_lent() {
    let server = Provider::start(|_| {
        let body = json!({ "access_token": "opaque-token", "expires_on": 1_700_000_000 });
        Answer::json(200, body.to_string())
    });
    let mut spec = spec(&server);
    spec["expires"] = json!([{ "epoch": "/expires_on" }]);
    let home = home(&spec, "mdb_sa_sk_EXAMPLE");
    let output = lend(&home, &["touch", "started"]);
    assert_eq!((output.status, server.count()), (1, 1));
    assert!(
        output.stderr.contains("(token-expired)\n"),
        "{}",
        output.stderr
    );
    assert!(!home.home().join("started").exists());
}

#[test]
fn who_wants_to_be_left_alone_is_not_asked_for_it() {
    let server = Provider::start(|_| Answer::empty(429).header("Retry-After", "60"));
    let home = at(&server);
    assert_eq!(token(&home).status, 1);
    let output = lend(&home, &["touch", "started"]);
    assert!(
        output.stderr.contains("(rate-limited)\n"),
        "{}",
        output.stderr
    );
    assert_eq!((output.status, server.connections()), (1, 1));
    assert!(!home.home().join("started").exists());
}
