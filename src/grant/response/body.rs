//! The body of a successful response: JSON, XML, or a bare token.
//!
//! A login page or a gateway's page with status 200 is never a bare token.

use serde_json::Value;

use super::{Location, NoToken, ResponseFormat, TokenLocation, parse_refusal, unverified_claims};
use crate::credential::{Secret, wipe};
use crate::http::Response;
use crate::time::{ExpiryRule, Timestamp, xml};

/// The body of a successful response as a JSON value: an XML document as [`xml::parse`] reads it, a
/// bare token as a string. Null if only a header is read and the body is neither.
///
/// # Errors
/// [`NoToken`] for an error response, or a body in another form than the spec says.
pub fn parse_success(
    response: &Response,
    response_format: &ResponseFormat,
    requested_at: Timestamp,
    secrets: &[Secret],
) -> Result<Value, NoToken> {
    let bytes = response.body.expose();
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut json = serde_json::from_slice::<Value>(bytes).ok();
    let text = std::str::from_utf8(bytes).ok().filter(|_| json.is_none());
    let mut xml = text.and_then(xml::parse);
    let success = (200..300).contains(&response.status);
    if !success || refuses(json.as_ref(), xml.as_ref()) {
        let body = (json.as_ref(), xml.as_ref());
        let refusal = parse_refusal(response, body, response_format, requested_at, secrets);
        json.iter_mut().chain(&mut xml).for_each(wipe);
        return Err(NoToken::Refused(refusal));
    }
    if response_format.is_bare_text() {
        let bare = bare_token(response, json.as_ref());
        json.iter_mut().chain(&mut xml).for_each(wipe);
        return bare.map_err(|why| nonsense(response, why));
    }
    let (is_xml, needs_document) = (response_format.is_xml(), response_format.needs_document());
    match json.or(xml.filter(|_| is_xml)) {
        Some(body) => Ok(body),
        None if !needs_document => Ok(Value::Null),
        None if is_xml => Err(nonsense(response, "the response is neither XML nor JSON")),
        None => Err(nonsense(response, "the response is not JSON")),
    }
}

fn nonsense(response: &Response, problem: &str) -> NoToken {
    let problem = match response.header("content-encoding") {
        _ if response.body.is_empty() => "an empty response",
        // The request does not accept a compressed response.
        Some(encoding) if !encoding.eq_ignore_ascii_case("identity") => {
            "the response is compressed, which was not requested"
        }
        _ => problem,
    };
    NoToken::Nonsense(format!("HTTP {}, {problem}", response.status))
}

/// Whether a response with a status of success is an error.
fn refuses(json: Option<&Value>, xml: Option<&Value>) -> bool {
    let in_json = json.is_some_and(|body| {
        body.get("error").is_some_and(is_error)
            || ["ok", "success"]
                .iter()
                .any(|name| body.get(name) == Some(&Value::Bool(false)))
    });
    in_json
        || xml.is_some_and(|xml| {
            ["Error", "ErrorResponse"]
                .iter()
                .any(|name| xml.get(name).is_some())
        })
}

fn is_error(error: &Value) -> bool {
    !matches!(error, Value::Null | Value::Bool(false)) && error.as_str() != Some("")
}

/// The whole body, without one trailing newline. Google's metadata server sends an identity token,
/// which is a JWT, as `text/html`.
fn bare_token(response: &Response, json: Option<&Value>) -> Result<Value, &'static str> {
    let text = response.body.expose_text().unwrap_or_default();
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    let media_type = response.header("content-type").unwrap_or_default();
    let media_type = media_type.to_ascii_lowercase();
    // A token may consist of digits alone.
    let is_document = json.is_some_and(|json| !json.is_number());
    if text.is_empty() {
        return Err("an empty response");
    }
    if is_document || media_type.contains("json") || media_type.contains("xml") {
        return Err("the response is JSON or XML, not a bare token");
    }
    let is_page = media_type.contains("html") && unverified_claims(text).is_none();
    if is_page || text.contains('<') {
        return Err("the response is a page, not a bare token");
    }
    Ok(Value::from(text))
}

impl ResponseFormat {
    /// Whether the token is the whole body.
    fn is_bare_text(&self) -> bool {
        self.token == TokenLocation::At(Location::Text)
    }

    fn locations(&self) -> impl Iterator<Item = &Location> {
        self.token.locations().chain(&self.username)
    }

    /// Whether a value is read from a body that is JSON or XML.
    fn needs_document(&self) -> bool {
        self.locations().any(Location::needs_document)
    }

    /// Whether the body may be XML: a value is in an element.
    fn is_xml(&self) -> bool {
        let is_element = |rule: &ExpiryRule| matches!(rule, ExpiryRule::Element { .. });
        let mut locations = self.locations();
        locations.any(|location| matches!(location, Location::Element(_)))
            || self.expiry_rules.iter().any(is_element)
    }
}
