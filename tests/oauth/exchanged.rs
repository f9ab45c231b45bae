//! Chains: the subject of a token exchange (RFC 8693) is the token of another spec.

use serde_json::{Value, json};

use super::{home, token};
use crate::support::{Answer, Home, Provider, run};

/// A provider of two endpoints: `/login` numbers its tokens, which live for 100 s, and `/token`
/// exchanges those that `accepts` takes for tokens of an hour.
fn provider(accepts: fn(&str) -> bool) -> Provider {
    Provider::start(move |request| match request.path.as_str() {
        "/login" => Answer::token(&format!("login-{}", request.number), 100),
        "/token" => match request.parameter("subject_token") {
            Some(subject) if accepts(&subject) => Answer::token("t0ken", 3600),
            _ => Answer::error("invalid_grant"),
        },
        _ => Answer::empty(200),
    })
}

fn login(provider: &Provider) -> Value {
    json!({
        "provider": "client_credentials", "token_url": provider.at("/login"),
        "client_id": "ci", "client_secret": { "env": "SECRET" },
    })
}

fn chain(provider: &Provider, expires: Value) -> Value {
    json!({
        "provider": "token_exchange", "token_url": provider.at("/token"),
        "subject_token": { "token": login(provider) }, "subject_token_type": "access_token",
        "expires": expires,
    })
}

fn paths(provider: &Provider) -> Vec<String> {
    let requests = provider.requests();
    requests
        .iter()
        .map(|request| request.path.clone())
        .collect()
}

#[test]
fn what_was_exchanged_does_not_outlive_its_subject_where_the_spec_says_so() {
    let provider = provider(|_| true);
    let home = home("s3cret");
    let expires = |spec: &Value| token(&home, spec).json()["expires_at"].clone();
    let subject = expires(&login(&provider));
    let seconds = json!({ "seconds": "/expires_in" });
    let bound = chain(&provider, json!([seconds, { "sources": true }]));
    assert_eq!(expires(&bound), subject);
    let free = expires(&chain(&provider, seconds));
    assert!(free.as_str() > subject.as_str(), "{free} {subject}");
    assert_eq!(paths(&provider), ["/login", "/token", "/token"]);
}

/// Each login is cached by the first call; the server then forgets it.
fn asked_with_a_stale_login(accepts: fn(&str) -> bool) -> (Provider, i32) {
    let provider = provider(accepts);
    let home: Home = home("s3cret");
    token(&home, &login(&provider)).json();
    let output = token(
        &home,
        &chain(&provider, json!({ "seconds": "/expires_in" })),
    );
    (provider, output.status)
}

#[test]
fn a_cached_subject_that_the_server_no_longer_takes_is_fetched_anew_once() {
    let (provider, status) = asked_with_a_stale_login(|subject| subject != "login-1");
    assert_eq!(status, 0);
    assert_eq!(paths(&provider), ["/login", "/token", "/login", "/token"]);
    let (provider, status) = asked_with_a_stale_login(|_| false);
    assert_eq!(status, 1);
    assert_eq!(paths(&provider), ["/login", "/token", "/login", "/token"]);
}

#[test]
fn check_exchanges_anew_and_shows_what_the_token_says_of_itself() {
    let provider = provider(|_| true);
    let home = home("s3cret");
    let spec = chain(&provider, json!({ "seconds": "/expires_in" }));
    token(&home, &spec).json();
    let mut check = home.keyfob(["check", "--spec", "-", "--format", "json"]);
    let verdict = run(&mut check, spec.to_string()).json();
    assert_eq!(verdict["usable"], true);
    assert!(verdict["ends_at"].is_string(), "{verdict}");
    assert_eq!(paths(&provider), ["/login", "/token", "/token"]);
}

#[test]
fn it_is_given_back_with_the_clients_own_secret() {
    let provider = provider(|_| true);
    let home = home("s3cret");
    let mut spec = chain(&provider, json!({ "seconds": "/expires_in" }));
    spec["client_id"] = json!("ci");
    spec["client_secret"] = json!({ "env": "SECRET" });
    spec["revocation_url"] = json!(provider.at("/revoke"));
    token(&home, &spec).json();
    let revoked = run(
        &mut home.keyfob(["revoke", "--spec", "-"]),
        spec.to_string(),
    );
    assert_eq!((revoked.answer(), revoked.stderr.as_str()), ("", ""));
    let request = provider.requests().pop().unwrap();
    assert_eq!(request.path, "/revoke");
    assert_eq!(request.parameter("token").as_deref(), Some("t0ken"));
    assert_eq!(
        request.basic(),
        Some(("ci".to_owned(), "s3cret".to_owned()))
    );
}
