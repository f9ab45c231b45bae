//! What a provider's answer says: a token, a refusal, or nonsense.
//!
//! Any 2xx that holds the token counts; a 2xx that holds an `error` does not (some servers say so). What is refused is told in
//! one line: status, the provider's own code and words, its request id; never a body, never a secret that it reflects.

mod limit;
mod line;
mod place;
mod words;

pub use limit::Limit;
pub use line::visible;
pub use place::Place;

use std::time::Duration;

use serde_json::Value;

use crate::credential::{Secret, Token, wipe};
use crate::http::Answer;
use crate::time::{self, Expiry, Life, Timestamp};

/// How an answer is read: where the token lies and what tells its end.
#[derive(Debug, Clone)]
pub struct Reading {
    /// Where the token lies.
    pub token: Place,
    /// What tells when it ends.
    pub expires: Vec<Expiry>,
    /// A header field whose number of seconds says when to ask again, besides `Retry-After`.
    pub retry_header: Option<String>,
    /// Refusals that are limits, and pass.
    pub limits: Vec<Limit>,
}

impl Reading {
    /// For an answer that holds no token.
    #[must_use]
    pub fn of_no_token(retry_header: Option<&str>) -> Self {
        Self {
            token: Place::At(String::new()),
            expires: Vec::new(),
            retry_header: retry_header.map(str::to_owned),
            limits: Vec::new(),
        }
    }
}

/// What kind of refusal it is: what to do next depends on this alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
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
    pub kind: Kind,
    /// The provider's own error code.
    pub code: Option<String>,
    /// The provider's words.
    pub text: Option<String>,
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
        self.request_id
            .as_ref()
            .map_or(Ok(()), |id| write!(f, " [request id {id}]"))
    }
}

/// Why an answer is no token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoToken {
    /// The provider refuses.
    Refused(Refusal),
    /// A success that makes no sense; says why.
    Nonsense(String),
    /// A success that speaks against the token; says what it means.
    Vetoed(String),
    /// A success that replaces the refresh token that was sent.
    Rotated,
}

/// Reads an answer. `asked_at` is the moment before the request was sent; `secrets` are never repeated in a message.
///
/// # Errors
/// [`NoToken`].
pub fn read(
    answer: &Answer,
    reading: &Reading,
    asked_at: Timestamp,
    secrets: &[Secret],
) -> Result<Token, NoToken> {
    let mut body = success(answer, reading, asked_at, secrets)?;
    let token = token(answer, &body, reading, asked_at, secrets);
    wipe(&mut body);
    token
}

/// The JSON of an answer that is a success.
///
/// # Errors
/// [`NoToken`]: a refusal, or no JSON.
pub fn success(
    answer: &Answer,
    reading: &Reading,
    asked_at: Timestamp,
    secrets: &[Secret],
) -> Result<Value, NoToken> {
    let mut body = serde_json::from_slice::<Value>(without_bom(answer.body.expose())).ok();
    let success = (200..300).contains(&answer.status);
    let refuses = body.as_ref().is_some_and(|body| {
        body.get("error").is_some_and(is_said) || body.get("ok") == Some(&Value::Bool(false))
    });
    if !success || refuses {
        let refusal = refusal(answer, body.as_ref(), reading, asked_at, secrets);
        body.iter_mut().for_each(wipe);
        return Err(NoToken::Refused(refusal));
    }
    body.ok_or_else(|| {
        let what = if answer.body.is_empty() {
            "an empty answer"
        } else {
            "the answer is no JSON"
        };
        NoToken::Nonsense(format!("HTTP {}, {what}", answer.status))
    })
}

