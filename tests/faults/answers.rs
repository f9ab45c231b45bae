//! Providers that answer with what is no token, over a sound connection, plain and with TLS, for every caller.

use std::time::Duration;

use super::callers::ALL;
use super::each;
use super::network::{Stand, Then};
use crate::support::{Answer, Provider, Tls};

/// What the provider says, and the code that it becomes.
fn table() -> Vec<(&'static str, Answer, &'static str)> {
    let json = |body: &str| Answer::json(200, body);
    vec![
        ("an outage", Answer::empty(500), "provider-unavailable"),
        (
            "a bad gateway",
            Answer::text(502, "no"),
            "provider-unavailable",
        ),
        (
            "maintenance",
            Answer::empty(503).header("Retry-After", "1"),
            "provider-unavailable",
        ),
        (
            "a limit",
            Answer::empty(429).header("Retry-After", "1"),
            "rate-limited",
        ),
        (
            "a login page",
            Answer::text(200, "<html>"),
            "provider-nonsense",
        ),
        (
            "half a JSON",
            json(r#"{"access_token":"x"#),
            "provider-nonsense",
        ),
        ("nothing", Answer::empty(204), "provider-nonsense"),
        (
            "an endless head",
            Answer::raw(format!("HTTP/1.1 200 OK\r\nX: {}", "x".repeat(1 << 18))),
            "provider-unreachable",
        ),
        (
            "an endless body",
            Answer::raw(format!("HTTP/1.1 200 OK\r\n\r\n{}", " ".repeat(3 << 20))),
            "provider-unreachable",
        ),
        (
            "a dripping body",
            json(r#"{"access_token":"x"}"#).drip(1, Duration::from_millis(60)),
            "provider-unreachable",
        ),
        ("a closed door", Answer::hang_up(), "provider-unreachable"),
    ]
}

#[test]
fn what_is_no_token_is_one_error_and_loses_nothing() {
    let tls = Tls::new();
    let cases = table().into_iter().flat_map(|(name, answer, code)| {
        [false, true].into_iter().flat_map(move |secure| {
            let answer = answer.clone();
            ALL.map(|caller| {
                let name = format!("{name} {caller:?} {}", if secure { "TLS" } else { "" });
                (name, (answer.clone(), code, secure, caller))
            })
        })
    });
    each(24, cases, |(answer, code, secure, caller)| {
        let stand = Stand::new(secure.then_some(&tls));
        let set = |on: bool| *stand.trouble.lock().unwrap() = on.then(|| answer.clone());
        stand.suffers(caller, Then::Error(code), &set);
    });
}

#[test]
fn a_redirect_is_an_error_and_nobody_goes_there() {
    let tls = Tls::new();
    let elsewhere = Provider::tls(&tls, |_| Answer::token("evil", 3600));
    let place = elsewhere.at("/token");
    let cases = [301, 302, 303, 307, 308]
        .into_iter()
        .flat_map(|status| ALL.map(|caller| (format!("{status} {caller:?}"), (status, caller))));
    each(10, cases, |(status, caller)| {
        let stand = Stand::new(Some(&tls));
        let redirect = Answer::empty(status).header("Location", &place);
        let set = |on: bool| *stand.trouble.lock().unwrap() = on.then(|| redirect.clone());
        stand.suffers(caller, Then::Error("provider-refused"), &set);
    });
    assert_eq!(elsewhere.connections(), 0);
}
