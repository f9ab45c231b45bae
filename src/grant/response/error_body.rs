//! The code and message in the body of an error response, in the formats that providers use.
//!
//! RFC 6749 §5.2 (<https://www.rfc-editor.org/rfc/rfc6749#section-5.2>), RFC 9457, and vendors'
//! formats. The result is not sanitised: it is shown only after `single_line` and `secret_search`.

use serde_json::Value;

use crate::time::xml;

/// Code and message. Either may be missing.
type CodeAndMessage = (Option<String>, Option<String>);

/// Parses an XML body: AWS's query protocol and S3, Azure's storage, and OAuth errors as XML.
/// `None` if it names no code.
pub(super) fn parse_xml(body: &Value) -> Option<CodeAndMessage> {
    let (within, code, message) = match xml::elements(body, "Error").first() {
        Some(error) => (*error, "Code", "Message"),
        None => (body, "error", "error_description"),
    };
    Some((
        Some(first_text(within, &[code])?),
        first_text(within, &[message]),
    ))
}

/// The text of the first element that has one of these names and is not empty.
pub(super) fn first_text(body: &Value, names: &[&str]) -> Option<String> {
    let elements = names.iter().flat_map(|name| xml::elements(body, name));
    let mut texts = elements.filter_map(Value::as_str);
    texts.find(|text| !text.is_empty()).map(str::to_owned)
}

/// Parses a body that is neither JSON nor XML with a code. Only a short plain text is quoted; other
/// bodies are described.
pub(super) fn parse_text(body: Option<&str>, content_type: Option<&str>) -> CodeAndMessage {
    let Some(text) = body.map(str::trim) else {
        return (None, Some("a response that is not text".to_owned()));
    };
    let html = text.starts_with('<') || content_type.is_some_and(|kind| kind.contains("html"));
    match text {
        "" => (None, None),
        _ if html => (
            None,
            Some("an HTML page, probably from a proxy or a gateway".to_owned()),
        ),
        short if short.len() <= 200 => (None, Some(short.to_owned())),
        _ => (None, Some("a response that is not JSON".to_owned())),
    }
}

/// Parses a JSON body, the most specific format first.
pub(super) fn parse_json(body: &Value) -> CodeAndMessage {
    let text_of = |value: Option<&Value>| match value {
        Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let at = |pointer: &str| text_of(body.pointer(pointer));
    match body.get("error") {
        // RFC 6749 §5.2
        Some(Value::String(code)) if !code.is_empty() => {
            return (
                Some(code.clone()),
                at("/error_description")
                    .or_else(|| at("/message"))
                    .or_else(|| at("/reason")),
            );
        }
        // Google APIs
        Some(Value::Object(_)) => {
            return (
                at("/error/status").or_else(|| at("/error/code")),
                at("/error/message"),
            );
        }
        _ => {}
    }
    // Datadog, Vault: an array of strings. OCI registries, JSON:API: an array of objects.
    if let Some(Value::Array(errors)) = body.get("errors") {
        if let Some(Value::Object(_)) = errors.first() {
            return (
                at("/errors/0/code").or_else(|| at("/errors/0/title")),
                at("/errors/0/message")
                    .or_else(|| at("/errors/0/detail"))
                    .or_else(|| at("/errors/0/description")),
            );
        }
        let texts: Vec<&str> = errors.iter().filter_map(Value::as_str).collect();
        return (None, (!texts.is_empty()).then(|| texts.join("; ")));
    }
    // AWS
    if let Some(kind) = at("/__type") {
        return (
            kind.rsplit('#').next().map(str::to_owned),
            at("/message").or_else(|| at("/Message")),
        );
    }
    // AWS's query protocol
    if let Some(code) = at("/Error/Code") {
        return (Some(code), at("/Error/Message"));
    }
    // RFC 9457 and Autodesk's service accounts
    if let Some(title) = at("/title") {
        return (Some(title), at("/detail"));
    }
    // Autodesk's gateway
    if let Some(text) = at("/developerMessage") {
        return (at("/errorCode"), Some(text));
    }
    // PingAM, Kubernetes
    if let Some(reason) = at("/reason") {
        return (Some(reason), at("/message"));
    }
    // GitHub, Grafana. GitLab's `message` may be an array, or an object of arrays.
    (
        None,
        at("/message")
            .or_else(|| body.get("message").and_then(join_texts))
            .or_else(|| at("/error_description"))
            .or_else(|| at("/detail")),
    )
}

/// Joins every string in an array or object, in order.
pub(super) fn join_texts(value: &Value) -> Option<String> {
    let texts: Vec<String> = match value {
        Value::String(text) => return Some(text.clone()),
        Value::Array(values) => values.iter().filter_map(join_texts).collect(),
        Value::Object(members) => members.values().filter_map(join_texts).collect(),
        _ => return None,
    };
    (!texts.is_empty()).then(|| texts.join("; "))
}

/// Whether it is a registered error code, which cannot contain a secret: RFC 6749 §4.1.2.1 and
/// §5.2, RFC 6750 §3.1, RFC 7009 §2.2.1, RFC 8628 §3.5, RFC 8707 §2, RFC 9449 §5, and OpenID
/// Connect Core §3.1.2.6.
pub(super) fn is_registered_code(code: &str) -> bool {
    const CODES: &[&str] = &[
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
        "access_denied",
        "unsupported_response_type",
        "server_error",
        "temporarily_unavailable",
        "invalid_token",
        "insufficient_scope",
        "unsupported_token_type",
        "authorization_pending",
        "slow_down",
        "expired_token",
        "invalid_target",
        "invalid_dpop_proof",
        "use_dpop_nonce",
        "interaction_required",
        "login_required",
        "consent_required",
    ];
    CODES.contains(&code)
}
