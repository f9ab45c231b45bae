//! Every way in which a client can say its secret, against a certified provider that checks each of them.
//!
//! Introspection (RFC 7662) is the judge of what keyfob got.

use serde_json::{Value, json};

use super::{NASTY, home, spec, token};
use crate::support::oidc::Oidc;
use crate::support::{Home, Output, Tls};

const PLAIN: &str = "plain-secret";

pub struct Setting {
    pub home: Home,
    tls: Tls,
    pub oidc: Oidc,
}

/// The provider, and a home whose `$SECRET` is this; nothing where the provider is not installed.
pub fn setting(secret: &str) -> Option<Setting> {
    Oidc::can_start().then(|| {
        let (home, tls) = (home(secret), Tls::new());
        let oidc = Oidc::start(&home, &tls);
        Setting { home, tls, oidc }
    })
}

impl Setting {
    pub fn ask(&self, more: Value) -> Output {
        token(&self.home, &spec(&self.oidc.token_url(), more))
    }

    /// The token of `more` must be active and `client`'s; gives what introspection says.
    #[track_caller]
    pub fn assert_active(&self, client: &str, more: Value) -> Value {
        let answer = self.ask(more).json();
        let said = self
            .oidc
            .introspect(answer["access_token"].as_str().unwrap());
        assert_eq!(
            (&said["active"], &said["client_id"]),
            (&json!(true), &json!(client)),
            "{said}"
        );
        said
    }
}

#[test]
fn client_secret_basic_is_let_in() {
    let Some(setting) = setting(PLAIN) else {
        return;
    };
    setting.assert_active("plain", json!({ "client_id": "plain" }));
    setting.assert_active(
        "plain",
        json!({ "client_id": "plain", "token_endpoint_auth_method": "client_secret_basic", "scope": "read" }),
    );
}

#[test]
fn client_secret_basic_survives_a_nasty_secret_and_identifier() {
    let Some(setting) = setting(NASTY) else {
        return;
    };
    for id in ["nasty", "team:deploy bot+1"] {
        setting.assert_active(id, json!({ "client_id": id }));
    }
}

#[test]
fn basic_raw_is_refused_by_a_server_that_decodes() {
    let Some(setting) = setting(NASTY) else {
        return;
    };
    let output =
        setting.ask(json!({ "client_id": "nasty", "token_endpoint_auth_method": "basic_raw" }));
    assert_eq!((output.status, output.stdout.as_str()), (1, ""));
    assert!(
        output.stderr.contains("(provider-refused)"),
        "{}",
        output.stderr
    );
    assert!(
        output.stderr.contains("not properly encoded"),
        "the provider's own words: {}",
        output.stderr
    );
    assert!(!output.stderr.contains(NASTY), "{}", output.stderr);
}

#[test]
fn client_secret_post_is_let_in() {
    let Some(setting) = setting(NASTY) else {
        return;
    };
    let more = json!({ "client_id": "post", "token_endpoint_auth_method": "client_secret_post" });
    setting.assert_active("post", more);
}

#[test]
fn a_resource_and_a_scope_narrow_the_token() {
    let Some(setting) = setting(PLAIN) else {
        return;
    };
    let opaque = json!({ "client_id": "plain", "resource": "https://api.example.com/opaque", "scope": ["read", "write"] });
    let said = setting.assert_active("plain", opaque);
    assert_eq!(
        (&said["aud"], &said["scope"]),
        (&json!("https://api.example.com/opaque"), &json!("read"))
    );

    let jwt = json!({ "client_id": "plain", "resource": ["https://api.example.com/jwt"], "scope": "write" });
    let answer = setting.ask(jwt).json();
    let claims = setting
        .oidc
        .verify(answer["access_token"].as_str().unwrap());
    assert_eq!(
        (&claims["aud"], &claims["scope"]),
        (&json!("https://api.example.com/jwt"), &json!("write")),
        "{claims}"
    );
}

#[test]
fn a_resource_that_the_provider_does_not_know_is_told_in_its_words() {
    let Some(setting) = setting(PLAIN) else {
        return;
    };
    let output =
        setting.ask(json!({ "client_id": "plain", "resource": "https://elsewhere.example.com" }));
    assert_eq!(output.status, 1);
    assert!(
        output.stderr.contains("invalid_target") && output.stderr.contains("(provider-refused)"),
        "{}",
        output.stderr
    );
}

#[test]
fn a_wrong_secret_is_refused_and_not_repeated() {
    let Some(setting) = setting("wr0ng-secret") else {
        return;
    };
    let output = setting.ask(json!({ "client_id": "plain" }));
    assert_eq!((output.status, output.stdout.as_str()), (1, ""));
    assert!(
        output.stderr.contains("invalid_client") && output.stderr.contains("(provider-refused)"),
        "{}",
        output.stderr
    );
    assert!(!output.stderr.contains("wr0ng-secret"), "{}", output.stderr);
    assert_eq!(
        setting.oidc.token_requests(),
        1,
        "a refusal is not tried again"
    );
}

#[test]
fn the_second_asker_takes_the_first_ones_token() {
    let Some(setting) = setting(PLAIN) else {
        return;
    };
    let tokens: Vec<Value> = (0..3)
        .map(|_| setting.ask(json!({ "client_id": "plain" })).json()["access_token"].clone())
        .collect();
    assert_eq!((&tokens[0], &tokens[0]), (&tokens[1], &tokens[2]));
    assert_eq!(setting.oidc.token_requests(), 1);
    setting
        .ask(json!({ "client_id": "plain", "scope": "read" }))
        .json();
    assert_eq!(
        setting.oidc.token_requests(),
        2,
        "another scope is another token"
    );
}

#[test]
fn the_same_over_tls() {
    let Some(mut setting) = setting(PLAIN) else {
        return;
    };
    setting.home.trust(&setting.tls);
    let spec = spec(
        &setting.oidc.secure_token_url(),
        json!({ "client_id": "plain" }),
    );
    let answer = token(&setting.home, &spec).json();
    assert_eq!(
        setting
            .oidc
            .introspect(answer["access_token"].as_str().unwrap())["active"],
        true
    );
}
