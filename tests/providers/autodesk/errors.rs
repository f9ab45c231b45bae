//! Autodesk's refusals in each of the shapes in which its servers tell them.

use serde_json::json;

use super::super::{token, unix};
use super::{SECRET, home, now, refusal, spec};
use crate::support::{Answer, Output, Provider, run};

const CHECK: &str = "`keyfob check --spec ci` asks the provider about the account";
const AT: &str = "PROVIDER/authentication/v2/token";

fn fails(answer: &Answer) -> (Output, usize) {
    let scripted = answer.clone();
    let autodesk = Provider::start(move |_| scripted.clone());
    let mut output = token(&home(&spec(&autodesk.url())));
    assert_eq!(output.stdout, "");
    output.stderr = output.stderr.replace(&autodesk.url(), "PROVIDER");
    (output, autodesk.count())
}

/// The shape of the older gateway.
fn gateway(status: u16, code: &str, text: &str) -> Answer {
    let body = json!({
        "developerMessage": text, "userMessage": "", "errorCode": code,
        "more info": "https://aps.autodesk.com/en/docs/oauth/v2/",
    });
    Answer::json(status, body.to_string())
}

/// The shape of the service accounts' own endpoints.
fn account(status: u16, title: &str, detail: &str) -> Answer {
    let body = json!({ "title": title, "detail": detail });
    Answer::json(status, body.to_string())
}

#[test]
fn every_refusal_is_told_in_one_line_with_what_to_do() {
    let client = format!(
        "{CHECK}; check the assertion (a JWT signed with the key from environment variable PRIVATE_KEY; set PRIVATE_KEY to replace it) and the client secret (environment variable VENDOR_SECRET; set VENDOR_SECRET to replace it): has it expired, was it replaced?"
    );
    let table = [
        (
            refusal(400, "invalid_grant", "The 'assertion' is invalid"),
            "HTTP 400, invalid_grant: The 'assertion' is invalid",
            CHECK.to_owned(),
        ),
        (
            gateway(400, "AUTH-008", "The 'assertion' is invalid"),
            "HTTP 400, AUTH-008: The 'assertion' is invalid",
            CHECK.to_owned(),
        ),
        (
            account(400, "invalid_request", "The grant is missing."),
            "HTTP 400, invalid_request: The grant is missing.",
            CHECK.to_owned(),
        ),
        (
            refusal(401, "invalid_client", "Bad client credentials"),
            "HTTP 401, invalid_client: Bad client credentials",
            client.clone(),
        ),
        (Answer::empty(401), "HTTP 401", client),
        (
            gateway(403, "AUTH-001", "The client_id may not do this"),
            "HTTP 403, AUTH-001: The client_id may not do this",
            CHECK.to_owned(),
        ),
    ];
    for (answer, words, hint) in table {
        let (output, requests) = fails(&answer);
        assert_eq!(
            (output.stderr, output.status, requests),
            (
                format!(
                    "keyfob: error: spec `ci`: {AT} refused: {words} (provider-refused)\nkeyfob: hint: {hint}\n"
                ),
                1,
                1
            )
        );
    }
}

#[test]
fn an_outage_is_told_after_one_try_for_an_assertion_is_good_once() {
    let (output, requests) = fails(&gateway(500, "AUTH-010", "Internal error"));
    assert_eq!(
        (output.status, requests, output.stderr.as_str()),
        (
            1,
            1,
            "keyfob: error: spec `ci`: PROVIDER/authentication/v2/token cannot answer at the moment: HTTP 500, AUTH-010: Internal error (provider-unavailable)\nkeyfob: hint: try again later\n"
        )
    );
}

#[test]
fn the_quota_holds_across_processes() {
    let autodesk = Provider::start(|_| {
        Answer::json(429, r#"{"developerMessage":"Quota limit exceeded."}"#)
            .header("Retry-After", "42")
    });
    let home = home(&spec(&autodesk.url()));
    let before = now();
    let first = token(&home);
    let after = now();
    assert!(
        first
            .stderr
            .contains("limits the number of requests: HTTP 429, Quota limit exceeded.; wait before the next request: 42 s (rate-limited)\n"),
        "{}",
        first.stderr
    );
    let second = run(&mut home.keyfob(["kubectl", "--spec", "ci"]), "");
    assert_eq!((second.status, second.stdout.as_str()), (1, ""));
    let (_, until) = second
        .stderr
        .split_once("no request is sent until ")
        .unwrap();
    let until = unix(until.split(' ').next().unwrap());
    assert!((before + 42..=after + 42).contains(&until), "{until}");
    assert_eq!(autodesk.connections(), 1, "the second run asks nobody");
}

#[test]
fn what_a_server_repeats_of_the_request_is_not_told() {
    let autodesk = Provider::start(|request| {
        refusal(
            400,
            "invalid_grant",
            &format!("{} of {SECRET}", request.text()),
        )
    });
    let home = home(&spec(&autodesk.url()));
    let output = token(&home);
    let assertion = autodesk.request().parameter("assertion").unwrap();
    for part in assertion.split('.') {
        assert!(!output.stderr.contains(part), "{}", output.stderr);
    }
    assert!(!output.stderr.contains(SECRET), "{}", output.stderr);
    assert!(
        output
            .stderr
            .contains("words are withheld that may repeat a secret"),
        "{}",
        output.stderr
    );
}
