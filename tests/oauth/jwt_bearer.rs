//! The JWT bearer grant (RFC 7523 §2.1): what goes over the wire, and a server of another make (Authlib) that checks it.

use serde_json::{Value, json};

use super::token;
use crate::support::authlib::Authlib;
use crate::support::{Answer, Home, Output, Provider, run};

fn setting() -> Option<(Home, Authlib)> {
    Authlib::can_start().then(|| {
        let mut home = Home::new();
        home.set("SECRET", "p+ss w%rd");
        let authlib = Authlib::start(&home);
        (home, authlib)
    })
}

/// A spec whose assertion is right.
fn spec(home: &Home, authlib: &Authlib, issuer: &str, algorithm: &str) -> Value {
    let key = home.path(format!("keys/{issuer}.pem"));
    json!({
        "provider": "jwt_bearer",
        "token_url": authlib.at("/token"),
        "assertion": { "jwt": { "alg": algorithm, "key": { "file": key }, "claims": {
            "iss": issuer, "sub": "robot", "aud": authlib.at("/token"),
            "iat": { "now": -10 }, "exp": { "now": 240 }, "jti": { "jti": true },
        } } },
        "scope": ["read", "admin"],
    })
}

/// The spec with one claim changed.
fn but(spec: &Value, claim: &str, value: Value) -> Value {
    let mut spec = spec.clone();
    spec["assertion"]["jwt"]["claims"][claim] = value;
    spec
}

#[track_caller]
fn assert_refused(output: &Output, words: &str) {
    assert_eq!((output.status, output.stdout.as_str()), (1, ""));
    assert!(
        output.stderr.contains(&format!(
            "/token refused: HTTP {words} (provider-refused)\n"
        )),
        "{words}: {}",
        output.stderr
    );
    assert!(!output.stderr.contains("eyJ"), "{}", output.stderr);
}

#[test]
fn the_request_is_the_rfcs_own() {
    let provider = Provider::start(|_| Answer::token("t0ken", 900));
    let mut home = Home::new();
    home.set("ASSERTION", "eyJh.eyJz.c2ln");
    let spec = json!({
        "provider": "jwt_bearer", "token_url": provider.at("/token"), "assertion": { "env": "ASSERTION" },
        "scope": "a b", "parameters": { "tenant": "x y" },
    });
    assert_eq!(token(&home, &spec).json()["access_token"], "t0ken");
    let request = provider.request();
    assert_eq!(request.header("authorization"), None);
    assert_eq!(
        request.text(),
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=eyJh.eyJz.c2ln&scope=a%20b&tenant=x%20y"
    );
}

#[test]
fn a_right_assertion_is_exchanged_for_a_token() {
    let Some((home, authlib)) = setting() else {
        return;
    };
    let ci = spec(&home, &authlib, "ci", "RS256");
    let first = token(&home, &ci);
    let answer = first.json();
    assert_eq!(
        authlib.kept(answer["access_token"].as_str().unwrap()),
        json!({ "client": "ci", "user": "robot", "scope": "read", "expires_in": 900, "revoked": false }),
        "the scope that the issuer may not ask for is left out"
    );
    assert_eq!(token(&home, &ci), first, "the cache says the same");
    assert_eq!(authlib.count(), 1);
    let curve = token(&home, &spec(&home, &authlib, "curve", "ES256")).json();
    let curve = authlib.kept(curve["access_token"].as_str().unwrap());
    assert_eq!(curve["client"], "curve");
}

#[test]
fn each_slip_in_the_assertion_is_told_in_the_servers_words_and_not_repeated() {
    let Some((home, authlib)) = setting() else {
        return;
    };
    let right = spec(&home, &authlib, "ci", "RS256");
    let mut others_key = right.clone();
    others_key["assertion"]["jwt"]["key"] = json!({ "file": home.path("keys/retired.pem") });
    let slips = [
        (
            but(&right, "iss", json!("nobody")),
            "400, invalid_grant: The client does not exist on this server.",
        ),
        (
            but(&right, "exp", json!({ "now": -120 })),
            "400, invalid_grant: The token is expired",
        ),
        (others_key, "400, invalid_grant"),
        (
            but(&right, "aud", json!("https://elsewhere.example.com/")),
            "400, invalid_grant: Invalid claim: 'aud'",
        ),
        (
            but(&right, "sub", json!("nobody")),
            "400, invalid_grant: Invalid 'sub' value in assertion",
        ),
        (
            but(&right, "sub", json!("stranger")),
            "400, invalid_client: Client has no permission to access user data",
        ),
        (
            spec(&home, &authlib, "retired", "RS256"),
            "400, unauthorized_client: The client is not authorized to use 'grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer'",
        ),
    ];
    for (spec, words) in &slips {
        assert_refused(&token(&home, spec), words);
    }
    assert_eq!(authlib.count(), slips.len() as u64);
}

#[test]
fn a_token_of_an_assertion_is_given_back_with_the_clients_own_secret() {
    let Some((home, authlib)) = setting() else {
        return;
    };
    let mut spec = spec(&home, &authlib, "curve", "ES256");
    spec["client_id"] = json!("curve");
    spec["client_secret"] = json!({ "env": "SECRET" });
    spec["revocation_url"] = json!(authlib.at("/revoke"));
    let answer = token(&home, &spec).json();
    let revoke = run(
        &mut home.keyfob(["revoke", "--spec", "-"]),
        spec.to_string(),
    );
    assert_eq!((revoke.answer(), revoke.stderr.as_str()), ("", ""));
    let kept = authlib.kept(answer["access_token"].as_str().unwrap());
    assert_eq!(kept["revoked"], true);
    assert_ne!(token(&home, &spec).json(), answer);
}

#[test]
fn an_assertion_is_not_sent_again_to_a_server_that_cannot_at_the_moment() {
    let provider = Provider::start(|_| Answer::empty(503));
    let mut home = Home::new();
    home.set("ASSERTION", "eyJh.eyJz.c2ln");
    let spec = json!({
        "provider": "jwt_bearer", "token_url": provider.at("/token"), "assertion": { "env": "ASSERTION" },
    });
    let output = token(&home, &spec);
    assert!(
        output.stderr.contains("(provider-unavailable)"),
        "{}",
        output.stderr
    );
    assert_eq!(provider.count(), 1);
}
