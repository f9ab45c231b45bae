//! Clients that sign (RFC 7523 §2.2: `private_key_jwt` and `client_secret_jwt`) and the way back (RFC 7009), against a certified provider.
//!
//! The provider tells a client no more than `client authentication failed`; why it really refused is asked of the test's own server.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::certified::{Setting, setting};
use super::{home, spec, token};
use crate::support::{Answer, Output, Provider, run};

const SHARED: &str = "0123456789abcdef0123456789abcdef";

/// The members for a client that signs (RFC 7523 §3).
fn assertion(setting: &Setting, client: &str, algorithm: &str, key: Value) -> Value {
    json!({
        "client_id": client,
        "client_secret": null,
        "client_assertion": { "jwt": { "alg": algorithm, "key": key, "claims": {
            "iss": client, "sub": client, "aud": setting.oidc.token_url(),
            "jti": { "jti": true }, "iat": { "now": 0 }, "exp": { "now": 60 },
        } } },
    })
}

/// The members for the client whose key is in this file.
fn with_file(setting: &Setting, client: &str, algorithm: &str, file: &str) -> Value {
    let key = json!({ "file": setting.oidc.key_file(file) });
    assertion(setting, client, algorithm, key)
}

fn es256(setting: &Setting) -> Value {
    with_file(setting, "es256", "ES256", "es256.pem")
}

#[test]
fn client_secret_jwt_is_let_in() {
    let Some(setting) = setting(SHARED) else {
        return;
    };
    let mut more = assertion(&setting, "hmac", "HS256", json!({ "env": "SECRET" }));
    setting.assert_active("hmac", more.clone());
    more["token_endpoint_auth_method"] = json!("client_secret_jwt");
    more["scope"] = json!("read");
    setting.assert_active("hmac", more);
}

#[test]
fn private_key_jwt_is_let_in_with_every_kind_of_key() {
    let Some(setting) = setting("unused") else {
        return;
    };
    for (client, algorithm, file) in [
        ("es256", "ES256", "es256.pem"),
        ("rs256", "RS256", "rs256.jwk"),
        ("ps256", "PS256", "ps256.pem"),
        ("eddsa", "EdDSA", "eddsa.pem"),
    ] {
        let mut more = with_file(&setting, client, algorithm, file);
        if client == "rs256" {
            more["client_assertion"]["jwt"]["header"] = json!({ "kid": "rs" });
        }
        setting.assert_active(client, more.clone());
        more["token_endpoint_auth_method"] = json!("private_key_jwt");
        more["scope"] = json!("read");
        setting.assert_active(client, more);
    }
    assert_eq!(setting.oidc.refusals(), json!([]));
}

#[test]
fn the_issuer_is_an_audience_too_and_the_clients_name_may_stand_in_the_assertion_alone() {
    let Some(setting) = setting("unused") else {
        return;
    };
    let mut more = es256(&setting);
    more["client_assertion"]["jwt"]["claims"]["aud"] = json!(setting.oidc.issuer());
    let mut spec = spec(&setting.oidc.token_url(), more);
    spec.as_object_mut().unwrap().remove("client_id");
    let answer = token(&setting.home, &spec).json();
    let said = setting
        .oidc
        .introspect(answer["access_token"].as_str().unwrap());
    assert_eq!(said["client_id"], "es256");
}

#[track_caller]
fn assert_refused(output: &Output) {
    assert_eq!((output.status, output.stdout.as_str()), (1, ""));
    assert!(
        output.stderr.contains(
            "refused: HTTP 401, invalid_client: client authentication failed (provider-refused)\n"
        ),
        "{}",
        output.stderr
    );
    assert!(!output.stderr.contains("eyJ"), "{}", output.stderr);
}

#[test]
fn each_slip_in_an_assertion_is_refused_once_and_not_repeated() {
    let Some(setting) = setting(SHARED) else {
        return;
    };
    let right = es256(&setting);
    let claims = |name: &str, value: Value| {
        let mut wrong = right.clone();
        wrong["client_assertion"]["jwt"]["claims"][name] = value;
        wrong
    };
    let slips = [
        (
            claims("aud", json!("https://elsewhere.example.com/token")),
            "audience (aud) must equal the endpoint url, issuer identifier or token endpoint url",
        ),
        (
            claims("iss", json!("rs256")),
            "iss (JWT issuer) must be the client_id",
        ),
        (claims("exp", json!({ "now": -60 })), "jwt expired"),
        (
            assertion(&setting, "es256", "HS256", json!({ "env": "SECRET" })),
            "alg mismatch",
        ),
        (
            with_file(&setting, "eddsa", "EdDSA", "other.pem"),
            "signature verification failed",
        ),
    ];
    let other = run(
        setting
            .home
            .command("openssl")
            .args(["genpkey", "-algorithm", "ed25519"]),
        "",
    );
    setting.home.write("oidc/other.pem", other.answer());
    let (wrong, reasons): (Vec<Value>, Vec<&str>) = slips.into_iter().unzip();
    for more in wrong {
        assert_refused(&setting.ask(more));
    }
    assert_eq!(setting.oidc.refusals(), json!(reasons));
    assert_eq!(setting.oidc.token_requests(), reasons.len() as u64);
}

