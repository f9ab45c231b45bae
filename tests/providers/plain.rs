//! The plain grants `jwt_bearer`, `http` and `static`: what presets are made of.

use serde_json::{Value, json};

use super::assertion::small;
use super::{home, now, token, unix};
use crate::support::{Answer, Home, Provider};

const SECRET: &str = "s3cret: &value=1";

pub(super) fn at(spec: &Value) -> Home {
    let mut home = home(spec, SECRET);
    home.set("PRIVATE_KEY", &small().pkcs8);
    home
}

pub(super) fn secret() -> Value {
    json!({ "env": "VENDOR_SECRET" })
}

fn assertion(audience: &str) -> Value {
    json!({ "jwt": {
        "alg": "RS256", "key": { "env": "PRIVATE_KEY" },
        "claims": { "iss": "id", "aud": audience, "exp": { "now": 60 }, "iat": { "now": -10 }, "jti": { "jti": true } },
    } })
}

#[track_caller]
pub(super) fn refused(spec: &Value, words: &str) {
    let output = token(&at(spec));
    assert_eq!((output.status, output.stdout.as_str()), (2, ""), "{spec}");
    assert!(
        output.stderr.contains(words) && output.stderr.contains("(spec-invalid)\n"),
        "{words}: {}",
        output.stderr
    );
    assert!(!output.stderr.contains("hunter2"), "{}", output.stderr);
}

#[test]
fn a_jwt_bearer_request_holds_what_the_spec_says_in_the_order_of_the_rfc() {
    let server = Provider::start(|_| Answer::token("opaque", 60));
    let spec = json!({
        "provider": "jwt_bearer", "token_url": server.at("/token?tenant=a"),
        "client_id": "id", "client_assertion": assertion("client"), "assertion": assertion("grant"), "scope": "a b",
        "parameters": { "audience": "https://api.example.com", "resource": ["urn:a", "urn:b"] },
    });
    token(&at(&spec)).answer();
    let request = server.request();
    assert_eq!(request.query, "tenant=a");
    let names: Vec<String> = request.form().into_iter().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        [
            "grant_type",
            "assertion",
            "scope",
            "audience",
            "resource",
            "resource",
            "client_id",
            "client_assertion_type",
            "client_assertion"
        ]
    );
    assert_eq!(request.parameters("resource"), ["urn:a", "urn:b"]);
    assert_eq!(request.header("authorization"), None);
    let (header, claims) = small().verify(&request);
    assert_eq!(header, json!({ "alg": "RS256" }));
    assert_eq!(claims["aud"], "grant");
    let issued = claims["iat"].as_i64().unwrap();
    assert_eq!(claims["exp"].as_i64().unwrap() - issued, 70);
    assert!((now() - 15..=now() - 10).contains(&issued));
    assert_ne!(
        request.parameter("assertion"),
        request.parameter("client_assertion")
    );
}

#[test]
fn an_assertion_may_come_from_elsewhere_and_is_sent_as_it_is() {
    let server = Provider::start(|_| Answer::token("opaque", 60));
    let mut spec = json!({
        "provider": "jwt_bearer", "token_url": server.at("/token"), "assertion": { "file": "~/jwt" },
    });
    let home = at(&spec);
    home.write("home/jwt", "eyJ.from.elsewhere\n");
    token(&home).answer();
    assert_eq!(
        server.request().text(),
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=eyJ.from.elsewhere"
    );
    for (name, words) in [
        (
            "assertion",
            "`/parameters/assertion`: this parameter has a member of its own",
        ),
        (
            "client_secret",
            "`/parameters/client_secret`: this parameter has a member of its own",
        ),
    ] {
        spec["parameters"] = json!({ name: "x" });
        refused(&spec, words);
    }
    spec.as_object_mut().unwrap().remove("parameters");
    spec.as_object_mut().unwrap().remove("assertion");
    refused(&spec, "member `assertion` is missing");
}

