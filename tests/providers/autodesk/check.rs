//! `keyfob check` for Autodesk: a two-legged token of its own, then the account's status and end.

use serde_json::{Value, json};

use super::super::{NAME, headers, now, token};
use super::{ACCOUNT, AUTHORIZATION, TOKEN, home, refusal, spec, with};
use crate::support::{Answer, Home, Output, Provider, Request, Tls, run};

const TWO_LEGGED: &str = "eyJ.sample.2lo";

fn account(status: &str, end: &str) -> Value {
    json!({
        "serviceAccountId": ACCOUNT,
        "email": "ci@ExampleClientId.adskserviceaccount.autodesk.com",
        "createdBy": "ExampleClientId0123456789ABCDEFG",
        "status": status,
        "createdAt": "2025-03-26 04:58:26 +0000 UTC",
        "accessedAt": "2026-01-25 03:08:04.156576834 +0000 UTC",
        "expiresAt": end,
    })
}

/// Tokens of both kinds, and this answer about the account.
fn script(about: Answer) -> impl Fn(&Request) -> Answer + Send + Sync {
    move |request| match (request.method.as_str(), request.path.as_str()) {
        ("POST", "/authentication/v2/token")
            if request.header("authorization") != Some(AUTHORIZATION) =>
        {
            refusal(401, "invalid_client", "no")
        }
        ("POST", "/authentication/v2/token") => match request.text() {
            "grant_type=client_credentials&scope=application%3Aservice_account%3Aread" => {
                Answer::token(TWO_LEGGED, 3599)
            }
            _ => Answer::token(TOKEN, 3600),
        },
        ("GET", "/authentication/v2/service-accounts/6BNJQT7RR7GTJ5QY")
            if request.bearer() == Some(TWO_LEGGED) =>
        {
            about.clone()
        }
        _ => Answer::empty(418),
    }
}

fn tells(about: Answer) -> Provider {
    Provider::start(script(about))
}

fn check(home: &Home, further: &[&str]) -> Output {
    let words = ["check", "--spec", NAME].iter().chain(further);
    run(&mut home.keyfob(words), "")
}

/// What `check` says about this account.
fn said(about: &Value, further: &[&str]) -> Output {
    let autodesk = tells(Answer::json(200, about.to_string()));
    let output = check(&home(&spec(&autodesk.url())), further);
    assert!(!output.stdout.contains("sample") && !output.stderr.contains("sample"));
    output
}

/// A moment in Go's default layout.
fn go(unix: i64, fraction: &str) -> String {
    let text = keyfob::time::Timestamp::from_unix(unix).rfc3339();
    format!("{} {}{fraction} +0000 UTC", &text[..10], &text[11..19])
}

const DAY: i64 = 86_400;

#[test]
fn the_account_is_asked_about_with_a_token_of_its_own() {
    let autodesk = tells(Answer::json(200, account("ENABLED", "").to_string()));
    let home = home(&spec(&autodesk.url()));
    check(&home, &[]).answer();
    let requests = autodesk.requests();
    assert_eq!(requests.len(), 2, "{requests:#?}");
    assert_eq!(requests[1].method, "GET");
    assert_eq!((requests[1].query.as_str(), requests[1].text()), ("", ""));
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        headers_of_a_get(&requests[1]),
        [
            header("accept", "application/json"),
            header("accept-encoding", "identity"),
            header("authorization", &format!("Bearer {TWO_LEGGED}"))
        ]
    );
    // Its token is kept under its own key: neither asks for the other's.
    assert_eq!(check(&home, &[]).status, 0);
    assert_eq!(autodesk.count(), 3, "the two-legged token was kept");
    assert_eq!(token(&home).json()["access_token"], TOKEN);
    assert_eq!(autodesk.count(), 4);
    let status = run(&mut home.keyfob(["status"]), "");
    assert_eq!(status.answer().lines().count(), 2, "{}", status.stdout);
}

fn headers_of_a_get(request: &Request) -> Vec<(String, String)> {
    let mut with_length = request.clone();
    with_length
        .headers
        .push(("content-length".to_owned(), "0".to_owned()));
    headers(&with_length)
}

#[test]
fn an_enabled_account_is_usable_and_is_shown() {
    let end = now() + 300 * DAY;
    let output = said(&account("ENABLED", &go(end, "")), &[]);
    let end = keyfob::time::Timestamp::from_unix(end).rfc3339();
    let (shown, left) = output.answer().split_once(", in ").unwrap();
    assert_eq!(
        shown,
        format!(
            "ci (autodesk): usable\n  \
             account: {ACCOUNT}\n  \
             created: 2025-03-26 04:58:26 +0000 UTC\n  \
             created by: ExampleClientId0123456789ABCDEFG\n  \
             email: ci@ExampleClientId.adskserviceaccount.autodesk.com\n  \
             last used: 2026-01-25 03:08:04.156576834 +0000 UTC\n  \
             status: ENABLED\n  \
             expires: {end}"
        )
    );
    assert!(
        left.starts_with("299 d 23 h") || left.starts_with("300 d"),
        "{left}"
    );
    assert_eq!(output.stderr, "");
}

#[test]
fn as_json_it_says_the_same() {
    let end = now() + 300 * DAY;
    let output = said(
        &account("ENABLED", &go(end, ".156576834")),
        &["--format", "json"],
    );
    assert_eq!(
        output.json(),
        json!({
            "spec": "ci",
            "provider": "autodesk",
            "usable": true,
            "reason": null,
            "ends_at": keyfob::time::Timestamp::from_unix(end).rfc3339(),
            "details": {
                "account": ACCOUNT,
                "created": "2025-03-26 04:58:26 +0000 UTC",
                "created by": "ExampleClientId0123456789ABCDEFG",
                "email": "ci@ExampleClientId.adskserviceaccount.autodesk.com",
                "last used": "2026-01-25 03:08:04.156576834 +0000 UTC",
                "status": "ENABLED",
            },
        })
    );
    assert_eq!(output.stdout.lines().count(), 1);
}

