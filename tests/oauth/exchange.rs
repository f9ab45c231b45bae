//! Token exchange (RFC 8693): what goes over the wire, and which specs are refused.

use serde_json::{Value, json};

use super::{home, token};
use crate::support::{Answer, Output, Provider, Request, Tls};

const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const TYPE: &str = "urn:ietf:params:oauth:token-type:";

/// A spec that exchanges `$SECRET`, with the members of `more`.
fn spec(provider: &Provider, more: Value) -> Value {
    let mut spec = json!({
        "provider": "token_exchange",
        "token_url": provider.at("/token"),
        "subject_token": { "env": "SECRET" },
        "subject_token_type": "jwt",
    });
    for (name, value) in more.as_object().unwrap() {
        spec[name] = value.clone();
    }
    spec.as_object_mut()
        .unwrap()
        .retain(|_, value| !value.is_null());
    spec
}

/// The one request that such a spec makes.
#[track_caller]
fn request(more: Value) -> Request {
    let provider = Provider::start(|_| Answer::token("t0ken", 3600));
    let output = token(&home("eyJh.eyJz.c2ln"), &spec(&provider, more));
    assert_eq!(output.json()["access_token"], "t0ken");
    assert_eq!(output.stderr, "");
    provider.request()
}

/// What becomes of the answers to one spec.
fn answered(more: Value, answer: Value) -> Output {
    let provider = Provider::start(move |_| Answer::json(200, answer.to_string()));
    token(&home("eyJh.eyJz.c2ln"), &spec(&provider, more))
}

/// A spec that is refused with these words, before anybody is asked.
#[track_caller]
fn refused(more: Value, words: &str) {
    let provider = Provider::start(|_| Answer::token("t0ken", 3600));
    let output = token(&home("eyJh.eyJz.c2ln"), &spec(&provider, more));
    assert_eq!((output.status, output.stdout.as_str()), (2, ""));
    assert!(output.stderr.contains(words), "{}", output.stderr);
    assert_eq!(provider.connections(), 0);
}

