//! An error response of a provider: its kind, and which of its texts may be shown.
//!
//! Specified by RFC 6749 §5.2 (<https://www.rfc-editor.org/rfc/rfc6749#section-5.2>) and the HTTP
//! status. Never shows the body, or a text that may contain a part of a secret.

use std::time::Duration;

use serde_json::Value;

use super::single_line::single_line;
use super::{Limit, ResponseFormat, error_body, protected_texts, secret_search};
use crate::credential::Secret;
use crate::http::Response;
use crate::time::{self, Timestamp};

/// The kind of an error response, which alone decides whether to retry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// The provider rejects the request; a retry would not help.
    Refused,
    /// Too many requests (429).
    RateLimited,
    /// The provider is temporarily unavailable (408, 5xx, `temporarily_unavailable`).
    Unavailable,
}

/// A sanitised error response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// What to do next.
    pub kind: RefusalKind,
    /// The provider's error code.
    pub code: Option<String>,
    /// The provider's message.
    pub text: Option<String>,
    /// Whether a text is withheld, since it may contain a part of a secret.
    pub withheld: bool,
    /// The request id, for the provider's support.
    pub request_id: Option<String>,
    /// How long to wait before the next request.
    pub retry_after: Option<Duration>,
    /// The hint of the limit that is reached.
    pub hint: Option<String>,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "HTTP {}", self.status)?;
        match (&self.code, &self.text) {
            (Some(code), Some(text)) => write!(f, ", {code}: {text}")?,
            (Some(one), None) | (None, Some(one)) => write!(f, ", {one}")?,
            (None, None) => {}
        }
        if self.withheld {
            f.write_str("; words are withheld that may repeat a secret")?;
        }
        self.request_id
            .as_ref()
            .map_or(Ok(()), |id| write!(f, " [request id {id}]"))
    }
}

/// Parses an error response, whose body may be JSON or XML.
pub(super) fn parse_refusal(
    response: &Response,
    (json, xml): (Option<&Value>, Option<&Value>),
    response_format: &ResponseFormat,
    now: Timestamp,
    secrets: &[Secret],
) -> Refusal {
    let said = json.map(error_body::parse_json);
    let said = said.or_else(|| error_body::parse_xml(xml?));
    let (code, text) = said.unwrap_or_else(|| {
        error_body::parse_text(response.body.expose_text(), response.header("content-type"))
    });
    let matches =
        |limit: &&Limit| limit.matches(response.status, [code.as_deref(), text.as_deref()]);
    let limit = response_format.limits.iter().find(matches);
    let hint = limit.map(|limit| limit.hint.clone());
    let is_temporary = matches!(
        code.as_deref(),
        Some("temporarily_unavailable" | "server_error" | "internal_failure")
    );
    let is_rate_limited = code.as_deref() == Some("rate_limited");
    let kind = match response.status {
        _ if hint.is_some() => RefusalKind::RateLimited,
        429 => RefusalKind::RateLimited,
        408 | 500..=599 => RefusalKind::Unavailable,
        _ if is_rate_limited => RefusalKind::RateLimited,
        _ if is_temporary => RefusalKind::Unavailable,
        _ => RefusalKind::Refused,
    };
    // An HTTP date is relative to the server's clock.
    let date = response.header("date");
    let response_time = date.and_then(Timestamp::parse_http_date).unwrap_or(now);
    let wait = |name: &str| {
        response
            .header(name)
            .and_then(|value| time::parse_retry_after(value, response_time))
    };
    let retry_after =
        wait("retry-after").or_else(|| response_format.retry_header.as_deref().and_then(wait));
    let request_id = REQUEST_ID_HEADERS
        .iter()
        .find_map(|name| response.header(name));
    let traced = || json?.get("trace_id")?.as_str();
    let in_xml = || error_body::first_text(xml?, &["RequestId", "RequestID"]);
    let request_id = request_id.or_else(traced).map(str::to_owned);
    let request_id = request_id.or_else(in_xml);
    let protected = protected_texts(secrets, response, json.or(xml), response_format);
    let SafeTexts {
        texts: [code, text, request_id],
        withheld,
    } = without_secrets([code, text, request_id], &protected);
    Refusal {
        status: response.status,
        kind,
        code,
        text,
        withheld,
        request_id,
        retry_after,
        hint,
    }
}

/// Header fields that hold the request id.
const REQUEST_ID_HEADERS: [&str; 5] = [
    "x-request-id",
    "x-ms-request-id",
    "request-id",
    "x-amzn-requestid",
    "x-correlation-id",
];

/// The texts of an error response that may be shown.
struct SafeTexts {
    texts: [Option<String>; 3],
    withheld: bool,
}

/// Removes code, message and id if they may contain a secret, each alone and all together: a secret
/// may be split between them. A registered code contains none.
fn without_secrets(texts: [Option<String>; 3], protected: &[Secret]) -> SafeTexts {
    let lines = texts.map(|text| text.map(|text| single_line(&text)));
    let mut lines = lines.map(|line| line.filter(|line| !line.is_empty()));
    let [code, ..] = &lines;
    let registered = code.as_deref().is_some_and(error_body::is_registered_code);
    let [code, rest @ ..] = &mut lines;
    let mut withheld = false;
    let mut withhold = |lines: &mut [Option<String>]| {
        let all: String = lines.iter().flatten().map(String::as_str).collect();
        if secret_search::may_contain_secret(&all, protected) {
            lines.fill(None);
            withheld = true;
        }
    };
    if !registered {
        withhold(std::slice::from_mut(code));
    }
    rest.chunks_mut(1).for_each(&mut withhold);
    withhold(rest);
    if !registered {
        withhold(&mut lines);
    }
    SafeTexts {
        texts: lines,
        withheld,
    }
}
