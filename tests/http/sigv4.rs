//! AWS Signature Version 4 against the official test suite.

use keyfob::credential::Secret;
use keyfob::http::sigv4::{AccessKey, Scope, Unsigned, presign, sign};
use keyfob::http::{Method, Request};
use keyfob::target::Endpoint;
use keyfob::time::Timestamp;
use serde_json::Value;

fn secret(text: &str) -> Secret {
    Secret::from(text.to_owned())
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap()
}

/// The request of a case: method, path, query as written, headers with folded lines joined, body.
struct Written<'a> {
    method: &'a str,
    path: String,
    query: &'a str,
    headers: Vec<(String, String)>,
    body: &'a str,
}

fn written(request: &str) -> Written<'_> {
    let (head, body) = request.split_once("\n\n").unwrap_or((request, ""));
    let (first, fields) = head.split_once('\n').unwrap_or((head, ""));
    let (method, rest) = first.split_once(' ').unwrap();
    let (url, _) = rest.rsplit_once(' ').unwrap();
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in fields.lines() {
        match line.strip_prefix(' ') {
            Some(folded) => {
                let (_, value) = headers.last_mut().unwrap();
                value.push(' ');
                value.push_str(folded);
            }
            None => {
                let (name, value) = line.split_once(':').unwrap();
                headers.push((name.to_ascii_lowercase(), value.to_owned()));
            }
        }
    }
    Written {
        method,
        // The suite encodes once what AWS encodes twice: its paths are meant decoded.
        path: percent_encoding::percent_decode_str(path)
            .decode_utf8()
            .unwrap()
            .into_owned(),
        query,
        headers,
        body,
    }
}

fn decoded(text: &str) -> Secret {
    Secret::new(percent_encoding::percent_decode_str(text).collect())
}

fn unsigned<'a>(written: &'a Written<'a>) -> Unsigned<'a> {
    let pairs = written.query.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let headers = written.headers.iter();
    Unsigned {
        method: written.method,
        path: &written.path,
        query: pairs.map(|(n, v)| (decoded(n), decoded(v))).collect(),
        headers: headers.map(|(n, v)| (n.clone(), secret(v))).collect(),
        body: written.body.as_bytes(),
    }
}

#[test]
fn the_official_suite_is_signed_as_it_says_in_headers_and_in_the_query() {
    let suite: Value = serde_json::from_str(include_str!("sigv4.json")).unwrap();
    let cases = suite["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 31);
    for case in cases {
        let name = text(case, "/name");
        let token = case.pointer("/credentials/token").and_then(Value::as_str);
        let mut key = AccessKey {
            id: secret(text(case, "/credentials/access_key_id")),
            secret: secret(text(case, "/credentials/secret_access_key")),
            session: token.map(secret),
        };
        let scope = Scope {
            region: text(case, "/region"),
            service: text(case, "/service"),
            at: Timestamp::parse_rfc3339(text(case, "/timestamp")).unwrap(),
        };
        let request = written(text(case, "/request"));
        if case["omit_session_token"] == true {
            key.session = None;
        }

        let mut in_headers = unsigned(&request);
        in_headers
            .headers
            .push(("x-amz-date".to_owned(), secret("20150830T123600Z")));
        if let Some(session) = &key.session {
            let field = ("x-amz-security-token".to_owned(), session.clone());
            in_headers.headers.push(field);
        }
        if case["sign_body"] == true {
            let digest = in_headers.canonical().lines().last().unwrap().to_owned();
            let field = ("x-amz-content-sha256".to_owned(), secret(&digest));
            in_headers.headers.push(field);
        }
        let canonical = in_headers.canonical();
        assert_eq!(
            canonical.as_str(),
            text(case, "/header/canonical"),
            "{name}"
        );
        let signature = in_headers.signature(&key, scope);
        assert_eq!(signature, text(case, "/header/signature"), "{name}");

        let query = unsigned(&request).presigned_query(3600, &key, scope);
        let expected = text(case, "/query/canonical").lines().nth(2).unwrap();
        let signature = text(case, "/query/signature");
        let expected = format!("{expected}&X-Amz-Signature={signature}");
        assert_eq!(query.as_str(), expected, "{name}");
    }
}

fn scope(service: &'static str) -> Scope<'static> {
    Scope {
        region: "us-east-1",
        service,
        at: Timestamp::parse_rfc3339("2015-08-30T12:36:00Z").unwrap(),
    }
}

fn key(session: Option<&str>) -> AccessKey {
    AccessKey {
        id: secret("AKIDEXAMPLE"),
        secret: secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
        session: session.map(secret),
    }
}

/// The suite's two cases of a path that is sent encoded.
#[test]
fn a_path_that_is_sent_encoded_is_encoded_once_more() {
    for (path, canonical) in [
        (
            "/test/@connections/JBDvjfGEIAMCERw%3D",
            "/test/%40connections/JBDvjfGEIAMCERw%253D",
        ),
        (
            "/2015-03-31/functions/arn%3Aaws%3Alambda/invocations",
            "/2015-03-31/functions/arn%253Aaws%253Alambda/invocations",
        ),
        ("/a/./b//c/../d/", "/a/b/d/"),
        ("/..", "/"),
    ] {
        let unsigned = Unsigned {
            method: "POST",
            path,
            query: Vec::new(),
            headers: Vec::new(),
            body: b"",
        };
        let text = unsigned.canonical();
        assert_eq!(text.lines().nth(1), Some(canonical), "{path}");
    }
}

#[test]
fn headers_that_a_proxy_may_change_are_not_signed() {
    let field = |name: &str, value: &str| (name.to_owned(), secret(value));
    let mut request = Request {
        method: Method::Post,
        endpoint: Endpoint::parse("https://api.ecr.eu-central-1.amazonaws.com/").unwrap(),
        headers: vec![
            field("accept", "application/json"),
            field("x-amz-target", "Service.Operation"),
            field("content-type", "application/x-amz-json-1.1"),
        ],
        body: Some(secret("{}")),
        repeatable: false,
    };
    sign(&mut request, &key(Some("session")), scope("ecr"));
    let (name, value) = request.headers.last().unwrap();
    let value = value.expose_text().unwrap();
    assert_eq!(name, "authorization");
    assert!(
        value.starts_with(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/ecr/aws4_request, \
         SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target, Signature="
        ),
        "{value}"
    );
}

#[test]
fn a_presigned_url_says_all_but_the_secret_key() {
    let url = "https://sts.us-east-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15";
    let endpoint = Endpoint::parse(url).unwrap();
    let headers = vec![("X-K8s-Aws-Id", Secret::from("prod".to_owned()))];
    let url = presign(&endpoint, headers, 60, &key(None), scope("sts"));
    let url = url.expose_text().unwrap();
    let (said, signature) = url.split_once("&X-Amz-Signature=").unwrap();
    assert_eq!(
        said,
        "https://sts.us-east-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15\
         &X-Amz-Algorithm=AWS4-HMAC-SHA256\
         &X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fsts%2Faws4_request\
         &X-Amz-Date=20150830T123600Z&X-Amz-Expires=60\
         &X-Amz-SignedHeaders=host%3Bx-k8s-aws-id"
    );
    assert_eq!(signature.len(), 64);
}
