//! What an answer says, read as a value: a token, a refusal and its words, or why it is neither.

use keyfob::credential::Secret;
use keyfob::grant::response::{
    Location, NoToken, Refusal, RefusalKind, ResponseFormat, TokenLocation, parse_success,
    parse_token, unverified_claims,
};
use keyfob::http::Response;
use keyfob::time::{ExpiryRule, Timestamp};
use serde_json::json;

const NOW: Timestamp = Timestamp::from_unix(1_767_225_600);

fn response(status: u16, content_type: &str, body: &str) -> Response {
    Response {
        status,
        headers: vec![("content-type".to_owned(), content_type.to_owned())],
        body: Secret::from(body.to_owned()),
    }
}

fn format(token: TokenLocation, expiry_rules: Vec<ExpiryRule>) -> ResponseFormat {
    ResponseFormat {
        token,
        expiry_rules,
        ..ResponseFormat::without_token(None)
    }
}

/// What is told of an answer that is a refusal to who sent these secrets.
#[track_caller]
fn refusal(answer: &Response, secrets: &[&str]) -> Refusal {
    let secrets: Vec<Secret> = secrets
        .iter()
        .map(|text| Secret::from((*text).to_owned()))
        .collect();
    match parse_success(answer, &ResponseFormat::without_token(None), NOW, &secrets) {
        Err(NoToken::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_element_anywhere_makes_it_xml() {
    let xml = response(
        200,
        "text/xml",
        "<R><T>t0ken</T><E>2030-01-01T00:00:00Z</E></R>",
    );
    let element = |name: &str| Location::Element(name.to_owned());
    let end = || {
        vec![ExpiryRule::Element {
            name: "E".to_owned(),
            utc: false,
        }]
    };
    let whole = parse_token(
        &xml,
        &format(TokenLocation::At(element("T")), Vec::new()),
        NOW,
        &[],
    );
    assert_eq!(whole.unwrap().access_token.expose(), "t0ken");
    let parts = TokenLocation::Parts(vec![("A".to_owned(), element("T"))]);
    let parts = parse_token(&xml, &format(parts, end()), NOW, &[]).unwrap();
    assert_eq!(parts.access_token.expose(), r#"{"A":"t0ken"}"#);
    assert_eq!(
        parts.expires_at.unwrap().to_string(),
        "2030-01-01T00:00:00Z"
    );
    // The end alone is an element: the whole answer is text, and holds no token at a pointer.
    let pointer = TokenLocation::At(Location::Pointer("/t".to_owned()));
    let why = parse_token(&xml, &format(pointer, end()), NOW, &[]).unwrap_err();
    assert!(
        matches!(&why, NoToken::Unusable(why) if why.contains("`/t`")),
        "{why:?}"
    );
}

#[test]
fn a_success_that_says_an_error_is_a_refusal_and_one_that_says_none_is_not() {
    for (body, refuses) in [
        (r#"{"error":"e"}"#, true),
        (r#"{"error":{"code":1}}"#, true),
        (r#"{"error":true}"#, true),
        (r#"{"ok":false}"#, true),
        (r#"{"success":false}"#, true),
        (r#"{"ok":true}"#, false),
        (r#"{"error":null}"#, false),
        (r#"{"error":false}"#, false),
        (r#"{"error":""}"#, false),
        ("{}", false),
    ] {
        let answer = response(200, "application/json", body);
        let said = parse_success(&answer, &ResponseFormat::without_token(None), NOW, &[]);
        assert_eq!(matches!(said, Err(NoToken::Refused(_))), refuses, "{body}");
        assert_eq!(said.is_ok(), !refuses, "{body}");
    }
}

#[test]
fn an_answer_that_is_no_json_is_called_compressed_where_it_says_so() {
    for (encoding, told) in [
        (
            "gzip",
            "HTTP 200, the response is compressed, which was not requested",
        ),
        ("identity", "HTTP 200, the response is not JSON"),
        ("Identity", "HTTP 200, the response is not JSON"),
    ] {
        let mut answer = response(200, "application/json", "x");
        answer
            .headers
            .push(("content-encoding".to_owned(), encoding.to_owned()));
        let why = parse_success(&answer, &ResponseFormat::without_token(None), NOW, &[]);
        assert_eq!(why, Err(NoToken::Nonsense(told.to_owned())), "{encoding}");
    }
}

#[test]
fn a_refusal_that_passes_is_told_by_its_status_or_its_code() {
    use RefusalKind::{RateLimited, Refused, Unavailable};
    for (status, code, kind) in [
        (400, "invalid_grant", Refused),
        (400, "rate_limited", RateLimited),
        (429, "invalid_grant", RateLimited),
        (400, "temporarily_unavailable", Unavailable),
        (408, "invalid_grant", Unavailable),
        (503, "rate_limited", Unavailable),
    ] {
        let body = json!({ "error": code }).to_string();
        let refusal = refusal(&response(status, "application/json", &body), &[]);
        assert_eq!(refusal.kind, kind, "{status} {code}");
    }
}

#[test]
fn code_and_words_are_found_in_whichever_shape_they_come() {
    const HTML: &str = "an HTML page, probably from a proxy or a gateway";
    for (kind, body, code, text) in [
        // An empty member is none.
        (
            "json",
            r#"{"error":"","title":"T","detail":"D"}"#,
            Some("T"),
            Some("D"),
        ),
        (
            "json",
            r#"{"error":"e","error_description":"","message":"m"}"#,
            Some("e"),
            Some("m"),
        ),
        (
            "json",
            r#"{"error":{"status":"","code":7,"message":"m"}}"#,
            Some("7"),
            Some("m"),
        ),
        // AWS, and what only looks like it.
        (
            "xml",
            "<Error><Code>C</Code><Message>m</Message></Error>",
            Some("C"),
            Some("m"),
        ),
        (
            "xml",
            "<Error><Message>m</Message></Error>",
            None,
            Some(HTML),
        ),
        (
            "xml",
            "<Error><Code></Code><Message>m</Message></Error>",
            None,
            Some(HTML),
        ),
        (
            "xml",
            "<R><Code>C</Code><Message>m</Message></R>",
            None,
            Some(HTML),
        ),
        // A page, by its beginning or by what it is called.
        ("text/plain", " <h1>no</h1>", None, Some(HTML)),
        ("text/html", "no", None, Some(HTML)),
        ("text/html", "", None, None),
        ("text/plain", "no", None, Some("no")),
    ] {
        let refusal = refusal(&response(403, kind, body), &[]);
        let told = (refusal.code.as_deref(), refusal.text.as_deref());
        assert_eq!(told, (code, text), "{kind} {body}");
    }
}

/// A registered code holds nothing of what was sent, though a secret may be spelled like it.
#[test]
fn a_code_that_may_repeat_a_secret_is_withheld_unless_a_registry_lists_it() {
    for (code, secret, told) in [
        ("s3cretOfTheClient", "s3cretOfTheClient", false),
        ("s3cretOfTheClient", "another-one-entirely", true),
        ("unauthorized_client", "unauthorized_client", true),
        ("invalid_dpop_proof", "my-invalid_dpop_proof-secret", true),
    ] {
        let body = json!({ "error": code }).to_string();
        let refusal = refusal(&response(400, "application/json", &body), &[secret]);
        assert_eq!(
            refusal.code.as_deref(),
            told.then_some(code),
            "{code} {secret}"
        );
        assert_eq!(refusal.withheld, !told, "{code} {secret}");
    }
    let answer = |code: &str| {
        let body = json!({ "error": code, "error_description": "s3cretOfTheClient" });
        response(400, "application/json", &body.to_string())
    };
    let registered = refusal(&answer("invalid_client"), &["s3cretOfTheClient"]);
    assert_eq!(registered.code.as_deref(), Some("invalid_client"));
    assert_eq!((registered.text, registered.withheld), (None, true));
    // Spread over code and words.
    let body = json!({ "error": "s3cretOf", "error_description": "TheClient" }).to_string();
    let spread = refusal(
        &response(400, "application/json", &body),
        &["s3cretOfTheClient"],
    );
    assert_eq!(
        (spread.code, spread.text, spread.withheld),
        (None, None, true)
    );
}

#[test]
fn what_a_jwt_says_of_itself_is_its_second_part() {
    let payload = json!({ "iss": "https://id.example.com" });
    for (token, told) in [
        ("e30.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29tIn0.c2ln", true),
        (
            "e30.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29tIn0=.c2ln",
            true,
        ),
        ("e30.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29tIn0", true),
        ("eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29tIn0", false),
        ("e30.e.c2ln", false),
        ("opaque", false),
        ("", false),
    ] {
        assert_eq!(
            unverified_claims(token),
            told.then(|| payload.clone()),
            "{token}"
        );
    }
}