#[test]
fn each_mint_has_an_identifier_of_its_own() {
    let Some(setting) = setting("unused") else {
        return;
    };
    let again = |more: &Value| {
        run(&mut setting.home.keyfob(["forget", "--all"]), "").answer();
        setting.ask(more.clone())
    };
    let fresh = es256(&setting);
    for _ in 0..3 {
        again(&fresh).json();
    }
    let mut same = fresh;
    same["client_assertion"]["jwt"]["claims"]["jti"] = json!("always-the-same");
    again(&same).json();
    assert_refused(&again(&same));
    assert_eq!(
        setting.oidc.refusals(),
        json!(["client assertion tokens must only be used once"])
    );
}

#[test]
fn no_assertion_is_sent_twice_where_the_provider_cannot_at_the_moment() {
    let provider = Provider::start(|_| Answer::empty(503));
    let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
    let more = json!({ "client_secret": null, "client_assertion": { "jwt": {
        "alg": "ES256", "key": { "env": "SECRET" }, "claims": { "iss": "ci", "jti": { "jti": true } } } } });
    let output = token(&home(&key), &spec(&provider.at("/token"), more));
    assert!(
        output.stderr.contains("(provider-unavailable)"),
        "{}",
        output.stderr
    );
    let sent: Vec<String> = provider
        .requests()
        .iter()
        .map(|request| request.parameter("client_assertion").unwrap())
        .collect();
    let different: BTreeSet<&String> = sent.iter().collect();
    assert!(!sent.is_empty());
    assert_eq!(different.len(), sent.len(), "a jti is good once");
}

/// `keyfob COMMAND --spec -`
fn command(setting: &Setting, command: &str, spec: &Value) -> Output {
    run(
        &mut setting.home.keyfob([command, "--spec", "-"]),
        spec.to_string(),
    )
}

/// A token is got, given back, and dead; the next one is another.
#[track_caller]
fn assert_given_back(setting: &Setting, more: Value) {
    let spec = spec(&setting.oidc.token_url(), more);
    let first = token(&setting.home, &spec).json()["access_token"].clone();
    let first = first.as_str().unwrap();
    assert_eq!(setting.oidc.introspect(first)["active"], true);
    let revoked = command(setting, "revoke", &spec);
    assert_eq!((revoked.answer(), revoked.stderr.as_str()), ("", ""));
    assert_eq!(setting.oidc.introspect(first), json!({ "active": false }));
    assert_eq!(setting.oidc.requests("/token/revocation"), 1);
    let again = command(setting, "revoke", &spec);
    let nothing = "nothing to revoke: no token of spec `stdin` is cached\n";
    assert_eq!((again.answer(), again.stderr.as_str()), (nothing, ""));
    assert_eq!(
        setting.oidc.requests("/token/revocation"),
        1,
        "nothing is left to give back"
    );
    let second = token(&setting.home, &spec).json()["access_token"].clone();
    assert_ne!(second, first);
    assert_eq!(
        setting.oidc.introspect(second.as_str().unwrap())["active"],
        true
    );
    assert_eq!(setting.oidc.refusals(), json!([]));
}

#[test]
fn a_token_is_given_back_at_the_revocation_url() {
    let Some(setting) = setting("plain-secret") else {
        return;
    };
    let url = setting.oidc.revocation_url();
    assert_given_back(
        &setting,
        json!({ "client_id": "plain", "revocation_url": url }),
    );
}

#[test]
fn a_token_is_given_back_where_the_metadata_say() {
    let Some(setting) = setting("plain-secret") else {
        return;
    };
    let url = setting.oidc.discovery_url();
    assert_given_back(
        &setting,
        json!({ "client_id": "plain", "discovery_url": url }),
    );
}

#[test]
fn a_client_that_signs_signs_anew_to_give_its_token_back() {
    let Some(setting) = setting("unused") else {
        return;
    };
    let mut more = es256(&setting);
    more["revocation_url"] = json!(setting.oidc.revocation_url());
    assert_given_back(&setting, more);
}

#[test]
fn a_token_that_the_provider_does_not_take_back_is_kept() {
    let Some(setting) = setting("plain-secret") else {
        return;
    };
    // RFC 7009 §2.2.1.
    let other = Provider::start(|_| Answer::error("unsupported_token_type"));
    let more = json!({ "client_id": "plain", "revocation_url": other.at("/revoke") });
    let spec = spec(&setting.oidc.token_url(), more);
    let first = token(&setting.home, &spec).json();
    let output = command(&setting, "revoke", &spec);
    assert_eq!((output.status, output.stdout.as_str()), (1, ""));
    assert!(
        output
            .stderr
            .contains("/revoke refused: HTTP 400, unsupported_token_type (provider-refused)\n"),
        "{}",
        output.stderr
    );
    let request = other.request();
    let first_token = first["access_token"].as_str().unwrap();
    assert_eq!(request.parameter("token").as_deref(), Some(first_token));
    assert!(!output.stderr.contains(first_token), "{}", output.stderr);
    let (id, secret) = request.basic().unwrap();
    assert_eq!((id.as_str(), secret.as_str()), ("plain", "plain-secret"));
    assert_eq!(
        token(&setting.home, &spec).json(),
        first,
        "it is still there"
    );
    assert_eq!(setting.oidc.token_requests(), 1);
}
