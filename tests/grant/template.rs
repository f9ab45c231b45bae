//! A request as data: what goes over the wire is what the spec says, secrets only in their places, and nothing is glued together.

use std::convert::Infallible;

use keyfob::credential::Secret;
use keyfob::grant::template::{Body, Json, Slot, Template};
use keyfob::grant::url::Url;
use keyfob::http::{Method, Request};
use keyfob::target::Endpoint;
use keyfob::time::Timestamp;
use serde_json::{Value, json};

use super::refused;

/// 2026-01-01T00:00:00Z
const NOW: Timestamp = Timestamp::from_unix(1_767_225_600);

fn template(
    headers: Vec<(&str, Slot<&'static str>)>,
    body: Body<&'static str>,
) -> Template<&'static str> {
    Template {
        method: Method::Post,
        url: Url::Written(Endpoint::parse("https://api.example.com/t?a=b").unwrap()),
        headers: headers
            .into_iter()
            .map(|(name, slot)| (name.to_owned(), slot))
            .collect(),
        body,
        aws: None,
        repeatable: false,
    }
}

/// The request, each secret being its own name in capitals.
fn request(template: &Template<&'static str>) -> Request {
    let open = &mut |name: &&str| Ok::<_, Infallible>(Secret::from(name.to_uppercase()));
    let Ok(template) = template.open(open);
    template.request(NOW).unwrap()
}

fn headers(request: &Request) -> Vec<(String, String)> {
    let shown =
        |(name, value): &(String, Secret)| (name.clone(), value.expose_text().unwrap().to_owned());
    request.headers.iter().map(shown).collect()
}

