//! A secret that is written where it does not belong: in a spec, in a place of the command line. The mistake is told and not the secret.

use serde_json::{Value, json};

use super::{SECRET, holds_none};
use crate::support::home::keyfob as keyfob_once;
use crate::support::{Home, run};

/// Members of a spec in which somebody could put a secret instead of what belongs there.
const MEMBERS: &[&str] = &[
    "client_secret",
    "token",
    "private_key",
    "api_key",
    "application_key",
    "assertion",
    "token_url",
    "base_url",
    "revocation_url",
    "discovery_url",
    "proxy",
    "timeout",
    "max_cache",
    "expires",
    "targets",
    "authtype",
    "body",
    "token_endpoint_auth_method",
    "client_certificate",
    "metadata",
    "check",
    "revoke",
    "keep",
    "headers",
    "json",
    "form",
    "query",
    "method",
    "repeatable",
    "parameters",
    "resource",
    "audience",
    "token_types",
    "subject_token",
    "subject_token_type",
    "actor_token",
    "requested_token_type",
];

/// The ways in which a value can be wrong.
fn shapes() -> Vec<Value> {
    vec![
        json!(SECRET),
        json!([SECRET]),
        json!([[SECRET]]),
        json!({ "value": SECRET }),
        json!({ "secret": SECRET }),
        json!({ "bearer": SECRET }),
        json!({ "authorization": SECRET }),
        json!({ "url": SECRET }),
        json!({ "url": "https://a.example.com/", "headers": { "Authorization": SECRET } }),
        json!({ "url": "https://a.example.com/", "headers": { "X-Key": { "secret": SECRET } } }),
        json!({ "url": "https://a.example.com/", "query": { "key": { "secret": SECRET } } }),
        json!({ "url": format!("https://u:{SECRET}@a.example.com/") }),
        json!({ "certificate": SECRET, "key": SECRET }),
        json!({ "seconds": [SECRET] }),
        json!({ "jwt": { "alg": "RS256", "key": SECRET } }),
        json!({ "jwt": { "alg": SECRET, "key": { "env": "KEY" } } }),
        json!({ "file": "/key", "pointer": SECRET }),
        json!({ "command": SECRET }),
        json!({ "keyring": { "service": "a", "password": SECRET } }),
        json!({ "env": format!("PASSWORD={SECRET}") }),
        json!(format!("https://u:{SECRET}@a.example.com/")),
        json!(format!("http://u:{SECRET}@proxy.example.com")),
    ]
}

/// A spec of each kind that is sound but for what a test puts into it.
fn bases() -> Vec<Value> {
    let secret = json!({ "env": "UNSET" });
    vec![
        json!({ "provider": "client_credentials", "token_url": "https://a.example.com/", "client_id": "c", "client_secret": secret }),
        json!({ "provider": "jwt_bearer", "token_url": "https://a.example.com/", "assertion": secret }),
        json!({ "provider": "token_exchange", "token_url": "https://a.example.com/", "subject_token": secret, "subject_token_type": "jwt" }),
        json!({ "provider": "static", "token": secret }),
        json!({ "provider": "http", "url": "https://a.example.com/", "token": "/token" }),
        json!({ "provider": "mongodb-atlas", "client_id": "c", "client_secret": secret }),
    ]
}

#[test]
fn a_secret_in_the_wrong_place_of_a_spec_is_not_repeated() {
    let home = Home::new();
    let mut refused = 0;
    for base in bases() {
        for member in MEMBERS {
            for shape in shapes() {
                let mut spec = base.clone();
                spec[*member] = shape;
                let text = spec.to_string();
                let told = crate::support::read_spec(text.as_bytes(), &|_| Ok(None)).err();
                let Some(why) = told else { continue };
                refused += 1;
                let told = keyfob::error::Error::spec("the spec", &why)
                    .message()
                    .lines();
                holds_none(&text, &told, &[SECRET]);
                // The same through the door, now and then: it is the same words.
                if refused % 97 == 0 {
                    let output = run(&mut home.keyfob(["-v", "token"]), &text);
                    assert_eq!(output.status, 2, "{output:?}");
                    holds_none(&text, &output.stderr, &[SECRET]);
                }
            }
        }
    }
    assert!(refused > 1000, "{refused}");
}

#[test]
fn a_spec_that_is_no_json_is_not_repeated() {
    for text in [
        SECRET.to_owned(),
        format!("{{\"client_secret\": {SECRET}}}"),
        format!("{{\"client_secret\": \"{SECRET}\" \"x\"}}"),
        format!("client_secret: {SECRET}"),
        format!("[\"{SECRET}\"]"),
        format!("\"{}\"", SECRET.replace('"', "")),
    ] {
        let output = keyfob_once(["-v", "token"], &text);
        assert_eq!(output.status, 2, "{output:?}");
        holds_none(&text, &output.stderr, &[SECRET, "c4nary"]);
    }
}

#[test]
fn a_secret_on_the_command_line_is_not_repeated() {
    let option = format!("--client-secret={SECRET}");
    for words in [
        vec!["token", SECRET],
        vec!["token", &option],
        vec!["token", "--client-secret", SECRET],
        vec!["token", "--format", SECRET],
        vec!["token", "--env", SECRET],
        vec!["kubectl", SECRET],
        vec!["kubectl", &option],
        vec!["kubectl", "--api-version", SECRET],
        vec!["git", SECRET],
        vec!["git", "get", SECRET],
        vec!["docker", SECRET],
        vec!["docker", "get", SECRET],
        vec!["bazel", SECRET],
        vec!["bazel", "get", SECRET],
        vec!["keyring", SECRET],
        vec!["keyring", "get", SECRET, SECRET],
        vec!["keyring", "get", "--mode", SECRET],
        vec!["keyring", "get", &option],
        vec!["cargo", SECRET],
        vec!["cargo", "--cargo-plugin", SECRET],
        vec!["vault", SECRET],
        vec!["vault", "get", SECRET],
        vec!["kubelet", SECRET],
        vec!["askpass", SECRET],
        vec!["askpass", "Password for ", SECRET],
        vec!["check", "--warn-within", SECRET],
        vec!["check", "--format", SECRET],
        vec!["secret", "set", "ci", SECRET],
        vec!["secret", "--store", SECRET, "list"],
        vec!["status", SECRET],
        vec!["providers", SECRET],
        vec!["forget", SECRET],
        vec!["revoke", SECRET],
        vec!["run", SECRET],
        vec![SECRET],
    ] {
        let output = keyfob_once(&words, "");
        // git's helpers ignore operations that they do not know.
        let ignored = words == ["git", SECRET];
        assert_eq!(output.status == 0, ignored, "{words:?}: {output:?}");
        let said = format!("{}{}", output.stdout, output.stderr);
        holds_none(&format!("{words:?}"), &said, &[SECRET, "c4nary"]);
    }
}
