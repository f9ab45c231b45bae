//! `keyfob revoke`: the cached token goes back to its provider (RFC 7009) and is then forgotten; refused, it is kept.

use serde_json::{Value, json};

use super::{NAME, autodesk, headers, home, token};
use crate::support::{Answer, Home, Output, Provider, Request, run};

const AUTHORIZATION: &str = "Basic bWRiX3NhX2lkXzAwMTEyMjMzNDQ1NTY2Nzc4ODk5YWFiYjptZGJfc2Ffc2tfRVhBTVBMRS0wMTIzNDU2Nzg5X2FiY2RlZmdoaWprbG1ub3BxcnN0dQ==";
pub(super) const SECRET: &str = "mdb_sa_sk_EXAMPLE-0123456789_abcdefghijklmnopqrstu";

fn atlas(base_url: &str) -> Value {
    json!({
        "provider": "mongodb-atlas", "base_url": base_url, "client_id": "mdb_sa_id_00112233445566778899aabb",
        "client_secret": { "env": "VENDOR_SECRET" },
    })
}

/// A plain client with these further members.
pub(super) fn plain(server: &Provider, further: Value) -> Value {
    let mut spec = json!({
        "provider": "client_credentials", "token_url": server.at("/token"), "client_id": "id",
        "client_secret": { "env": "VENDOR_SECRET" },
    });
    let members = further.as_object().unwrap().clone();
    spec.as_object_mut().unwrap().extend(members);
    spec
}

