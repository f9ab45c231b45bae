//! An answer as Bazel's `GetCredentialsResponse.java` reads it, and stricter: what Gson's lenient reader would let pass is refused.

use serde_json::Value;

/// What Bazel keeps of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Response {
    /// Header names and their values.
    pub(super) headers: Vec<(String, Vec<String>)>,
    /// As it was written.
    pub(super) expires: Option<String>,
}

/// Reads an answer.
pub(super) fn read(text: &str) -> Result<Response, String> {
    let value: Value = serde_json::from_str(text).map_err(|why| why.to_string())?;
    let Value::Object(members) = value else {
        return Err("expected object".to_owned());
    };
    let mut response = Response {
        headers: Vec::new(),
        expires: None,
    };
    for (name, value) in members {
        match (name.as_str(), value) {
            ("headers", Value::Object(headers)) => {
                for (name, values) in headers {
                    response.headers.push((name, strings(&values)?));
                }
            }
            ("headers", _) => return Err("expected `headers` to be an object".to_owned()),
            ("expires", Value::String(text)) if is_instant(&text) => response.expires = Some(text),
            ("expires", other) => return Err(format!("`expires` is no timestamp: {other}")),
            _ => {}
        }
    }
    Ok(response)
}

fn strings(values: &Value) -> Result<Vec<String>, String> {
    let values = values.as_array().ok_or("expected an array of strings")?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let texts: Option<Vec<String>> = values.iter().map(text).collect();
    texts.ok_or_else(|| "expected a string".to_owned())
}

/// The pattern `yyyy-MM-dd'T'HH:mm:ssXXX`: no fraction, and a zone of `Z` or `+01:00`.
fn is_instant(text: &str) -> bool {
    let shape: String = text
        .chars()
        .map(|c| if c.is_ascii_digit() { '9' } else { c })
        .collect();
    let zones = ["Z", "+99:99", "-99:99"];
    zones
        .iter()
        .any(|zone| shape == format!("9999-99-99T99:99:99{zone}"))
}

#[test]
fn it_refuses_what_bazel_refuses() {
    for wrong in [
        "",
        "null",
        "[]",
        "{}{}",
        r#"{"headers":null}"#,
        r#"{"headers":[]}"#,
        r#"{"headers":{"Authorization":"Bearer t"}}"#,
        r#"{"headers":{"Authorization":[1]}}"#,
        r#"{"headers":{"Authorization":[null]}}"#,
        r#"{"expires":null}"#,
        r#"{"expires":1767225600}"#,
        r#"{"expires":"2026-01-01T00:00:00.5Z"}"#,
        r#"{"expires":"2026-01-01T00:00:00"}"#,
        r#"{"expires":"2026-01-01 00:00:00Z"}"#,
    ] {
        assert!(read(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn it_reads_what_the_specification_shows() {
    for nothing in ["{}", r#"{"headers":{}}"#, r#"{"more":[{"a":1}]}"#] {
        let empty = Response {
            headers: Vec::new(),
            expires: None,
        };
        assert_eq!(read(nothing), Ok(empty), "{nothing}");
    }
    let full = r#"{"headers":{"a":["x","y"],"b":[]},"expires":"2026-01-01T00:00:00+01:00"}"#;
    let expected = Response {
        headers: vec![
            ("a".to_owned(), vec!["x".to_owned(), "y".to_owned()]),
            ("b".to_owned(), Vec::new()),
        ],
        expires: Some("2026-01-01T00:00:00+01:00".to_owned()),
    };
    assert_eq!(read(full), Ok(expected));
}
