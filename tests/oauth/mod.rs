//! The client-credentials grant (RFC 6749 §4.4): what goes over the wire here, and in [`certified`] a certified provider
//! that must agree.

mod assertions;
mod certified;
mod exchange;
mod exchange_certified;
mod exchanged;
mod jwt_bearer;
mod openbao;
mod tls;

use serde_json::{Value, json};

use crate::support::{Answer, Home, Output, Provider, Request, run};

/// A secret with everything that a form, a header or a URL could trip over.
const NASTY: &str = "p+ss w%rd&=~*:/?#@";

/// A home in which `$SECRET` is set to this.
fn home(secret: &str) -> Home {
    let mut home = Home::new();
    home.set("SECRET", secret);
    home
}

/// `keyfob token` with this spec on standard input.
fn token(home: &Home, spec: &Value) -> Output {
    run(&mut home.keyfob(["token", "--spec", "-"]), spec.to_string())
}

/// A spec of client_credentials for the client `ci` with the members of `more`.
fn spec(token_url: &str, more: Value) -> Value {
    let mut spec = json!({
        "provider": "client_credentials",
        "token_url": token_url,
        "client_id": "ci",
        "client_secret": { "env": "SECRET" },
    });
    for (name, value) in more.as_object().unwrap() {
        spec[name] = value.clone();
    }
    if spec["client_secret"].is_null() {
        spec.as_object_mut().unwrap().remove("client_secret");
    }
    spec
}

/// The one request that a spec makes.
#[track_caller]
fn request(secret: &str, more: Value) -> Request {
    let provider = Provider::start(|_| Answer::token("t0ken", 3600));
    let output = token(&home(secret), &spec(&provider.at("/token"), more));
    assert_eq!(output.json()["access_token"], "t0ken");
    assert_eq!(output.stderr, "");
    provider.request()
}

