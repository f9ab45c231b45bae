//! Specs that stand on other specs, by name or inline: each leg has its own entry in the cache.

use serde_json::{Value, json};

use super::plain::{at, refused, secret};
use super::{NAME, token};
use crate::support::{Answer, Output, Provider, run};

/// An outer client whose secret is the token of this inner spec.
fn outer(server: &Provider, inner: Value) -> Value {
    json!({
        "provider": "http", "url": server.at("/outer"), "method": "POST",
        "headers": { "Authorization": { "bearer": { "token": inner } } },
    })
}

fn inner(server: &Provider) -> Value {
    json!({
        "provider": "client_credentials", "token_url": server.at("/inner"), "client_id": "id", "client_secret": secret(),
    })
}

fn both() -> Provider {
    Provider::start(|request| match request.path.as_str() {
        "/inner" => Answer::token(&format!("inner-{}", request.number), 3600),
        _ if request
            .bearer()
            .is_some_and(|bearer| bearer.starts_with("inner-")) =>
        {
            Answer::token("outer", 60)
        }
        _ => Answer::empty(401),
    })
}

#[test]
fn a_spec_may_stand_on_another_and_each_leg_is_kept_on_its_own() {
    let server = both();
    for nested in [
        inner(&server),
        json!("inner"),
        json!(inner(&server).to_string()),
    ] {
        let before = server.count();
        let home = at(&outer(&server, nested));
        home.spec("inner", inner(&server).to_string());
        assert_eq!(token(&home).json()["access_token"], "outer");
        assert_eq!(token(&home).json()["access_token"], "outer");
        assert_eq!(server.count() - before, 2, "both are kept");
        run(&mut home.keyfob(["forget", "--spec", NAME]), "").answer();
        assert_eq!(token(&home).json()["access_token"], "outer");
        assert_eq!(server.count() - before, 3, "the inner one was still there");
    }
}

#[test]
fn another_inner_secret_is_another_outer_token() {
    let server = both();
    let mut home = at(&outer(&server, inner(&server)));
    token(&home).answer();
    home.set("VENDOR_SECRET", "another");
    token(&home).answer();
    assert_eq!(server.count(), 4);
}

#[test]
fn what_is_wrong_with_the_inner_spec_is_told_as_such() {
    let server = Provider::start(|_| Answer::error("invalid_client"));
    let fails = |nested: Value| -> Output { token(&at(&outer(&server, nested))) };
    let output = fails(inner(&server));
    assert_eq!((output.status, server.count()), (1, 1));
    assert!(
        output
            .stderr
            .contains("/inner refused: HTTP 400, invalid_client"),
        "{}",
        output.stderr
    );
    let output = fails(json!("nowhere"));
    assert!(
        output.status == 2 && output.stderr.contains(" (spec-not-found)\n"),
        "{output:?}"
    );
    let output = fails(json!({ "provider": "client_credentials" }));
    assert!(
        output.status == 2
            && output
                .stderr
                .contains("member `token_url` is missing (spec-invalid)\n"),
        "{output:?}"
    );
    let output = fails(json!(NAME));
    assert!(
        output.status == 2 && output.stderr.contains(" (spec-invalid)\n"),
        "a circle: {output:?}"
    );
    for nested in [json!(5), json!([]), json!("")] {
        refused(
            &outer(&server, nested),
            "`/headers/Authorization/bearer/token`: ",
        );
    }
    assert_eq!(server.count(), 1);
}