#[test]
fn a_list_repeats_a_field_of_a_form_and_a_parameter_of_a_query() {
    let server = Provider::start(|_| Answer::token("opaque", 60));
    let mut spec = json!({
        "provider": "http", "url": server.at("/sts"), "query": { "aud": ["b", "a"], "z": ["1"] },
        "form": { "scope": ["y", { "secret": secret() }, "x"], "one": "1" },
    });
    token(&at(&spec)).answer();
    let request = server.request();
    assert_eq!(request.query, "aud=b&aud=a&z=1");
    let fields = [
        ("one", "1"),
        ("scope", "y"),
        ("scope", SECRET),
        ("scope", "x"),
    ];
    let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(request.form(), fields);
    spec["form"]["scope"] = json!([]);
    refused(&spec, "`/form/scope`: a list needs at least one item");
    spec["form"]["scope"] = json!([["x"]]);
    refused(
        &spec,
        "`/form/scope/0`: a string is wanted here, not an array",
    );
    spec["query"]["z"] = json!([]);
    refused(&spec, "`/query/z`: a list needs at least one item");
}

#[test]
fn a_request_as_data_is_sent_as_it_is_written() {
    let server = Provider::start(|_| {
        Answer::json(
            201,
            r#"{"data":{"key":"opaque","ends":"2026-12-31T00:00:00Z"}}"#,
        )
    });
    let spec = json!({
        "provider": "http", "method": "PUT", "url": server.at("/keys?a=1"), "query": { "b": ["2 3", "&"] },
        "headers": {
            "X-Api-Key": { "secret": secret() }, "Accept": "application/vnd.example+json", "X-Version": "2",
            "Authorization": { "basic": { "username": "me", "password": secret() } },
        },
        "json": {
            "secret": { "secret": secret() }, "ends": { "now": 3600 }, "at": { "now": 0, "format": "rfc3339" },
            "list": [1, null, { "deep": [{ "secret": secret() }] }], "empty": {},
        },
        "token_pointer": "/data/key", "expires": { "date": "/data/ends" },
    });
    let before = now();
    let output = token(&at(&spec));
    assert_eq!(output.json()["access_token"], "opaque", "{output:?}");
    let request = server.request();
    assert_eq!(
        (request.method.as_str(), request.path.as_str()),
        ("PUT", "/keys")
    );
    assert_eq!(request.query, "a=1&b=2%203&b=%26");
    assert_eq!(request.header("x-api-key"), Some(SECRET));
    assert_eq!(request.header("x-version"), Some("2"));
    assert_eq!(
        request.header("accept"),
        Some("application/vnd.example+json")
    );
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.basic(), Some(("me".to_owned(), SECRET.to_owned())));
    let mut body = request.json();
    assert!((before + 3600..=now() + 3600).contains(&body["ends"].take().as_i64().unwrap()));
    let moment = unix(body["at"].take().as_str().unwrap());
    assert!((before..=now()).contains(&moment));
    assert_eq!(
        body,
        json!({ "secret": SECRET, "ends": null, "at": null, "list": [1, null, { "deep": [SECRET] }], "empty": {} })
    );
}

