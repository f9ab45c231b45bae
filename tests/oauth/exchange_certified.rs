//! Token exchange (RFC 8693) against a certified provider, and google-auth's client as the judge of
//! what is sent.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::certified::{Setting, setting};
use super::{NASTY, home, token};
use crate::support::tools::tool_folder;
use crate::support::{Answer, Provider, Request, need, run};

const TYPE: &str = "urn:ietf:params:oauth:token-type:";

/// A source: the token of the client `plain`.
fn login(setting: &Setting) -> Value {
    let secret = setting.home.write("plain", "plain-secret");
    json!({ "token": {
        "provider": "client_credentials", "token_url": setting.oidc.token_url(),
        "client_id": "plain", "client_secret": { "file": secret },
    } })
}

/// A spec that exchanges that token, with the members of `more`.
fn exchange(setting: &Setting, more: Value) -> Value {
    let mut spec = json!({
        "provider": "token_exchange", "token_url": setting.oidc.token_url(),
        "subject_token": login(setting), "subject_token_type": "access_token",
    });
    for (name, value) in more.as_object().unwrap() {
        spec[name] = value.clone();
    }
    spec
}

/// A client, and the members with which it authenticates.
fn clients(setting: &Setting) -> [(&'static str, Value); 5] {
    let nasty = json!({ "env": "SECRET" });
    let assertion = json!({ "jwt": {
        "alg": "ES256", "key": { "file": setting.oidc.key_file("es256.pem") },
        "claims": {
            "iss": "es256", "sub": "es256", "aud": setting.oidc.token_url(),
            "jti": { "jti": true }, "exp": { "now": 60 },
        },
    } });
    [
        (
            "plain",
            json!({ "client_secret": { "file": setting.home.path("plain") } }),
        ),
        ("nasty", json!({ "client_secret": nasty })),
        (
            "post",
            json!({ "client_secret": nasty, "token_endpoint_auth_method": "client_secret_post" }),
        ),
        ("es256", json!({ "client_assertion": assertion })),
        ("public", json!({})),
    ]
}

#[test]
fn every_client_is_let_in_and_the_token_is_its_own() {
    let Some(setting) = setting(NASTY) else {
        return;
    };
    let mut understood = Vec::new();
    for (client, mut more) in clients(&setting) {
        more["client_id"] = json!(client);
        let answer = token(&setting.home, &exchange(&setting, more)).json();
        let said = setting
            .oidc
            .introspect(answer["access_token"].as_str().unwrap());
        assert_eq!(
            (&said["active"], &said["client_id"]),
            (&json!(true), &json!(client))
        );
        understood
            .push(json!({ "client": client, "subject": "plain", "audience": [], "resource": [] }));
    }
    assert_eq!(setting.oidc.exchanges(), json!(understood));
    assert_eq!(setting.oidc.refusals(), json!([]));
    assert_eq!(
        setting.oidc.token_requests(),
        6,
        "one login, five exchanges"
    );
}

#[test]
fn every_parameter_is_understood_as_it_was_meant() {
    let Some(setting) = setting(NASTY) else {
        return;
    };
    let more = json!({
        "client_id": "public", "scope": ["read", "write"],
        "actor_token": { "token": {
            "provider": "client_credentials", "token_url": setting.oidc.token_url(),
            "client_id": "nasty", "client_secret": { "env": "SECRET" },
        } },
        "actor_token_type": "access_token", "requested_token_type": "id_token",
        "audience": ["svc-b", "svc-a"], "resource": "https://api.example.com/jwt?a=1&b",
        "parameters": { "options": "%7B%22a%22%3A1%7D" },
    });
    // What is issued is no access token: the provider says `N_A`.
    let answer = token(&setting.home, &exchange(&setting, more)).json();
    assert_eq!(
        setting
            .oidc
            .introspect(answer["access_token"].as_str().unwrap())["active"],
        true
    );
    assert_eq!(
        setting.oidc.exchanges(),
        json!([{
            "client": "public", "subject": "plain", "actor": "nasty",
            "audience": ["svc-b", "svc-a"], "resource": ["https://api.example.com/jwt?a=1&b"],
            "scope": "read write", "requested": format!("{TYPE}id_token"),
            "options": "%7B%22a%22%3A1%7D",
        }])
    );
}

#[test]
fn a_target_and_a_subject_that_the_provider_does_not_take_are_told_with_advice() {
    let Some(setting) = setting(NASTY) else {
        return;
    };
    let refused = |more: Value, words: &str| {
        let output = token(&setting.home, &exchange(&setting, more));
        assert_eq!((output.status, output.stdout.as_str()), (1, ""));
        assert!(output.stderr.contains(words), "{}", output.stderr);
    };
    refused(
        json!({ "client_id": "public", "audience": "elsewhere" }),
        "keyfob: hint: check `resource` and `audience`\n",
    );
    refused(
        json!({ "client_id": "public", "subject_token": { "env": "SECRET" } }),
        "keyfob: hint: check the subject token (environment variable SECRET; set SECRET to replace it): has it expired",
    );
}

#[test]
fn what_was_exchanged_is_given_back() {
    let Some(setting) = setting(NASTY) else {
        return;
    };
    let more = json!({
        "client_id": "post", "client_secret": { "env": "SECRET" },
        "token_endpoint_auth_method": "client_secret_post",
        "discovery_url": setting.oidc.discovery_url(),
    });
    let spec = exchange(&setting, more);
    let answer = token(&setting.home, &spec).json();
    let revoked = run(
        &mut setting.home.keyfob(["revoke", "--spec", "-"]),
        spec.to_string(),
    );
    assert_eq!((revoked.answer(), revoked.stderr.as_str()), ("", ""));
    let said = setting
        .oidc
        .introspect(answer["access_token"].as_str().unwrap());
    assert_eq!(said, json!({ "active": false }));
}

/// google-auth's own client of a token exchange.
const PROGRAM: &str = "
import json, sys
from google.auth.transport import requests
from google.oauth2 import sts, utils
parameters = json.loads(sys.argv[2])
client = parameters.pop('client', None)
client = client and utils.ClientAuthentication(utils.ClientAuthType[client[0]], *client[1:])
sts.Client(sys.argv[1], client).exchange_token(requests.Request(), **parameters)
";

#[test]
fn what_is_sent_is_field_by_field_what_google_auth_sends() {
    if !need(&["python3", "cloud/google/oauth2/sts.py"]) {
        return;
    }
    let grant = "urn:ietf:params:oauth:grant-type:token-exchange";
    let least = json!({ "grant_type": grant, "subject_token": "eyJh.eyJz.c2ln", "subject_token_type": format!("{TYPE}jwt") });
    let mut most = least.clone();
    for (name, value) in [
        (
            "audience",
            json!("//iam.googleapis.com/projects/1/providers/é+ &="),
        ),
        ("resource", json!("https://api.example.com/?a=1&b")),
        (
            "scopes",
            json!(["https://www.googleapis.com/auth/cloud-platform", "email"]),
        ),
        ("requested_token_type", json!(format!("{TYPE}access_token"))),
        ("actor_token", json!("eyJh.eyJz.c2ln")),
        ("actor_token_type", json!(format!("{TYPE}id_token"))),
        ("additional_options", json!({ "userProject": "1" })),
    ] {
        most[name] = value;
    }
    let ours = json!({
        "audience": most["audience"], "resource": most["resource"], "scope": most["scopes"],
        "requested_token_type": "access_token",
        "actor_token": { "env": "SECRET" }, "actor_token_type": "id_token",
        "parameters": { "options": "%7B%22userProject%22%3A%20%221%22%7D" },
    });
    let client = |method: &str| {
        let mut more = ours.clone();
        more["client_id"] = json!("ci");
        more["client_secret"] = json!({ "env": "SECRET" });
        more["token_endpoint_auth_method"] = json!(method);
        more
    };
    let theirs = |kind: &str| {
        let mut more = most.clone();
        more["client"] = json!([kind, "ci", "eyJh.eyJz.c2ln"]);
        more
    };
    let pairs = [
        (json!({}), least),
        (ours.clone(), most.clone()),
        (client("client_secret_basic"), theirs("basic")),
        (client("client_secret_post"), theirs("request_body")),
    ];
    for (more, parameters) in pairs {
        let provider = Provider::start(|_| Answer::token("t0ken", 3600));
        let mut home = home("eyJh.eyJz.c2ln");
        home.set("PYTHONPATH", tool_folder().join("cloud"));
        let mut python = home.command("python3");
        python.args([
            "-c",
            PROGRAM,
            &provider.at("/token"),
            &parameters.to_string(),
        ]);
        run(&mut python, "").answer();
        let mut spec = json!({
            "provider": "token_exchange", "token_url": provider.at("/token"),
            "subject_token": { "env": "SECRET" }, "subject_token_type": "jwt",
        });
        for (name, value) in more.as_object().unwrap() {
            spec[name] = value.clone();
        }
        token(&home, &spec).json();
        let said = |request: &Request| {
            let fields: BTreeSet<(String, String)> = request.form().into_iter().collect();
            assert_eq!(fields.len(), request.form().len(), "no field is repeated");
            let header = |name| request.header(name).map(str::to_owned);
            (
                request.method.clone(),
                fields,
                header("authorization"),
                header("content-type"),
            )
        };
        let requests = provider.requests();
        let [theirs, ours] = requests.as_slice() else {
            panic!("{requests:?}");
        };
        assert_eq!(said(ours), said(theirs));
    }
}