fn body(json: Json<&'static str>) -> Value {
    let request = request(&template(Vec::new(), Body::Json(json)));
    serde_json::from_slice(request.body.unwrap().expose()).unwrap()
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[test]
fn a_header_is_text_a_secret_a_bearer_or_a_basic_credential() {
    let made = request(&template(
        vec![
            ("X-Plain", Slot::Text("as it is".to_owned())),
            ("DD-API-KEY", Slot::Secret("key")),
            ("Authorization", Slot::Bearer("token")),
            ("Proxy-Authorization", Slot::Basic("svc".to_owned(), "pass")),
        ],
        Body::Nothing,
    ));
    assert_eq!(
        headers(&made),
        [
            pair("accept", "application/json"),
            pair("x-plain", "as it is"),
            pair("dd-api-key", "KEY"),
            pair("authorization", "Bearer TOKEN"),
            pair("proxy-authorization", "Basic c3ZjOlBBU1M="),
        ]
    );
    assert!(made.body.is_none() && !made.repeatable);
    assert_eq!(made.endpoint.url(), "https://api.example.com/t?a=b");
    assert!(
        !format!("{made:?}").contains("KEY"),
        "debugged it shows no value"
    );
}

#[test]
fn accept_and_content_type_are_the_specs_where_it_has_them() {
    let made = request(&template(
        vec![
            ("Accept", Slot::Text("application/vnd.api+json".to_owned())),
            (
                "CONTENT-TYPE",
                Slot::Text("application/vnd.api+json".to_owned()),
            ),
        ],
        Body::Json(Json::Object(Vec::new())),
    ));
    let wanted = ["accept", "content-type"].map(|name| pair(name, "application/vnd.api+json"));
    assert_eq!(headers(&made), wanted);
}

#[test]
fn a_form_is_encoded_and_a_json_body_escaped_whatever_the_secret() {
    let form = Body::Form(vec![
        ("grant_type".to_owned(), Slot::Text("a&b=c d".to_owned())),
        ("s".to_owned(), Slot::Secret("\"x\"&+é")),
    ]);
    let made = request(&template(Vec::new(), form));
    assert_eq!(
        made.body.as_ref().unwrap().expose(),
        "grant_type=a%26b%3Dc%20d&s=%22X%22%26%2B%C3%89".as_bytes()
    );
    assert_eq!(
        headers(&made)[1],
        pair("content-type", "application/x-www-form-urlencoded")
    );
    let json = body(Json::Object(vec![(
        "s".to_owned(),
        Json::Secret("\"},{\"x\n"),
    )]));
    assert_eq!(json, json!({ "s": "\"},{\"X\n" }));
}

#[test]
fn a_moment_is_counted_from_the_request_in_either_form() {
    let now = |offset, rfc3339| body(Json::Now { offset, rfc3339 });
    assert_eq!(now(0, false), json!(1_767_225_600));
    assert_eq!(now(86_400, true), json!("2026-01-02T00:00:00Z"));
    assert_eq!(now(-60, true), json!("2025-12-31T23:59:00Z"));
    assert!(
        now(i64::MAX, true).as_str().unwrap().starts_with("9999-"),
        "it stops, and never wraps around"
    );
}

#[test]
fn a_unique_name_is_its_text_and_what_is_added_wherever_it_stands() {
    let unique = |text: &str| Json::Unique(text.to_owned());
    let nested = Json::Array(vec![
        Json::Object(vec![
            ("name".to_owned(), unique("ci")),
            ("x".to_owned(), Json::Literal(json!("ci"))),
        ]),
        Json::Literal(json!({ "unique": "no marker" })),
    ]);
    let (named, names) = template(Vec::new(), Body::Json(nested)).with_unique_suffix("-0f");
    assert_eq!(names, ["ci-0f"]);
    let made = request(&named);
    let sent: Value = serde_json::from_slice(made.body.unwrap().expose()).unwrap();
    assert_eq!(
        sent,
        json!([{ "name": "ci-0f", "x": "ci" }, { "unique": "no marker" }])
    );
    let (_, none) = template(
        Vec::new(),
        Body::Form(vec![("unique".to_owned(), Slot::Text("x".to_owned()))]),
    )
    .with_unique_suffix("-0f");
    assert!(none.is_empty(), "only a JSON body has one");
}

#[test]
fn a_secret_that_would_end_its_header_is_not_sent() {
    for secret in ["a\r\nX-Injected: 1", "a\nb", "a\0b"] {
        for slot in [
            Slot::Secret(()),
            Slot::Bearer(()),
            Slot::Basic("u".to_owned(), ()),
        ] {
            let template = Template {
                method: Method::Get,
                url: Url::Written(Endpoint::parse("https://api.example.com/t").unwrap()),
                headers: vec![("x".to_owned(), slot)],
                body: Body::Nothing,
                aws: None,
                repeatable: true,
            };
            let open = &mut |(): &()| Ok::<_, Infallible>(Secret::from(secret.to_owned()));
            let Ok(template) = template.open(open);
            assert!(template.request(NOW).is_err(), "{secret:?}");
        }
    }
}

#[test]
fn markers_are_strict_and_everything_else_in_a_body_stands_as_it_is() {
    let spec = |json: Value| json!({ "provider": "http", "url": "https://api.example.com/t", "json": json });
    let table = [
        (
            json!({ "a": { "now": "60" } }),
            "/json/a/now",
            "whole seconds from now are wanted here",
        ),
        (
            json!({ "a": { "now": 1.5 } }),
            "/json/a/now",
            "whole seconds from now are wanted here",
        ),
        (
            json!([{ "now": 1, "format": "iso" }]),
            "/json/0/format",
            "this word is not known here",
        ),
        (
            json!({ "a": { "secret": "plain" } }),
            "/json/a/secret",
            "a secret is never written in a spec",
        ),
        (
            json!({ "secret": { "env": "A" }, "x": 1 }),
            "/json/secret",
            "this is written like a source, and no source is opened here",
        ),
        (
            json!({ "a": { "unique": "" } }),
            "/json/a/unique",
            "this must not be empty",
        ),
        (
            json!({ "a": { "unique": 7 } }),
            "/json/a/unique",
            "a string is wanted here, not a number",
        ),
        (
            json!({ "a": { "unique": "x" } }),
            "/json",
            "`unique` needs `keep`: only a kept token has a name",
        ),
    ];
    for (json, at, problem) in table {
        assert_eq!(refused(&spec(json)), (at.to_owned(), problem.to_owned()));
    }
    for literal in [
        json!({ "now": 1, "more": 2 }),
        json!({ "secret": "of nobody", "x": 1 }),
        json!({ "unique": "a", "x": 1 }),
        json!({ "literal": { "secret": { "env": "A" } } }),
        json!(null),
        json!(7),
    ] {
        crate::support::read_spec(spec(literal.clone()).to_string().as_bytes(), &|_| Ok(None))
            .unwrap_or_else(|why| panic!("{literal}: {why}"));
    }
}