#[test]
fn the_request_is_the_rfcs_own() {
    let request = request("s3cret", json!({}));
    assert_eq!(
        (
            request.method.as_str(),
            request.path.as_str(),
            request.query.as_str()
        ),
        ("POST", "/token", "")
    );
    assert_eq!(
        request.header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
    assert_eq!(request.header("accept"), Some("application/json"));
    assert_eq!(request.header("authorization"), Some("Basic Y2k6czNjcmV0"));
    assert_eq!(request.text(), "grant_type=client_credentials");
}

#[test]
fn basic_is_form_encoded_before_base64() {
    // RFC 6749 §2.3.1 and appendix B.
    let request = request("p+ss w%rd&=~*", json!({ "client_id": "svc:ci/één" }));
    let encoded = "Basic c3ZjJTNBY2klMkYlQzMlQTklQzMlQTluOnAlMkJzcyt3JTI1cmQlMjYlM0QlN0Uq";
    let with_percent_20 = request
        .basic()
        .map(|(id, secret)| format!("{id}:{}", secret.replace("%20", "+")));
    assert_eq!(
        with_percent_20.unwrap(),
        "svc%3Aci%2F%C3%A9%C3%A9n:p%2Bss+w%25rd%26%3D%7E*",
        "{encoded}"
    );
    assert!(
        !request.text().contains("client_id"),
        "one way of authentication only (§2.3)"
    );
}

#[test]
fn basic_raw_is_base64_and_nothing_else() {
    let request = request(NASTY, json!({ "token_endpoint_auth_method": "basic_raw" }));
    assert_eq!(request.basic(), Some(("ci".into(), NASTY.into())));
}

#[test]
fn basic_raw_cannot_say_a_colon_in_the_identifier() {
    let provider = Provider::start(|_| Answer::token("t0ken", 3600));
    let more = json!({ "client_id": "team:ci", "token_endpoint_auth_method": "basic_raw" });
    let output = token(&home("s3cret"), &spec(&provider.at("/token"), more));
    assert_ne!(output.status, 0);
    assert_eq!((output.stdout.as_str(), provider.connections()), ("", 0));
}

#[test]
fn post_puts_both_into_the_body_and_none_into_a_header() {
    let request = request(
        NASTY,
        json!({ "token_endpoint_auth_method": "client_secret_post" }),
    );
    assert_eq!(request.header("authorization"), None);
    assert_eq!(request.parameter("client_id").as_deref(), Some("ci"));
    assert_eq!(request.parameter("client_secret").as_deref(), Some(NASTY));
}

#[test]
fn a_public_client_sends_its_identifier_alone() {
    let request = request(
        "unused",
        json!({ "token_endpoint_auth_method": "none", "client_secret": null }),
    );
    assert_eq!(request.header("authorization"), None);
    assert_eq!(request.text(), "grant_type=client_credentials&client_id=ci");
}

#[test]
fn an_assertion_from_elsewhere_is_sent_as_it_is() {
    let more = json!({ "client_secret": null, "client_assertion": { "env": "SECRET" } });
    let request = request("eyJh.eyJz.c2ln", more);
    assert_eq!(request.header("authorization"), None);
    assert_eq!(
        request.parameter("client_assertion_type").as_deref(),
        Some("urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
    );
    assert_eq!(
        request.parameter("client_assertion").as_deref(),
        Some("eyJh.eyJz.c2ln")
    );
    assert_eq!(request.parameter("client_id").as_deref(), Some("ci"));
}

#[test]
fn scope_is_words_in_a_string_or_in_a_list() {
    for scope in [json!("read:all write/é"), json!(["read:all", "write/é"])] {
        assert_eq!(
            request("s", json!({ "scope": scope }))
                .parameter("scope")
                .as_deref(),
            Some("read:all write/é")
        );
    }
}

#[test]
fn audience_resources_and_further_parameters_arrive() {
    let request = request(
        "s",
        json!({
            "audience": "https://api.example.com/?a=1&b",
            "resource": ["https://a.example.com/x", "urn:b"],
            "parameters": { "tenant": "a+b & c", "claims": "{\"é\":1}" },
        }),
    );
    assert_eq!(
        request.parameter("audience").as_deref(),
        Some("https://api.example.com/?a=1&b")
    );
    assert_eq!(
        request.parameters("resource"),
        ["https://a.example.com/x", "urn:b"]
    );
    assert_eq!(request.parameter("tenant").as_deref(), Some("a+b & c"));
    assert_eq!(request.parameter("claims").as_deref(), Some("{\"é\":1}"));
}

#[test]
fn a_list_of_audiences_is_repeated_and_stays_a_list_in_json() {
    let form = request("s", json!({ "audience": ["b", "a"] }));
    assert_eq!(form.parameters("audience"), ["b", "a"]);
    let more = json!({ "body": "json", "audience": ["b"], "resource": ["a"], "parameters": { "x": ["1"], "y": "2" } });
    let body = request("s", more).json();
    let sent = ["audience", "resource", "x", "y"].map(|name| body[name].clone());
    assert_eq!(sent, [json!(["b"]), json!(["a"]), json!(["1"]), json!("2")]);
}

#[test]
fn a_body_in_json_holds_the_same() {
    let request = request(
        "s\"3",
        json!({ "body": "json", "token_endpoint_auth_method": "client_secret_post", "audience": "api", "scope": "a b" }),
    );
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(
        request.json(),
        json!({
            "grant_type": "client_credentials", "client_id": "ci", "client_secret": "s\"3",
            "audience": "api", "scope": "a b",
        })
    );
}

#[test]
fn a_query_of_the_token_url_is_kept() {
    // RFC 6749 §3.2.
    let provider = Provider::start(|_| Answer::token("t0ken", 3600));
    token(
        &home("s"),
        &spec(&provider.at("/token?tenant=a%20b"), json!({})),
    )
    .json();
    assert_eq!(provider.request().query, "tenant=a%20b");
}

#[test]
fn a_member_that_no_spec_has_is_an_error_with_its_place() {
    let output = token(
        &home("s"),
        &spec("http://127.0.0.1:9/token", json!({ "clientid": "x" })),
    );
    assert_eq!((output.status, output.stdout.as_str()), (2, ""));
    assert!(
        output.stderr.contains("clientid") && output.stderr.contains("(spec-invalid)"),
        "{}",
        output.stderr
    );
}

#[test]
fn a_secret_in_the_spec_is_an_error_that_does_not_repeat_it() {
    let output = token(
        &home("s"),
        &spec(
            "http://127.0.0.1:9/token",
            json!({ "client_secret": "hunter2" }),
        ),
    );
    assert_eq!((output.status, output.stdout.as_str()), (2, ""));
    assert!(
        !output.stderr.contains("hunter2") && output.stderr.contains("keyring"),
        "{}",
        output.stderr
    );
}

#[test]
fn plain_http_leaves_loopback_under_no_name() {
    for url in [
        "http://token.example.com/",
        "http://127.0.0.1.example.com/",
        "http://127.0.0.1@example.com/",
    ] {
        let output = token(&home("s"), &spec(url, json!({})));
        assert_eq!(
            (output.status, output.stdout.as_str()),
            (2, ""),
            "{url}: {}",
            output.stderr
        );
    }
}

#[test]
fn a_secret_that_is_not_there_is_told_by_its_place() {
    let provider = Provider::start(|_| Answer::token("t0ken", 3600));
    for secret in [None, Some("")] {
        let mut home = Home::new();
        if let Some(secret) = secret {
            home.set("SECRET", secret);
        }
        let output = token(&home, &spec(&provider.at("/token"), json!({})));
        assert_eq!((output.status, output.stdout.as_str()), (1, ""));
        assert!(
            output.stderr.contains("SECRET") && output.stderr.contains("(secret-missing)"),
            "{}",
            output.stderr
        );
    }
    assert_eq!(provider.connections(), 0);
}
