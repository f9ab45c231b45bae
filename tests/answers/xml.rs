//! Answers that are no JSON: in XML, where the spec says so, and compressed, where nobody asked for it.

use serde_json::json;

use super::{nonsense, outcome_of};
use crate::support::Answer;

#[test]
fn a_token_and_its_end_may_be_elements_of_an_xml_answer() {
    let xml = "<?xml version=\"1.0\"?>\n<R xmlns=\"https://sts\"><Credentials><Token>t0ken&#x2b;&amp;</Token><End>2030-01-01T00:00:00Z</End></Credentials></R>";
    let spec = json!({ "token_pointer": { "element": "Token" }, "expires": { "element": "End" } });
    let answer = Answer::text(200, xml).header("Content-Type", "text/xml");
    let outcome = outcome_of(&answer, spec.clone());
    outcome.gives("t0ken+&");
    assert_eq!(outcome.output.json()["expires_at"], "2030-01-01T00:00:00Z");
    let parts =
        json!({ "token_pointer": { "A": { "element": "Token" }, "B": { "element": "End" } } });
    outcome_of(&answer, parts).gives(r#"{"A":"t0ken+&","B":"2030-01-01T00:00:00Z"}"#);
    for (body, why) in [
        (xml.replace("Token", "Tok"), "there is no element `Token`"),
        (
            xml.replace("t0ken", "<b>t0ken</b>"),
            "there is no element `Token`",
        ),
        (
            "<!DOCTYPE html><html><Token>log-in</Token></html>".to_owned(),
            "there is no element `Token`",
        ),
        (
            "\n<HTML><Token>log-in</Token>".to_owned(),
            "there is no element `Token`",
        ),
        (
            "<Token>log in</Token>".to_owned(),
            "the token holds a blank, a line break or another character that is not printable ASCII",
        ),
        ("<Token></Token>".to_owned(), "the token is empty"),
        (
            r#"{"Token":"t0ken"}"#.to_owned(),
            "there is no element `Token`",
        ),
        (String::new(), "an empty response"),
    ] {
        let outcome = outcome_of(&Answer::text(200, body), spec.clone());
        outcome.told(&nonsense(200, why));
        assert!(!outcome.output.stderr.contains("t0ken"));
    }
    let soon = outcome_of(
        &Answer::text(200, xml.replace("2030-01-01T00:00:00Z", "soon")),
        spec,
    );
    soon.told(
        "PROVIDER/token answered: the expiry at `End` cannot be read: `soon` (provider-nonsense)",
    );
}

#[test]
fn a_compressed_answer_is_named_as_such() {
    let provider = crate::support::Provider::start(|request| {
        assert_eq!(request.header("accept-encoding"), Some("identity"));
        Answer::text(200, "\u{1f}\u{8b}").header("Content-Encoding", "gzip")
    });
    let mut home = crate::support::Home::new();
    home.set("SECRET", "s3cret");
    let spec = json!({ "provider": "client_credentials", "token_url": provider.at("/token"), "client_id": "c", "client_secret": { "env": "SECRET" } });
    let output = crate::support::run(&mut home.keyfob(["token"]), spec.to_string());
    assert!(
        output
            .stderr
            .contains("the response is compressed, which was not requested"),
        "{output:?}"
    );
}