/// Numbered tokens, and this answer to everything else.
pub(super) fn server(other: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Provider {
    Provider::start(move |request| match request.path.rsplit('/').next() {
        Some("token") => Answer::token(&format!("opaque-token-{}", request.number), 3600),
        _ => other(request),
    })
}

pub(super) fn revoke(home: &Home) -> Output {
    run(&mut home.keyfob(["revoke", "--spec", NAME]), "")
}

pub(super) fn silence(output: &Output) {
    assert_eq!(
        (
            output.status,
            output.stdout.as_str(),
            output.stderr.as_str()
        ),
        (0, "", "")
    );
}

fn revocation(request: &Request, path: &str, authorization: &str, token: &str) {
    assert_eq!(
        (request.method.as_str(), request.path.as_str()),
        ("POST", path)
    );
    assert_eq!(request.query, "");
    let wanted = [
        ("accept", "application/json"),
        ("accept-encoding", "identity"),
        ("authorization", authorization),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    assert_eq!(
        headers(request),
        wanted.map(|(n, v)| (n.to_owned(), v.to_owned()))
    );
    assert_eq!(
        request.text(),
        format!("token={token}&token_type_hint=access_token")
    );
}

#[test]
fn the_cached_token_is_given_back_and_forgotten() {
    let server = server(|_| Answer::empty(200));
    let home = home(&atlas(&server.url()), SECRET);
    assert_eq!(token(&home).json()["access_token"], "opaque-token-1");
    silence(&revoke(&home));
    assert_eq!(server.count(), 2);
    revocation(
        &server.requests()[1],
        "/api/oauth/revoke",
        AUTHORIZATION,
        "opaque-token-1",
    );
    let status = run(&mut home.keyfob(["status"]), "");
    assert!(status.answer().contains("\tnone\t"), "{status:?}");
    assert!(revoke(&home).answer().starts_with("nothing to revoke: "));
    assert_eq!(server.count(), 2, "nothing is left to give back");
    assert_eq!(token(&home).json()["access_token"], "opaque-token-3");
}

#[test]
fn with_nothing_cached_nobody_is_asked_and_no_keyring_is_opened() {
    let server = server(|_| Answer::empty(200));
    let mut spec = atlas(&server.url());
    spec["client_secret"] = json!({ "keyring": "nowhere" });
    let home = home(&spec, SECRET);
    assert!(revoke(&home).answer().starts_with("nothing to revoke: "));
    assert_eq!(server.connections(), 0);
}

#[test]
fn autodesk_wants_the_hint_and_gets_it_and_nothing_is_signed_for_it() {
    let server = server(|_| Answer::empty(200));
    let home = autodesk::home(&autodesk::spec(&server.url()));
    token(&home).answer();
    silence(&revoke(&home));
    revocation(
        &server.requests()[1],
        "/authentication/v2/revoke",
        "Basic RXhhbXBsZUNsaWVudElkMDEyMzQ1Njc4OUFCQ0RFRkc6RXhhbXBsZUNsaWVudFNlY3JldDAx",
        "opaque-token-1",
    );
}

#[test]
fn a_token_that_is_not_taken_back_is_kept() {
    let refusal = |status, body: &str| Answer::json(status, body);
    let table = [
        (
            refusal(400, r#"{"error":"unsupported_token_type"}"#),
            "provider-refused",
        ),
        (
            refusal(401, r#"{"error":"invalid_client"}"#),
            "provider-refused",
        ),
        (
            refusal(200, r#"{"error":"invalid_request"}"#),
            "provider-refused",
        ),
        // Not RFC 7009's answer to a token that is not known (§2.2), but that of a wrong URL.
        (refusal(404, ""), "provider-refused"),
        (
            Answer::empty(302).header("Location", "/elsewhere"),
            "provider-refused",
        ),
        (
            Answer::empty(429).header("Retry-After", "60"),
            "rate-limited",
        ),
        (
            Answer::empty(503).header("Retry-After", "60"),
            "provider-unavailable",
        ),
        (Answer::hang_up(), "provider-unreachable"),
    ];
    for (answer, code) in table {
        let scripted = answer.clone();
        let server = server(move |_| scripted.clone());
        let home = home(&atlas(&server.url()), SECRET);
        let first = token(&home);
        let output = revoke(&home);
        assert_eq!(
            (output.status, output.stdout.as_str()),
            (1, ""),
            "{answer:?}"
        );
        assert!(
            output.stderr.contains(&format!(" ({code})\n")),
            "{}",
            output.stderr
        );
        let asked = server.count();
        assert_eq!(token(&home), first, "it is still there");
        assert_eq!(server.count(), asked);
    }
}

#[test]
fn a_server_that_repeats_the_token_is_not_quoted() {
    let server = server(|request| {
        let body = json!({ "error": "invalid_request", "error_description": request.text() });
        Answer::json(400, body.to_string())
    });
    let home = home(&atlas(&server.url()), SECRET);
    token(&home).answer();
    let output = revoke(&home);
    assert!(
        output
            .stderr
            .contains("invalid_request; words are withheld that may repeat a secret ("),
        "{}",
        output.stderr
    );
    assert!(!output.stderr.contains("opaque-token"), "{}", output.stderr);
}

#[test]
fn a_spec_that_says_no_way_says_so() {
    let server = server(|_| Answer::empty(200));
    let home = home(&plain(&server, json!({})), SECRET);
    token(&home).answer();
    let output = revoke(&home);
    assert_eq!((output.status, server.count()), (1, 1));
    assert!(
        output.stderr.starts_with(
            "keyfob: error: this spec does not say how to revoke a token (not-supported)\nkeyfob: hint: "
        ),
        "{}",
        output.stderr
    );
}

#[test]
fn a_request_of_the_vendors_own_holds_the_token_where_the_vendor_wants_it() {
    let table = [
        (
            json!({ "method": "DELETE", "headers": { "Authorization": { "bearer": { "issued": true } } } }),
            ("DELETE", Some("Bearer opaque-token-1"), ""),
        ),
        (
            json!({ "json": { "kind": "access", "access_token": { "secret": { "issued": true } } } }),
            (
                "POST",
                None,
                r#"{"access_token":"opaque-token-1","kind":"access"}"#,
            ),
        ),
        (
            json!({
                "method": "DELETE",
                "headers": { "Authorization": { "basic": { "username": "id", "password": { "env": "VENDOR_SECRET" } } } },
                "form": { "access_token": { "secret": { "issued": true } } },
            }),
            (
                "DELETE",
                Some("Basic aWQ6cGxhaW4tc2VjcmV0"),
                "access_token=opaque-token-1",
            ),
        ),
    ];
    for (mut request, (method, authorization, body)) in table {
        for status in [204, 404] {
            let server = server(move |_| Answer::empty(status));
            request["url"] = json!(server.at("/revocations"));
            let home = home(
                &plain(&server, json!({ "revoke": request })),
                "plain-secret",
            );
            token(&home).answer();
            silence(&revoke(&home));
            let sent = &server.requests()[1];
            assert_eq!(
                (
                    sent.method.as_str(),
                    sent.header("authorization"),
                    sent.text()
                ),
                (method, authorization, body)
            );
            let status = run(&mut home.keyfob(["status"]), "");
            assert!(status.answer().contains("\tnone\t"), "{status:?}");
        }
    }
}

#[test]
fn two_ways_at_once_and_a_way_without_a_client_are_refused() {
    let server = server(|_| Answer::empty(200));
    let both = json!({ "revocation_url": server.at("/a"), "discovery_url": server.at("/b") });
    let stored = json!({
        "provider": "static", "token": { "env": "VENDOR_SECRET" }, "revocation_url": server.at("/a"),
    });
    for spec in [plain(&server, both), stored] {
        let output = revoke(&home(&spec, SECRET));
        assert_eq!((output.status, output.stdout.as_str()), (2, ""));
        assert!(
            output.stderr.contains("(spec-invalid)\n"),
            "{}",
            output.stderr
        );
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn the_issued_token_cannot_be_what_it_is_asked_for_with() {
    let server = server(|_| Answer::empty(200));
    for spec in [
        plain(&server, json!({ "client_secret": { "issued": true } })),
        json!({ "provider": "static", "token": [{ "env": "NONE" }, { "issued": true }] }),
    ] {
        let output = token(&home(&spec, SECRET));
        assert_eq!((output.status, output.stdout.as_str()), (2, ""));
        assert!(
            output
                .stderr
                .contains("only `check` and `revoke` can hold it (spec-invalid)\n"),
            "{}",
            output.stderr
        );
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn where_there_is_nothing_that_is_told() {
    let server = server(|_| Answer::empty(200));
    let home = home(&atlas(&server.url()), SECRET);
    for command in ["revoke", "forget"] {
        let output = run(&mut home.keyfob([command, "--spec", NAME]), "");
        let told = format!("nothing to {command}: no token of spec `{NAME}` is cached\n");
        assert_eq!((output.answer(), output.stderr.as_str()), (&*told, ""));
    }
    assert_eq!(server.count(), 0);
}

/// A token is kept under the values of variables and files: without one of them nobody knows which is meant.
#[test]
fn with_a_variable_missing_nothing_is_said_to_be_revoked() {
    let server = server(|_| Answer::empty(200));
    let mut home = home(&atlas(&server.url()), SECRET);
    token(&home).json();
    home.unset("VENDOR_SECRET");
    let output = revoke(&home);
    assert_eq!((output.status, output.stdout.as_str()), (1, ""));
    assert!(
        output.stderr.contains("environment variable VENDOR_SECRET"),
        "{}",
        output.stderr
    );
    assert!(
        output.stderr.contains("(secret-missing)"),
        "{}",
        output.stderr
    );
    home.set("VENDOR_SECRET", "another");
    let told = format!(
        "nothing to revoke: no token is cached for the current values of spec `{NAME}`, but one is for other values\n"
    );
    assert_eq!(revoke(&home).answer(), told);
    home.set("VENDOR_SECRET", SECRET);
    silence(&revoke(&home));
    assert_eq!(server.count(), 2);
}

#[test]
fn a_variable_that_stands_behind_a_present_one_may_be_missing() {
    let server = server(|_| Answer::empty(200));
    let mut spec = atlas(&server.url());
    spec["client_secret"] = json!([{ "env": "NOT_SET" }, { "env": "VENDOR_SECRET" }]);
    let home = home(&spec, SECRET);
    assert!(revoke(&home).answer().starts_with("nothing to revoke: "));
}

#[test]
fn a_spec_without_a_name_is_not_said_to_be_forgotten_where_a_variable_is_missing() {
    let server = server(|_| Answer::empty(200));
    let spec = atlas(&server.url()).to_string();
    let mut home = home(&atlas(&server.url()), SECRET);
    let forget = |home: &Home| run(&mut home.keyfob(["forget", "--spec", &spec]), "");
    run(&mut home.keyfob(["token", "--spec", &spec]), "").answer();
    home.unset("VENDOR_SECRET");
    assert!(forget(&home).stderr.contains("(secret-missing)"));
    home.set("VENDOR_SECRET", SECRET);
    silence(&forget(&home));
}