#[test]
fn a_form_and_nothing_at_all_are_bodies_too() {
    let server = Provider::start(|_| Answer::json(200, r#"{"access_token":"opaque"}"#));
    let form = json!({ "provider": "http", "url": server.url(), "form": { "k": { "secret": secret() }, "a": "b c" } });
    let none = json!({ "provider": "http", "url": server.url(), "headers": { "authorization": { "bearer": secret() } } });
    for spec in [form, none] {
        token(&at(&spec)).answer();
    }
    let requests = server.requests();
    assert_eq!(
        (requests[0].method.as_str(), requests[0].text()),
        ("POST", "a=b%20c&k=s3cret%3A%20%26value%3D1")
    );
    assert_eq!(
        requests[0].header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
    assert_eq!(
        (
            requests[1].method.as_str(),
            requests[1].text(),
            requests[1].bearer()
        ),
        ("GET", "", Some(SECRET))
    );
    assert_eq!(requests[1].header("content-type"), None);
}

#[test]
fn only_what_makes_nothing_is_sent_again() {
    for (further, requests) in [
        (json!({ "json": {} }), 1),
        (json!({ "json": {}, "repeatable": true }), 3),
        (json!({ "method": "PATCH" }), 1),
        (json!({}), 3),
    ] {
        let server = Provider::start(|_| Answer::empty(502));
        let mut spec = json!({ "provider": "http", "url": server.url() });
        let members = further.as_object().unwrap().clone();
        spec.as_object_mut().unwrap().extend(members);
        assert_eq!(token(&at(&spec)).status, 1);
        assert_eq!(server.count(), requests, "{further}");
    }
}

#[test]
fn a_request_that_cannot_be_meant_is_refused_with_its_place() {
    let with = |member: &str, value: Value| json!({ "provider": "http", "url": "https://a.example.com", member: value });
    let literal = "a secret is never written in a spec";
    let table = [
        (
            with("headers", json!({ "Authorization": "Bearer hunter2" })),
            "`/headers/Authorization`: ",
            literal,
        ),
        (
            with("headers", json!({ "cookie": "session=hunter2" })),
            "`/headers/cookie`: ",
            literal,
        ),
        (
            with("headers", json!({ "X-Key": { "secret": "hunter2" } })),
            "`/headers/X-Key/secret`: ",
            literal,
        ),
        (
            with("headers", json!({ "X-A": "1", "x-a": "2" })),
            "`/headers/x-a`: ",
            "this header is given twice",
        ),
        (
            with("headers", json!({ "Host": "b.example.com" })),
            "`/headers/Host`: ",
            "belongs to the connection",
        ),
        (
            with("headers", json!({ "X A": "1" })),
            "`/headers/X A`: ",
            "not a valid header name",
        ),
        (
            with("headers", json!({ "X-A": "1\r\nX-B: 2" })),
            "`/headers/X-A`: ",
            "a line break",
        ),
        (
            with("headers", json!({ "X-A": { "now": 1 } })),
            "`/headers/X-A`: ",
            "a text is wanted here, or",
        ),
        (
            with("query", json!({ "key": { "secret": secret() } })),
            "`/query/key`: ",
            "a text is wanted here, and no secret",
        ),
        (
            with("form", json!({ "a": { "bearer": secret() } })),
            "`/form/a`: ",
            "a text is wanted here, or {\"secret\": SOURCE}",
        ),
        (
            with("json", json!({ "a": { "now": "soon" } })),
            "`/json/a/now`: ",
            "whole seconds",
        ),
        (with("url", json!("http://a.example.com")), "`/url`: ", ""),
        (
            with("url", json!("https://me:hunter2@a.example.com")),
            "`/url`: ",
            "",
        ),
    ];
    for (spec, place, words) in table {
        refused(&spec, place);
        refused(&spec, words);
    }
    let mut both = with("form", json!({}));
    both["json"] = json!({});
    refused(&both, "`/json`: a body is `form` or `json`, not both");
}

#[test]
fn a_stored_token_is_handed_out_as_it_is_and_nobody_is_asked() {
    let spec = json!({ "provider": "static", "token": secret() });
    let mut home = at(&spec);
    home.set("VENDOR_SECRET", "stored-token");
    assert_eq!(
        token(&home).answer(),
        "{\"access_token\":\"stored-token\",\"token_type\":\"Bearer\",\"expires_at\":null}\n"
    );
    for broken in ["to ken", "tokén"] {
        home.set("VENDOR_SECRET", broken);
        let output = token(&home);
        assert_eq!((output.status, output.stdout.as_str()), (1, ""));
        assert!(
            output.stderr.contains("in the stored token, "),
            "{}",
            output.stderr
        );
        assert!(!output.stderr.contains(broken));
    }
    home.unset("VENDOR_SECRET");
    assert!(token(&home).stderr.contains(" (secret-missing)\n"));
}
