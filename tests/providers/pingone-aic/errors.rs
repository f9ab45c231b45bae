//! PingOne's refusals, in the shapes of OAuth and of its REST API.

use super::super::{http_date, now, token};
use super::{home, refusal, spec};
use crate::support::{Answer, Output, Provider};

fn fails(answer: &Answer) -> (Output, usize) {
    let scripted = answer.clone();
    let pingone = Provider::start(move |_| scripted.clone());
    let mut output = token(&home(&spec(&pingone.url())));
    assert_eq!(output.stdout, "");
    output.stderr = output.stderr.replace(&pingone.url(), "PROVIDER");
    // Where the key is depends on the test's home.
    let path = output
        .stderr
        .split_once(" from file ")
        .map(|(_, rest)| rest.to_owned());
    if let Some((path, _)) = path.as_deref().and_then(|rest| rest.split_once(')')) {
        output.stderr = output.stderr.replace(path, "key.jwk");
    }
    (output, pingone.count())
}

#[test]
fn every_refusal_is_told_in_one_line() {
    let scope = "keyfob: hint: ask for scopes that the provider granted to this client\n";
    let client = "keyfob: hint: check the assertion (a JWT signed with the key from file key.jwk); the client itself sends no secret\n";
    let table = [
        (
            refusal(
                400,
                "invalid_scope",
                "Unsupported scope for service account: fr:foo:*,fr:bar:*",
            ),
            "HTTP 400, invalid_scope: Unsupported scope for service account: fr:foo:*,fr:bar:*",
            scope,
        ),
        (
            refusal(400, "invalid_grant", "JWT has expired"),
            "HTTP 400, invalid_grant: JWT has expired",
            "",
        ),
        (
            refusal(401, "invalid_client", "Client authentication failed"),
            "HTTP 401, invalid_client: Client authentication failed",
            client,
        ),
        (
            Answer::json(
                403,
                r#"{"code":403,"reason":"Forbidden","message":"The user has insufficient privileges"}"#,
            ),
            "HTTP 403, Forbidden: The user has insufficient privileges",
            "",
        ),
    ];
    for (answer, words, hint) in table {
        let (output, requests) = fails(&answer);
        assert_eq!(
            (output.stderr, output.status, requests),
            (
                format!(
                    "keyfob: error: spec `ci`: PROVIDER/am/oauth2/access_token refused: {words} (provider-refused)\n{hint}"
                ),
                1,
                1
            )
        );
    }
}

#[test]
fn an_outage_is_told_after_one_try_and_a_limit_is_kept() {
    let (output, requests) = fails(&Answer::json(
        500,
        r#"{"code":500,"reason":"Internal Server Error","message":"no"}"#,
    ));
    assert_eq!((output.status, requests), (1, 1));
    assert!(
        output
            .stderr
            .contains("HTTP 500, Internal Server Error: no (provider-unavailable)\n"),
        "{}",
        output.stderr
    );
    let limited =
        Provider::start(|_| Answer::empty(429).header("Retry-After", &http_date(now() + 60)));
    let home = home(&spec(&limited.url()));
    for _ in 0..2 {
        let output = token(&home);
        assert!(
            output.stderr.contains(" (rate-limited)\n"),
            "{}",
            output.stderr
        );
    }
    assert_eq!(limited.connections(), 1);
}