#[test]
fn an_account_that_is_not_enabled_is_not_usable_whatever_its_status_is_called() {
    for status in ["DISABLED", "DEACTIVATED", "SUSPENDED", ""] {
        let output = said(&account(status, ""), &[]);
        let first = output.stdout.lines().next().unwrap_or_default();
        assert_eq!(
            (output.status, first, output.stderr.as_str()),
            (
                1,
                "ci (autodesk): not usable: the service account is not enabled; DEACTIVATED comes after twelve idle months",
                ""
            )
        );
        assert!(output.stdout.contains(&format!("\n  status: {status}\n")));
        let output = said(&account(status, ""), &["--format=json"]);
        let told: Value = serde_json::from_str(&output.stdout).unwrap();
        assert_eq!((output.status, &told["usable"]), (1, &json!(false)));
    }
}

#[test]
fn an_account_that_has_ended_is_not_usable() {
    for fraction in ["", ".156576834"] {
        let output = said(&account("ENABLED", &go(now() - 2 * DAY, fraction)), &[]);
        let first = output.stdout.lines().next().unwrap_or_default();
        assert_eq!(output.status, 1, "{}", output.stdout);
        assert_eq!(first, "ci (autodesk): not usable: it expired 2 d ago");
    }
}

#[test]
fn a_near_end_is_a_reason_only_for_who_asks_to_be_warned() {
    let about = account("ENABLED", &go(now() + 10 * DAY + 1800, ".5"));
    assert_eq!(said(&about, &[]).status, 0);
    assert_eq!(said(&about, &["--warn-within", "9d"]).status, 0);
    for within in ["14d", "336h", "20160m"] {
        let output = said(&about, &["--warn-within", within]);
        let first = output.stdout.lines().next().unwrap_or_default();
        assert_eq!(
            (output.status, first),
            (
                1,
                "ci (autodesk): not usable: it expires in 10 d, which is within 14 d"
            )
        );
    }
    for wrong in ["14", "d", "-1d", "1w", "99999999999999999999d"] {
        let output = said(&about, &["--warn-within", wrong]);
        assert_eq!((output.status, output.stdout.as_str()), (2, ""), "{wrong}");
    }
}

#[test]
fn an_end_that_was_never_set_is_unknown_and_no_failure() {
    for end in ["", "0001-01-01 00:00:00 +0000 UTC"] {
        let output = said(&account("ENABLED", end), &["--warn-within", "14d"]);
        assert!(
            output.answer().ends_with("\n  expires: unknown\n"),
            "{end}: {}",
            output.stdout
        );
        let output = said(&account("ENABLED", end), &["--format", "json"]);
        assert_eq!(output.json()["ends_at"], Value::Null, "{end}");
    }
    let output = said(&account("ENABLED", "soon"), &[]);
    assert!(
        output
            .stderr
            .contains("the expiry at `/expiresAt` cannot be read: `soon`")
    );
    assert_eq!((output.status, output.stdout.as_str()), (1, ""));
}

#[test]
fn an_answer_about_another_account_is_no_answer() {
    let mut other = account("ENABLED", "");
    other["serviceAccountId"] = json!("OTHERACCOUNT0001");
    let output = said(&other, &[]);
    assert_eq!(output.status, 1);
    assert!(
        output.stdout.starts_with(
            "ci (autodesk): not usable: the answer is about another service account\n"
        ),
        "{}",
        output.stdout
    );
}

#[test]
fn an_account_that_is_not_there_is_the_providers_word() {
    let body = r#"{"title":"not_found","detail":"The service account is not found."}"#;
    let autodesk = tells(Answer::json(404, body));
    let output = check(&home(&spec(&autodesk.url())), &[]);
    let line = format!(
        "keyfob: error: spec `ci`: {}/authentication/v2/service-accounts/{ACCOUNT} refused: HTTP 404, not_found: The service account is not found. (provider-refused)\n",
        autodesk.url()
    );
    assert_eq!(
        (output.status, output.stdout.as_str(), output.stderr),
        (1, "", line)
    );
}

#[test]
fn a_client_that_may_not_ask_is_told_so() {
    let autodesk = Provider::start(|_| refusal(401, "invalid_client", "Bad client credentials"));
    let output = check(&home(&spec(&autodesk.url())), &[]);
    assert_eq!(
        (output.status, output.stdout.as_str(), autodesk.count()),
        (1, "", 1)
    );
    assert!(
        output
            .stderr
            .contains("/authentication/v2/token refused: HTTP 401, invalid_client"),
        "{}",
        output.stderr
    );
}

#[test]
fn what_the_provider_says_cannot_hide_a_line_or_tell_a_secret() {
    let mut about = account("ENABLED", "");
    about["email"] = json!(format!(
        "a\n::set-env name=X::1\u{1b}[31m Bearer {TWO_LEGGED}"
    ));
    let output = said(&about, &[]);
    assert!(
        output
            .stdout
            .contains("\n  email: (withheld: it may repeat a secret)\n"),
        "{}",
        output.stdout
    );
}

#[test]
fn its_own_token_is_asked_for_over_the_same_connection() {
    let tls = Tls::new();
    let about = Answer::json(200, account("ENABLED", "").to_string());
    let autodesk = Provider::tls(&tls, script(about));
    let spec = with(&autodesk.url(), "ca_file", json!(tls.ca_file));
    let output = check(&home(&spec), &[]);
    assert_eq!((output.status, output.stderr.as_str()), (0, ""));
    assert_eq!(autodesk.count(), 2);
}
