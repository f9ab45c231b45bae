//! The shipped `.bazelrc`, and a caller that does what Bazel does with its flags: the helper by its name in PATH, in the workspace, for a URI
//! in its scope, ended after ten seconds, a hundred at once.

use std::thread;
use std::time::Duration;

use serde_json::json;

use super::{home, numbering, reader, spec};
use crate::support::{Answer, Home, Output, Provider, run_within};

const SHIPPED: &str = include_str!("../../integrations/bazel/.bazelrc");

/// `--credential_helper_timeout` unless written.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The flags of a bazelrc: those of `common`, without `--`, and their values.
fn flags(text: &str) -> Vec<(String, String)> {
    let lines = text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty());
    let flag = |line: &str| {
        let flag = line.strip_prefix("common --").expect(line);
        let (name, value) = flag.split_once('=').expect(line);
        assert!(
            !value.contains([' ', '"', '\'', '\\']),
            "Bazel splits this: {line}"
        );
        (name.to_owned(), value.to_owned())
    };
    lines.map(flag).collect()
}

/// The helpers by scope: a DNS name, or `*.` and one, which includes that name itself.
fn helpers() -> Vec<(String, String)> {
    let helpers = flags(SHIPPED).into_iter();
    helpers
        .filter(|(name, _)| name == "credential_helper")
        .map(|(_, value)| {
            let (scope, program) = value.split_once('=').unwrap();
            (scope.to_owned(), program.to_owned())
        })
        .collect()
}

/// The helper whose scope holds the host, run for a URI.
fn as_bazel_does(home: &Home, uri: &str) -> Option<Output> {
    let host = uri.split(['/', ':']).nth(3).unwrap();
    let helpers = helpers();
    let (_, program) = helpers.iter().find(|(scope, _)| scope == host)?;
    let mut command = home.command_at(&home.bin().join(program));
    command.arg("get");
    let request = json!({ "uri": uri }).to_string();
    Some(run_within(&mut command, request, TIMEOUT))
}

#[test]
fn its_flags_are_those_that_bazel_has() {
    let names: Vec<String> = flags(SHIPPED).into_iter().map(|(name, _)| name).collect();
    let expected = [
        "credential_helper",
        "credential_helper",
        "credential_helper_cache_duration",
    ];
    assert_eq!(names, expected);
    let duration = flags(SHIPPED).pop().unwrap().1;
    // A Go-like duration: a number and a unit.
    assert_eq!(duration, "5m");
}

#[test]
fn a_hundred_helpers_at_once_make_one_request_to_the_provider() {
    let provider = Provider::start(|request| {
        Answer::token(&format!("token-{}", request.number), 3600).after(Duration::from_millis(300))
    });
    let home = home();
    let hosts: Vec<String> = helpers().into_iter().map(|(scope, _)| scope).collect();
    let targets: Vec<&str> = hosts.iter().map(String::as_str).collect();
    home.spec("build", spec(&provider, &targets).to_string());
    thread::scope(|scope| {
        let (home, hosts) = (&home, &hosts);
        let running: Vec<_> = (0..100)
            .map(|number| {
                let uri = format!("https://{}/modules/{number}/source.json", hosts[number % 2]);
                scope.spawn(move || as_bazel_does(home, &uri).unwrap())
            })
            .collect();
        for one in running {
            let output = one.join().unwrap();
            let answer = reader::read(output.answer()).unwrap();
            let value = vec!["Bearer token-1".to_owned()];
            assert_eq!(answer.headers, [("Authorization".to_owned(), value)]);
        }
    });
    assert_eq!(provider.count(), 1);
}

#[test]
fn a_host_outside_of_every_scope_is_never_asked_about() {
    let (home, provider) = (home(), numbering());
    home.spec("build", spec(&provider, &["*.example.com"]).to_string());
    assert!(as_bazel_does(&home, "https://other.example.com/a").is_none());
    assert!(as_bazel_does(&home, "https://cache.example.com/a").is_some());
    assert_eq!(provider.count(), 1);
}
