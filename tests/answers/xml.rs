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
    let not_xml = "the response is neither XML nor JSON";
    let twice = |second: &str| xml.replace("</R>", &format!("<X><Token>{second}</Token></X></R>"));
    outcome_of(&Answer::text(200, twice("t0ken+&amp;")), spec.clone()).gives("t0ken+&");
    for (body, why) in [
        (xml.replace("Token", "Tok"), "there is no element `Token`"),
        (twice("other"), "the elements `Token` differ"),
        (
            "<!DOCTYPE html><html><Token>log-in</Token></html>".to_owned(),
            not_xml,
        ),
        ("\n<HTML><Token>log-in</Token></HTML>".to_owned(), not_xml),
        (
            "<!DOCTYPE R [<!ENTITY a \"t0ken\">]><R><Token>&a;</Token></R>".to_owned(),
            not_xml,
        ),
        ("<R><Token>t0ken</Token>".to_owned(), not_xml),
        ("<R><Token>t0ken</R></Token>".to_owned(), not_xml),
        ("<R/><Token>t0ken</Token>".to_owned(), not_xml),
        ("t0ken".to_owned(), not_xml),
        (
            format!(
                "{}<Token>t0ken</Token>{}",
                "<a>".repeat(100),
                "</a>".repeat(100)
            ),
            not_xml,
        ),
        (
            "<Token>log in</Token>".to_owned(),
            "the token holds a blank, a line break or another character that is not printable ASCII",
        ),
        ("<Token></Token>".to_owned(), "the token is empty"),
        (
            "<R><!-- <Token>t0ken</Token> --></R>".to_owned(),
            "there is no element `Token`",
        ),
        (r#"{"T":"t0ken"}"#.to_owned(), "there is no element `Token`"),
        (String::new(), "an empty response"),
    ] {
        let outcome = outcome_of(&Answer::text(200, body), spec.clone());
        outcome.told(&nonsense(200, why));
        assert!(!outcome.output.stderr.contains("t0ken"));
    }
    for (body, token) in [
        ("<R><Token><![CDATA[<t0ken&]]></Token></R>", "<t0ken&"),
        (
            "<R a='>'><s:Token b=\"</Token>\" >t0ken</s:Token\n></R>",
            "t0ken",
        ),
        (
            "\u{feff}<?xml version=\"1.0\"?><R><A/><Token>t0<!-- x -->ken</Token></R>\n",
            "t0ken",
        ),
        (r#"{"a":[{"Token":"t0ken"}]}"#, "t0ken"),
    ] {
        outcome_of(&Answer::text(200, body), spec.clone()).gives(token);
    }
    let soon = outcome_of(
        &Answer::text(200, xml.replace("2030-01-01T00:00:00Z", "soon")),
        spec,
    );
    soon.told(
        "PROVIDER/token answered: the expiry at `End` cannot be read: `soon` (provider-nonsense)",
    );
}

/// STS of AWS, MinIO and Ceph (<https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>).
#[test]
fn an_element_with_elements_is_a_json_object_of_their_texts() {
    let credentials = "<AccessKeyId>AKID</AccessKeyId><SecretAccessKey>s/e&amp;c+r</SecretAccessKey>\n\
        <SessionToken>s==</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration>";
    let answer = |credentials: &str| {
        let xml = format!("<R><A><Credentials>\n{credentials}</Credentials></A></R>");
        Answer::text(200, xml)
    };
    let spec = json!({ "token_pointer": { "element": "Credentials" }, "expires": { "element": "Expiration" } });
    let outcome = outcome_of(&answer(credentials), spec.clone());
    outcome.gives(r#"{"AccessKeyId":"AKID","Expiration":"2030-01-01T00:00:00Z","SecretAccessKey":"s/e&c+r","SessionToken":"s=="}"#);
    assert_eq!(outcome.output.json()["expires_at"], "2030-01-01T00:00:00Z");
    for (credentials, why) in [
        (
            credentials.replace("AKID", "AK ID"),
            "in the element `AccessKeyId`, the token holds a blank, a line break or another character that is not printable ASCII",
        ),
        (
            credentials.replace("s==", ""),
            "in the element `SessionToken`, the token is empty",
        ),
        (
            credentials.replace("s==", "<a>1</a>"),
            "in the element `SessionToken`, there is more than one text",
        ),
        (
            format!("{credentials}<SessionToken>2</SessionToken>"),
            "in the element `SessionToken`, there is more than one text",
        ),
    ] {
        outcome_of(&answer(&credentials), spec.clone()).told(&nonsense(200, why));
    }
    let later = answer(credentials).body;
    let later = String::from_utf8(later)
        .unwrap()
        .replace("</R>", "<Expiration>2029-01-01T00:00:00Z</Expiration></R>");
    let outcome = outcome_of(&Answer::text(200, later), spec);
    assert_eq!(outcome.output.json()["expires_at"], "2029-01-01T00:00:00Z");
}

#[test]
fn an_error_in_xml_is_told_as_one_in_json() {
    for (status, body, line) in [
        (
            403,
            "<?xml version=\"1.0\"?><ErrorResponse xmlns=\"https://sts\"><Error><Type>Sender</Type><Code>SignatureDoesNotMatch</Code><Message>Not &lt;so&gt;</Message></Error><RequestId>r-1</RequestId></ErrorResponse>",
            "PROVIDER/token refused: HTTP 403, SignatureDoesNotMatch: Not <so> [request id r-1] (provider-refused)",
        ),
        (
            403,
            "\u{feff}<Error xmlns='urn:x'><Code>AccessDenied</Code></Error>",
            "PROVIDER/token refused: HTTP 403, AccessDenied (provider-refused)",
        ),
        (
            200,
            "<Error><Code>AccessDenied</Code><Message>no</Message></Error>",
            "PROVIDER/token refused: HTTP 200, AccessDenied: no (provider-refused)",
        ),
        (
            400,
            "<OAuth><error>invalid_grant</error><error_description>expired</error_description></OAuth>",
            "PROVIDER/token refused: HTTP 400, invalid_grant: expired (provider-refused)",
        ),
        (
            400,
            "<Response><Errors><Error><Code>One</Code><Message>##[a]\u{202e}</Message></Error><Error><Code>Two</Code></Error></Errors><RequestID>r-2</RequestID></Response>",
            "PROVIDER/token refused: HTTP 400, One: # #[a] [request id r-2] (provider-refused)",
        ),
        (
            400,
            "<html><Error><Code>One</Code></Error></html>",
            "PROVIDER/token refused: HTTP 400, an HTML page, probably from a proxy or a gateway (provider-refused)",
        ),
    ] {
        outcome_of(&Answer::text(status, body), json!({})).told(line);
    }
    let echoed = format!(
        "<Error><Code>Bad</Code><Message>got {}</Message></Error>",
        super::SECRET.replace('&', "&amp;")
    );
    let outcome = outcome_of(&Answer::text(400, echoed), json!({}));
    outcome.told("PROVIDER/token refused: HTTP 400, Bad; words are withheld that may repeat a secret (provider-refused)");
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
