//! What a provider's answer says: a token, a refusal, or nonsense.
//!
//! Any 2xx that holds the token counts; a 2xx that holds an `error` does not (some servers say so). What is refused is told in
//! one line: status, the provider's own code and words, its request id; never a body, never a secret that it reflects.

use std::time::Duration;

use serde_json::Value;

use super::encode;
use crate::credential::{AccessToken, Secret, Token};
use crate::http::Answer;
use crate::time::{self, Expiry, Life, Timestamp};

/// How an answer is read: where the token lies and what tells its end.
#[derive(Debug, Clone)]
pub struct Reading {
    /// JSON pointer to the token.
    pub token: String,
    /// What tells when it ends.
    pub expires: Vec<Expiry>,
    /// A header field whose number of seconds says when to ask again, besides `Retry-After`.
    pub retry_header: Option<String>,
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
    let mut body = serde_json::from_slice::<Value>(without_bom(answer.body.expose())).ok();
    let token = read_body(answer, body.as_ref(), reading, asked_at, secrets);
    if let Some(value) = &mut body {
        encode::wipe(value);
    }
    token
}

fn read_body(
    answer: &Answer,
    body: Option<&Value>,
    reading: &Reading,
    asked_at: Timestamp,
    secrets: &[Secret],
) -> Result<Token, NoToken> {
    let success = (200..300).contains(&answer.status);
    let refuses = body.is_some_and(|body| {
        body.get("error").is_some_and(is_said) || body.get("ok") == Some(&Value::Bool(false))
    });
    if !success || refuses {
        return Err(NoToken::Refused(refusal(
            answer, body, reading, asked_at, secrets,
        )));
    }
    let nonsense = |why: &str| NoToken::Nonsense(format!("HTTP {}, {why}", answer.status));
    let Some(body) = body else {
        let what = if answer.body.is_empty() {
            "an empty answer"
        } else {
            "the answer is no JSON"
        };
        return Err(nonsense(what));
    };
    if let Some(kind) = body.get("token_type") {
        // RFC 6749 §7.1: a client must not use a token whose type it does not understand; types are case-insensitive.
        if !kind
            .as_str()
            .is_some_and(|kind| kind.eq_ignore_ascii_case("bearer"))
        {
            let kind = sanitise(kind.as_str().unwrap_or("not a string"), secrets);
            return Err(nonsense(&format!(
                "the token's type is `{kind}`, and only bearer tokens can be handed on"
            )));
        }
    }
    let text = match body.pointer(&reading.token) {
        Some(Value::String(text)) => text,
        Some(_) => return Err(nonsense(&format!("`{}` is no string", reading.token))),
        None => {
            return Err(nonsense(&format!(
                "there is no token at `{}`",
                reading.token
            )));
        }
    };
    let access_token = AccessToken::parse(text).map_err(|why| nonsense(&why.to_string()))?;
    let expires_at = match time::read(&reading.expires, body, text, asked_at) {
        Life::Until(end) => Some(end),
        Life::Never | Life::Unknown => None,
    };
    let scope = body
        .get("scope")
        .and_then(Value::as_str)
        .map(|scope| sanitise(scope, secrets));
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

/// The refusal behind an answer that is no success.
#[must_use]
pub fn refusal(
    answer: &Answer,
    body: Option<&Value>,
    reading: &Reading,
    now: Timestamp,
    secrets: &[Secret],
) -> Refusal {
    let (code, text) = body.map_or_else(|| plain(answer), words);
    let clean = |text: Option<String>| {
        text.map(|text| sanitise(&text, secrets))
            .filter(|text| !text.is_empty())
    };
    let (code, text) = (clean(code), clean(text));
    let passing = matches!(
        code.as_deref(),
        Some("temporarily_unavailable" | "server_error" | "internal_failure")
    );
    let kind = match answer.status {
        429 => Kind::RateLimited,
        408 | 500..=599 => Kind::Unavailable,
        _ if code.as_deref() == Some("rate_limited") => Kind::RateLimited,
        _ if passing => Kind::Unavailable,
        _ => Kind::Refused,
    };
    let wait = |name: &str| {
        answer
            .header(name)
            .and_then(|value| time::retry_after(value, now))
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
    }
}

/// An answer that is no JSON: what it is, never what it says but for a short plain text.
fn plain(answer: &Answer) -> (Option<String>, Option<String>) {
    let text = answer.body.expose_text().map(str::trim).unwrap_or_default();
    let html = text.starts_with('<')
        || answer
            .header("content-type")
            .is_some_and(|kind| kind.contains("html"));
    let text = match text {
        "" if answer.body.is_empty() => None,
        _ if html => Some("an HTML page, probably from a proxy or a gateway".to_owned()),
        "" => Some("an answer that is no text".to_owned()),
        short if short.len() <= 200 => Some(short.to_owned()),
        _ => Some("an answer that is no JSON".to_owned()),
    };
    (None, text)
}

/// Code and words from the shapes of errors that providers use, most specific first.
fn words(body: &Value) -> (Option<String>, Option<String>) {
    let said = |value: Option<&Value>| match value {
        Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let at = |pointer: &str| said(body.pointer(pointer));
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
    // Datadog, Vault: a list of texts; OCI registries and JSON:API: a list of objects
    if let Some(Value::Array(errors)) = body.get("errors") {
        if let Some(Value::Object(_)) = errors.first() {
            return (
                at("/errors/0/code").or_else(|| at("/errors/0/title")),
                at("/errors/0/message").or_else(|| at("/errors/0/detail")),
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
    // GitHub, Grafana, GitLab
    (
        None,
        at("/message")
            .or_else(|| at("/error_description"))
            .or_else(|| at("/detail")),
    )
}

/// Longest excerpt of a provider's words, in characters.
const EXCERPT: usize = 300;

/// A provider's words made safe to print: one line, no control or bidirectional characters, at most 300, and nothing in it that is
/// one of the secrets, as it is or Base64- or percent-encoded.
#[must_use]
pub fn sanitise(text: &str, secrets: &[Secret]) -> String {
    let mut text = text.to_owned();
    for secret in secrets
        .iter()
        .filter_map(Secret::expose_text)
        .filter(|secret| secret.len() >= 4)
    {
        let mut percent = zeroize::Zeroizing::new(String::new());
        encode::form_encode(secret, &mut percent);
        let base64 = zeroize::Zeroizing::new(base64::Engine::encode(
            &base64::engine::general_purpose::STANDARD,
            secret,
        ));
        for form in [secret, percent.as_str(), base64.trim_end_matches('=')] {
            text = text.replace(form, "[redacted]");
        }
        // A long secret may be reflected cut short: its first half is enough to be one.
        let half = secret
            .get(..secret.len() / 2)
            .filter(|half| half.len() >= 12);
        if let Some(half) = half {
            text = text.replace(half, "[redacted]");
        }
    }
    let unsafe_character = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let text: String = text
        .chars()
        .map(|c| if unsafe_character(c) { ' ' } else { c })
        .collect();
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut line = words.join(" ");
    if line.chars().count() > EXCERPT {
        line = line.chars().take(EXCERPT).collect::<String>() + "…";
    }
    line
}
