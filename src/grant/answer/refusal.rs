//! A provider's refusal: what kind it is, and what of its words may be told.
//!
//! RFC 6749 §5.2 (<https://www.rfc-editor.org/rfc/rfc6749#section-5.2>), and HTTP's statuses where a provider says less. Never a body, and no
//! words that may hold a part of a secret.

use std::time::Duration;

use serde_json::Value;

use super::line::sober;
use super::{Limit, ResponseFormat, known, withheld, words};
use crate::credential::Secret;
use crate::http::Response;
use crate::time::{self, Timestamp};

/// What kind of refusal it is: what to do next depends on this alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// The provider says no; asking again changes nothing.
    Refused,
    /// Too many requests (429).
    RateLimited,
    /// The provider cannot at the moment (408, 5xx, `temporarily_unavailable`).
    Unavailable,
}

/// A provider's refusal, sanitised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// What to do about it.
    pub kind: RefusalKind,
    /// The provider's own error code.
    pub code: Option<String>,
    /// The provider's words.
    pub text: Option<String>,
    /// Whether words are left out, since they may hold a part of a secret.
    pub withheld: bool,
    /// The id under which the provider's support finds the request.
    pub request_id: Option<String>,
    /// How long it wants to be left alone.
    pub retry_after: Option<Duration>,
    /// What to do about the limit that it names.
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

/// The refusal behind an answer that is no success.
pub(super) fn refusal(
    answer: &Response,
    body: Option<&Value>,
    reading: &ResponseFormat,
    now: Timestamp,
    secrets: &[Secret],
) -> Refusal {
    let (code, text) = body.map_or_else(
        || words::of_text(answer.body.expose_text(), answer.header("content-type")),
        words::of_json,
    );
    let met = |limit: &&Limit| limit.is_met(answer.status, [code.as_deref(), text.as_deref()]);
    let limit = reading.limits.iter().find(met);
    let hint = limit.map(|limit| limit.hint.clone());
    let passing = matches!(
        code.as_deref(),
        Some("temporarily_unavailable" | "server_error" | "internal_failure")
    );
    let limited = code.as_deref() == Some("rate_limited");
    let kind = match answer.status {
        _ if hint.is_some() => RefusalKind::RateLimited,
        429 => RefusalKind::RateLimited,
        408 | 500..=599 => RefusalKind::Unavailable,
        _ if limited => RefusalKind::RateLimited,
        _ if passing => RefusalKind::Unavailable,
        _ => RefusalKind::Refused,
    };
    // A date is the answer's own clock's.
    let date = answer.header("date");
    let theirs = date.and_then(Timestamp::parse_http_date).unwrap_or(now);
    let wait = |name: &str| {
        answer
            .header(name)
            .and_then(|value| time::retry_after(value, theirs))
    };
    let retry_after =
        wait("retry-after").or_else(|| reading.retry_header.as_deref().and_then(wait));
    let request_id = IDS.iter().find_map(|name| answer.header(name));
    let request_id = request_id
        .or_else(|| body.and_then(|body| body.get("trace_id"))?.as_str())
        .map(str::to_owned);
    let known = known(secrets, body, reading);
    let StderrLine {
        words: [code, text, request_id],
        withheld,
    } = said([code, text, request_id], &known);
    Refusal {
        status: answer.status,
        kind,
        code,
        text,
        withheld,
        request_id,
        retry_after,
        hint,
    }
}

/// Header fields in which providers send the id of a request.
const IDS: [&str; 5] = [
    "x-request-id",
    "x-ms-request-id",
    "request-id",
    "x-amzn-requestid",
    "x-correlation-id",
];

/// What may be repeated of a refusal.
struct StderrLine {
    words: [Option<String>; 3],
    withheld: bool,
}

/// Code, words and id as far as they may be repeated, each alone and all together: a secret may be spread over them. A registered code holds
/// nothing.
fn said(words: [Option<String>; 3], known: &[&[u8]]) -> StderrLine {
    let lines = words.map(|text| text.map(|text| sober(&text)));
    let mut lines = lines.map(|line| line.filter(|line| !line.is_empty()));
    let [code, ..] = &lines;
    let registered = code.as_deref().is_some_and(words::is_registered);
    let [code, rest @ ..] = &mut lines;
    let mut withheld = false;
    let mut hold = |lines: &mut [Option<String>]| {
        let all: String = lines.iter().flatten().map(String::as_str).collect();
        if withheld::may_hold(&all, known) {
            lines.fill(None);
            withheld = true;
        }
    };
    if !registered {
        hold(std::slice::from_mut(code));
    }
    rest.chunks_mut(1).for_each(&mut hold);
    hold(rest);
    if !registered {
        hold(&mut lines);
    }
    StderrLine {
        words: lines,
        withheld,
    }
}