fn token(
    answer: &Answer,
    body: &Value,
    reading: &Reading,
    asked_at: Timestamp,
    secrets: &[Secret],
) -> Result<Token, NoToken> {
    let nonsense = |why: &str| NoToken::Nonsense(format!("HTTP {}, {why}", answer.status));
    if let Some(kind) = body.get("token_type").filter(|kind| !kind.is_null()) {
        // RFC 6749 §7.1: a client must not use a token whose type it does not understand; types are case-insensitive.
        if !kind
            .as_str()
            .is_some_and(|kind| kind.eq_ignore_ascii_case("bearer"))
        {
            let known = known(secrets, Some(body), reading);
            let kind = line::sober(kind.as_str().unwrap_or("not a string"), &known);
            return Err(nonsense(&format!(
                "the token's type is `{kind}`, and only bearer tokens can be handed on"
            )));
        }
    }
    let access_token = reading.token.read(body).map_err(|why| nonsense(&why))?;
    let expires_at = match time::read(&reading.expires, body, access_token.expose(), asked_at) {
        Life::Until(end) => Some(end),
        Life::Never | Life::Unknown => None,
    };
    let scope = body
        .get("scope")
        .and_then(Value::as_str)
        .map(|scope| line::sober(scope, &known(secrets, Some(body), reading)));
    Ok(Token {
        access_token,
        issued_at: asked_at,
        expires_at,
        scope,
    })
}

fn is_said(error: &Value) -> bool {
    !matches!(error, Value::Null | Value::Bool(false)) && error.as_str() != Some("")
}

fn without_bom(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}

/// What must not be repeated: the secrets that were sent, and a token that comes with a refusal.
fn known<'a>(secrets: &'a [Secret], body: Option<&'a Value>, reading: &Reading) -> Vec<&'a str> {
    let pointers = reading.token.pointers();
    let tokens = pointers.filter_map(|pointer| body?.pointer(pointer)?.as_str());
    let secrets = secrets.iter().filter_map(Secret::expose_text);
    secrets.chain(tokens).collect()
}

/// The refusal behind an answer that is no success.
#[must_use]
pub fn refusal(
    answer: &Answer,
    body: Option<&Value>,
    reading: &Reading,
    now: Timestamp,
    secrets: &[Secret],
) -> Refusal {
    let (code, text) = body.map_or_else(
        || words::of_text(answer.body.expose_text(), answer.header("content-type")),
        words::of_json,
    );
    let met = |limit: &&Limit| limit.is_met(answer.status, [code.as_deref(), text.as_deref()]);
    let hint = reading
        .limits
        .iter()
        .find(met)
        .map(|limit| limit.hint.clone());
    let known = known(secrets, body, reading);
    let clean = |text: Option<String>| {
        text.map(|text| line::sober(&text, &known))
            .filter(|text| !text.is_empty())
    };
    let (code, text) = (clean(code), clean(text));
    let passing = matches!(
        code.as_deref(),
        Some("temporarily_unavailable" | "server_error" | "internal_failure")
    );
    let kind = match answer.status {
        _ if hint.is_some() => Kind::RateLimited,
        429 => Kind::RateLimited,
        408 | 500..=599 => Kind::Unavailable,
        _ if code.as_deref() == Some("rate_limited") => Kind::RateLimited,
        _ if passing => Kind::Unavailable,
        _ => Kind::Refused,
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
    let ids = [
        "x-request-id",
        "x-ms-request-id",
        "request-id",
        "x-amzn-requestid",
        "x-correlation-id",
    ];
    let request_id = ids
        .iter()
        .find_map(|name| answer.header(name))
        .map(str::to_owned);
    let request_id = clean(request_id.or_else(|| {
        body.and_then(|body| body.get("trace_id"))
            .and_then(Value::as_str)
            .map(str::to_owned)
    }));
    Refusal {
        status: answer.status,
        kind,
        code,
        text,
        request_id,
        retry_after,
        hint,
    }
}

/// A provider's words made safe to print: one line, no control or bidirectional characters, nothing that a CI runner takes for a
/// command, at most 300 characters, and nothing in it that is one of the secrets, however it is encoded.
#[must_use]
pub fn sanitise(text: &str, secrets: &[Secret]) -> String {
    let secrets: Vec<&str> = secrets.iter().filter_map(Secret::expose_text).collect();
    line::sober(text, &secrets)
}
