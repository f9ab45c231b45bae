//! `discovery_url`: where a token is given back is told by the provider's metadata (RFC 8414), within their own origin.

use serde_json::json;

use super::revoked::{SECRET, plain, revoke, server, silence};
use super::{home, token};
use crate::support::{Answer, Provider};

#[test]
fn the_metadata_tell_where_at_their_own_origin() {
    let server = Provider::start(|request| match request.path.as_str() {
        "/token" => Answer::token("opaque-token", 3600),
        "/.well-known/openid-configuration" => {
            let host = request.header("host").unwrap();
            let body = json!({ "revocation_endpoint": format!("http://{host}/a/revoke?t=1") });
            Answer::json(200, body.to_string())
        }
        _ => Answer::empty(200),
    });
    let metadata = server.at("/.well-known/openid-configuration");
    let home = home(
        &plain(&server, json!({ "discovery_url": metadata })),
        SECRET,
    );
    token(&home).answer();
    silence(&revoke(&home));
    let requests = server.requests();
    let paths: Vec<&str> = requests.iter().map(|r| r.path.as_str()).collect();
    assert_eq!(
        paths,
        ["/token", "/.well-known/openid-configuration", "/a/revoke"]
    );
    assert_eq!(requests[1].method, "GET");
    assert_eq!(requests[1].header("authorization"), None);
    assert_eq!(requests[1].header("accept"), Some("application/json"));
    assert_eq!(requests[2].query, "t=1");
    assert_eq!(requests[2].parameter("token").unwrap(), "opaque-token");
    assert_eq!(requests[2].basic().unwrap().0, "id");
}

#[test]
fn metadata_that_point_elsewhere_are_not_followed() {
    let elsewhere = Provider::start(|_| Answer::empty(200));
    let table = [
        (
            json!({ "revocation_endpoint": elsewhere.at("/revoke") }),
            "is at another origin",
        ),
        (
            json!({ "revocation_endpoint": "https://127.0.0.1/revoke" }),
            "is at another origin",
        ),
        (
            json!({ "revocation_endpoint": "http://example.com/revoke" }),
            "cannot be used",
        ),
        (
            json!({ "revocation_endpoint": "/revoke" }),
            "cannot be used",
        ),
        (
            json!({ "revocation_endpoint": 5 }),
            "revocation_endpoint is missing",
        ),
        (json!({}), "revocation_endpoint is missing"),
    ];
    for (metadata, words) in table {
        let server = server(move |_| Answer::json(200, metadata.to_string()));
        let spec = plain(&server, json!({ "discovery_url": server.at("/metadata") }));
        let home = home(&spec, SECRET);
        let first = token(&home);
        let output = revoke(&home);
        assert_eq!(output.status, 1);
        assert!(
            output.stderr.contains(words) && output.stderr.contains("(provider-nonsense)\n"),
            "{}",
            output.stderr
        );
        assert!(
            !output.stderr.contains("without a token"),
            "{}",
            output.stderr
        );
        assert_eq!(token(&home), first, "it is still there");
        assert_eq!(server.count(), 2);
    }
    assert_eq!(elsewhere.connections(), 0);
}