#[test]
fn the_request_is_the_rfcs_own_and_sends_no_client_unless_the_spec_has_one() {
    let request = request(json!({}));
    assert_eq!(request.method, "POST");
    assert_eq!(request.header("authorization"), None);
    assert_eq!(
        request.header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
    assert_eq!(
        request.form(),
        [
            ("grant_type", GRANT_TYPE),
            ("subject_token", "eyJh.eyJz.c2ln"),
            ("subject_token_type", &format!("{TYPE}jwt")),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
}

#[test]
fn every_parameter_arrives_and_lists_are_repeated_in_order() {
    let more = json!({
        "client_id": "public",
        "actor_token": { "env": "SECRET" },
        "actor_token_type": "access_token",
        "requested_token_type": "urn:example:token",
        "audience": ["b", "a", "b"],
        "resource": "https://api.example.com/?a=1&b",
        "scope": ["read", "write"],
        "parameters": { "options": "%7B%22userProject%22%3A%221%22%7D", "hint": ["y", "x"] },
    });
    let request = request(more);
    let type_of = |word: &str| format!("{TYPE}{word}");
    let expected = [
        ("grant_type", GRANT_TYPE),
        ("subject_token", "eyJh.eyJz.c2ln"),
        ("subject_token_type", &type_of("jwt")),
        ("actor_token", "eyJh.eyJz.c2ln"),
        ("actor_token_type", &type_of("access_token")),
        ("requested_token_type", "urn:example:token"),
        ("audience", "b"),
        ("audience", "a"),
        ("audience", "b"),
        ("resource", "https://api.example.com/?a=1&b"),
        ("scope", "read write"),
        ("hint", "y"),
        ("hint", "x"),
        ("options", "%7B%22userProject%22%3A%221%22%7D"),
        ("client_id", "public"),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(request.form(), expected);
}

#[test]
fn in_json_a_text_stays_a_text_and_a_list_a_list() {
    let more = json!({
        "body": "json", "audience": ["one"], "resource": "https://a.example.com",
        "parameters": { "identity_provider_id": "idp_1", "groups": ["a", "b"] },
    });
    let request = request(more);
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(
        request.json(),
        json!({
            "grant_type": GRANT_TYPE, "subject_token": "eyJh.eyJz.c2ln",
            "subject_token_type": format!("{TYPE}jwt"), "audience": ["one"],
            "resource": "https://a.example.com", "identity_provider_id": "idp_1",
            "groups": ["a", "b"],
        })
    );
}

#[test]
fn a_client_authenticates_as_at_every_token_endpoint() {
    let client = json!({ "client_id": "ci", "client_secret": { "env": "SECRET" } });
    let with = |method: &str| {
        let mut more = client.clone();
        more["token_endpoint_auth_method"] = json!(method);
        request(more)
    };
    let both = Some(("ci".to_owned(), "eyJh.eyJz.c2ln".to_owned()));
    assert_eq!(request(client.clone()).basic(), both);
    assert_eq!(with("basic_raw").basic(), both);
    let posted = with("client_secret_post");
    assert_eq!(posted.header("authorization"), None);
    let secret = posted.parameter("client_secret");
    assert_eq!(secret.as_deref(), Some("eyJh.eyJz.c2ln"));
    let signed = request(json!({ "client_id": "ci", "client_assertion": { "env": "SECRET" } }));
    let assertion = signed.parameter("client_assertion");
    assert_eq!(assertion.as_deref(), Some("eyJh.eyJz.c2ln"));
}

#[test]
fn a_client_certificate_is_shown() {
    let tls = Tls::new();
    let provider = Provider::mutual_tls(&tls, |_| Answer::token("t0ken", 3600));
    let more = json!({
        "client_id": "ci", "ca_file": tls.ca_file,
        "client_certificate": {
            "certificate": { "file": tls.client_certificate_file },
            "key": { "file": tls.client_key_file },
        },
    });
    let output = token(&home("eyJh.eyJz.c2ln"), &spec(&provider, more));
    assert_eq!(output.json()["access_token"], "t0ken");
    let request = provider.request();
    assert!(request.client_certificate.is_some());
    assert_eq!(request.parameter("client_id").as_deref(), Some("ci"));
}

#[test]
fn a_token_type_is_a_registered_word_or_an_absolute_uri() {
    for word in [
        "access_token",
        "refresh_token",
        "id_token",
        "jwt",
        "saml1",
        "saml2",
    ] {
        let sent = request(json!({ "subject_token_type": word })).parameter("subject_token_type");
        assert_eq!(sent, Some(format!("{TYPE}{word}")));
    }
    for uri in [
        "urn:ietf:params:aws:token-type:aws4_request",
        "https://example.com/t",
    ] {
        let sent = request(json!({ "subject_token_type": uri })).parameter("subject_token_type");
        assert_eq!(sent.as_deref(), Some(uri));
    }
    for wrong in ["JWT", "urn:", ":x", "4:x", "urn:a b"] {
        refused(
            json!({ "requested_token_type": wrong }),
            "`/requested_token_type`: a token type is an absolute URI (RFC 8693 §3), or a word for \
             one (spec-invalid)\nkeyfob: hint: the words are: access_token, refresh_token, id_token",
        );
    }
}

#[test]
fn a_spec_that_could_not_be_meant_is_refused() {
    let actor = "`actor_token` and `actor_token_type` need each other";
    refused(json!({ "actor_token": { "env": "SECRET" } }), actor);
    refused(json!({ "actor_token_type": "jwt" }), actor);
    refused(
        json!({ "subject_token": null }),
        "member `subject_token` is missing",
    );
    refused(
        json!({ "subject_token_type": null }),
        "member `subject_token_type` is missing",
    );
    refused(
        json!({ "subject_token": "eyJ" }),
        "a secret is never written in a spec",
    );
    for empty in ["audience", "resource"] {
        refused(
            json!({ empty: [] }),
            &format!("`/{empty}`: a list needs at least one item"),
        );
    }
    refused(
        json!({ "parameters": { "a": [] } }),
        "`/parameters/a`: a list needs at least one",
    );
    for own in [
        "subject_token",
        "actor_token_type",
        "audience",
        "grant_type",
        "client_id",
    ] {
        let parameters = json!({ "parameters": { own: "x" } });
        refused(
            parameters,
            &format!("`/parameters/{own}`: this parameter has a member of its own"),
        );
    }
}

#[test]
fn the_names_of_parameters_are_the_users_and_make_no_source() {
    for name in ["token", "env", "file"] {
        let request = request(json!({ "parameters": { name: "x" } }));
        assert_eq!(request.parameter(name).as_deref(), Some("x"));
    }
}

#[test]
fn what_is_issued_may_be_no_access_token() {
    for kind in [
        json!("N_A"),
        json!("n_a"),
        json!("Bearer"),
        json!("BearerToken"),
        Value::Null,
    ] {
        let answer = json!({ "access_token": "t0ken", "token_type": kind, "expires_in": 60,
            "issued_token_type": format!("{TYPE}id_token") });
        assert_eq!(
            answered(json!({}), answer).json()["access_token"],
            "t0ken",
            "{kind}"
        );
    }
    // Docker Hub tells no type of what it issued.
    let bare = answered(json!({}), json!({ "access_token": "t0ken" }));
    assert_eq!(bare.json()["access_token"], "t0ken");
}

#[test]
fn another_type_is_taken_where_the_spec_names_it_and_a_proof_of_a_key_never() {
    let typed = |kind: &str| json!({ "access_token": "t0ken", "token_type": kind });
    let output = answered(json!({}), typed("bot"));
    assert!(
        output.stderr.contains(
            "the token's type is `bot`, and only bearer tokens can be handed on \
             (provider-nonsense)\nkeyfob: hint: if callers can send it as a bearer token, name its \
             type in `token_types` of the spec\n"
        ),
        "{}",
        output.stderr
    );
    let named = json!({ "token_types": ["user", "bot"] });
    assert_eq!(
        answered(named, typed("Bot")).json()["access_token"],
        "t0ken"
    );
    for kind in ["DPoP", "pop", "MAC"] {
        let output = answered(json!({}), typed(kind));
        assert_eq!(output.status, 1);
        assert!(!output.stderr.contains("hint"), "{}", output.stderr);
        refused(
            json!({ "token_types": ["bot", kind] }),
            "`/token_types/1`: a token of this type is worth nothing without a proof of its key",
        );
    }
    refused(
        json!({ "token_types": ["N_A"] }),
        "only `token_exchange` takes this type",
    );
}

#[test]
fn an_exchanged_refresh_token_that_the_server_replaces_is_an_error() {
    let answer = json!({ "access_token": "t0ken", "refresh_token": "another" });
    let output = answered(
        json!({ "subject_token_type": "refresh_token" }),
        answer.clone(),
    );
    assert_eq!((output.status, output.stdout.as_str()), (1, ""));
    assert!(
        output
            .stderr
            .contains("another refresh token than was sent"),
        "{}",
        output.stderr
    );
    // A refresh token that comes with the new token replaces none that was sent.
    let output = answered(json!({ "requested_token_type": "refresh_token" }), answer);
    assert_eq!(output.json()["access_token"], "t0ken");
}

#[test]
fn a_refusal_says_what_to_check() {
    let refusal = |code: &'static str| {
        let provider = Provider::start(move |_| Answer::error(code));
        let output = token(&home("eyJh.eyJz.c2ln"), &spec(&provider, json!({})));
        assert_eq!((output.status, provider.count()), (1, 1));
        output.stderr
    };
    for code in ["invalid_request", "invalid_grant"] {
        let told = refusal(code);
        assert!(
            told.contains(
                "hint: check the subject token (environment variable SECRET; set SECRET to replace it): has it expired, is \
                 its type the one in the spec, does the server trust its issuer, its audience and \
                 its subject?\n"
            ),
            "{told}"
        );
    }
    let told = refusal("invalid_target");
    assert!(
        told.contains("hint: check `resource` and `audience`\n"),
        "{told}"
    );
    let told = refusal("invalid_client");
    assert!(
        told.contains(
            "hint: check the subject token (environment variable SECRET; set SECRET to replace it); the client itself sends \
             no secret\n"
        ),
        "{told}"
    );
}

#[test]
fn an_exchange_is_not_sent_again_to_a_server_that_cannot_at_the_moment() {
    let provider = Provider::start(|_| Answer::empty(503));
    let client = json!({ "client_id": "ci", "client_secret": { "env": "SECRET" } });
    let output = token(&home("s"), &spec(&provider, client));
    assert!(
        output.stderr.contains("(provider-unavailable)"),
        "{}",
        output.stderr
    );
    assert_eq!(provider.count(), 1);
}
