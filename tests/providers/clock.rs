//! Clocks that differ: an assertion that the provider's clock refuses is signed once more under that clock, and never a third time.

use serde_json::Value;

use super::assertion::small;
use super::{autodesk, http_date, now, pingone_aic, token, unix};
use crate::support::{Answer, Provider, Request};

/// A server whose clock is `ahead` seconds ahead, and which takes assertions that end within its next 300 seconds.
fn server(ahead: i64) -> Provider {
    Provider::start(move |request| {
        let clock = now() + ahead;
        let answer = match (clock..=clock + 300).contains(&end(request)) {
            true => Answer::token("eyJ.sample.skew", 3600),
            false => Answer::json(
                400,
                r#"{"error":"invalid_grant","error_description":"expired"}"#,
            ),
        };
        answer.header("Date", &http_date(clock))
    })
}

fn claims(request: &Request) -> Value {
    small().verify(request).1
}

fn end(request: &Request) -> i64 {
    claims(request)["exp"].as_i64().unwrap()
}

#[test]
fn an_assertion_is_signed_once_more_under_the_providers_clock() {
    for ahead in [600, -600] {
        let server = server(ahead);
        let home = pingone_aic::home(&pingone_aic::spec(&server.url()));
        let before = now();
        let output = token(&home);
        let after = now();
        assert_eq!((output.status, output.stderr.as_str()), (0, ""));
        let requests = server.requests();
        assert_eq!(requests.len(), 2);
        let wanted = before + ahead + 178..=after + ahead + 182;
        assert!(wanted.contains(&end(&requests[1])), "{}", end(&requests[1]));
        assert_ne!(claims(&requests[0])["jti"], claims(&requests[1])["jti"]);
        // The token's own life is a span, and is told by this machine's clock.
        let told = unix(output.json()["expires_at"].as_str().unwrap());
        assert!((before + 3600..=after + 3600).contains(&told));
        assert_eq!(token(&home), output, "the cache says the same");
        assert_eq!(server.count(), 2);
    }
}

#[test]
fn refused_again_it_is_not_signed_a_third_time_and_the_clock_is_named() {
    for (status, ahead, words) in [
        (400, 600, "10 min behind"),
        (401, 600, "10 min behind"),
        (400, -7200, "2 h ahead of"),
    ] {
        let server = Provider::start(move |_| {
            Answer::json(status, r#"{"error":"invalid_grant"}"#)
                .header("Date", &http_date(now() + ahead))
        });
        let home = autodesk::home(&autodesk::spec(&server.url()));
        let output = token(&home);
        // Beyond an hour the clock is blamed, and nothing is signed for it.
        let signed = if i64::abs(ahead) > 3600 { 1 } else { 2 };
        assert_eq!((output.status, server.count()), (1, signed));
        assert_eq!(
            output.stderr,
            format!(
                "keyfob: error: spec `ci`: {}/authentication/v2/token refused: HTTP {status}, invalid_grant (clock-skew)\n\
                 keyfob: hint: this machine's clock is {words} the provider's (clock-skew); set it right, then try again\n",
                server.url()
            )
        );
    }
}

#[test]
fn a_clock_that_agrees_is_no_reason_to_sign_again() {
    for ahead in [0, 20, -20] {
        let server = Provider::start(move |_| {
            Answer::error("invalid_grant").header("Date", &http_date(now() + ahead))
        });
        let output = token(&pingone_aic::home(&pingone_aic::spec(&server.url())));
        assert_eq!((output.status, server.count()), (1, 1));
        assert!(!output.stderr.contains("clock"), "{}", output.stderr);
    }
    let silent = Provider::start(|_| Answer::error("invalid_grant").header("Date", "yesterday"));
    token(&pingone_aic::home(&pingone_aic::spec(&silent.url())));
    assert_eq!(silent.count(), 1);
}

#[test]
fn what_the_clock_has_no_part_in_is_not_asked_twice() {
    let outage = Provider::start(|_| Answer::empty(503).header("Date", &http_date(now() + 600)));
    token(&pingone_aic::home(&pingone_aic::spec(&outage.url())));
    assert_eq!(outage.count(), 1, "an outage");
    let secret = Provider::start(|_| {
        Answer::error("invalid_client").header("Date", &http_date(now() + 600))
    });
    let spec = serde_json::json!({
        "provider": "mongodb-atlas", "base_url": secret.url(), "client_id": "mdb_sa_id_00112233445566778899aabb",
        "client_secret": { "env": "VENDOR_SECRET" },
    });
    let output = token(&super::home(&spec, "mdb_sa_sk_EXAMPLE"));
    assert_eq!((output.status, secret.count()), (1, 1), "nothing is signed");
    assert!(!output.stderr.contains("clock"), "{}", output.stderr);
}
