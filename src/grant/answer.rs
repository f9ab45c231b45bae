//! What a provider's answer says: a token, a refusal, or nonsense.
//!
//! Any 2xx that holds the token counts; a 2xx that holds an `error` does not (some servers say so). A refusal is told in one line: status,
//! the provider's own code and words, its request id; never a body, and no words that may hold a part of a secret.

mod claims;
mod decode;
mod limit;
mod line;
mod place;
mod refusal;
mod withheld;
mod words;

pub use claims::{CLAIM, CLAIMS, claims};
pub use limit::Limit;
pub use line::sober;
pub use place::{Location, TokenLocation};
use refusal::refusal;
pub use refusal::{Refusal, RefusalKind};

use serde_json::Value;

use crate::credential::{Secret, Token, wipe};
use crate::http::Response;
use crate::time::{self, Expiry, Timestamp, TokenExpiry};

/// How an answer is read: where the token lies and what tells its end.
#[derive(Debug, Clone)]
pub struct ResponseFormat {
    /// Where the token lies.
    pub token: TokenLocation,
    /// What tells when it ends.
    pub expires: Vec<Expiry>,
    /// A header field whose number of seconds says when to ask again, besides `Retry-After`.
    pub retry_header: Option<String>,
    /// Refusals that are limits, and pass.
    pub limits: Vec<Limit>,
}

impl ResponseFormat {
    /// Whether the answer is XML: a token, a part of one or its end is in an element.
    fn is_of_xml(&self) -> bool {
        let is_element = |rule: &Expiry| matches!(rule, Expiry::Element { .. });
        self.token.is_of_xml() || self.expires.iter().any(is_element)
    }

    /// For an answer that holds no token.
    #[must_use]
    pub fn of_no_token(retry_header: Option<&str>) -> Self {
        Self {
            token: TokenLocation::At(Location::Pointer(String::new())),
            expires: Vec::new(),
            retry_header: retry_header.map(str::to_owned),
            limits: Vec::new(),
        }
    }
}

/// Why an answer is no token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoToken {
    /// The provider refuses.
    Refused(Refusal),
    /// A success that makes no sense; says why.
    Nonsense(String),
    /// A success in the form that was wanted, without a token that can be used; says why.
    Unusable(String),
    /// A success that speaks against the token; says what it means.
    Vetoed(String),
    /// A success that replaces the refresh token that was sent.
    Rotated,
    /// A token whose end is told in a form that cannot be read; says where and what. Whether only a zone lacks.
    NoEnd(String, bool),
}

/// Reads an answer. `asked_at` is the moment before the request was sent; `secrets` are never repeated in a message.
///
/// # Errors
/// [`NoToken`].
pub fn read(
    answer: &Response,
    reading: &ResponseFormat,
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
    answer: &Response,
    reading: &ResponseFormat,
    asked_at: Timestamp,
    secrets: &[Secret],
) -> Result<Value, NoToken> {
    let mut body = serde_json::from_slice::<Value>(without_bom(answer.body.expose())).ok();
    let success = (200..300).contains(&answer.status);
    let refuses = body.as_ref().is_some_and(|body| {
        body.get("error").is_some_and(is_said)
            || ["ok", "success"]
                .iter()
                .any(|name| body.get(name) == Some(&Value::Bool(false)))
    });
    if !success || refuses {
        let refusal = refusal(answer, body.as_ref(), reading, asked_at, secrets);
        body.iter_mut().for_each(wipe);
        return Err(NoToken::Refused(refusal));
    }
    let is_xml = reading.is_of_xml() && !answer.body.is_empty();
    if let (None, true, Some(text)) = (&body, is_xml, answer.body.expose_text()) {
        return Ok(Value::from(text));
    }
    body.ok_or_else(|| {
        let what = match answer.header("content-encoding") {
            _ if answer.body.is_empty() => "an empty answer",
            // It was asked not to.
            Some(encoding) if !encoding.eq_ignore_ascii_case("identity") => {
                "the answer is compressed, which was not asked for"
            }
            _ => "the answer is no JSON",
        };
        NoToken::Nonsense(format!("HTTP {}, {what}", answer.status))
    })
}

fn token(
    answer: &Response,
    body: &Value,
    reading: &ResponseFormat,
    asked_at: Timestamp,
    secrets: &[Secret],
) -> Result<Token, NoToken> {
    let unusable = |why: &str| NoToken::Unusable(format!("HTTP {}, {why}", answer.status));
    if let Some(kind) = body.get("token_type").filter(|kind| !kind.is_null()) {
        // RFC 6749 §7.1: a client must not use a token whose type it does not understand; types are case-insensitive.
        // Apigee says `BearerToken`.
        if !kind.as_str().is_some_and(|kind| {
            kind.eq_ignore_ascii_case("bearer") || kind.eq_ignore_ascii_case("bearertoken")
        }) {
            let kind = kind.as_str().unwrap_or("not a string");
            let kind = harmless(kind, &known(secrets, Some(body), reading))
                .map_or_else(|| "withheld".to_owned(), |kind| format!("`{kind}`"));
            return Err(unusable(&format!(
                "the token's type is {kind}, and only bearer tokens can be handed on"
            )));
        }
    }
    let access_token = reading.token.read(body).map_err(|why| unusable(&why))?;
    let mut sent = secrets.to_vec();
    sent.push(access_token.secret());
    let expires_at = end(
        &reading.expires,
        body,
        access_token.expose(),
        asked_at,
        &sent,
    )?;
    let scope = body
        .get("scope")
        .and_then(Value::as_str)
        .and_then(|scope| harmless(scope, &known(secrets, Some(body), reading)));
    let repeats_secret = claims(access_token.expose()).is_some_and(|claims| {
        let told = CLAIMS
            .iter()
            .filter_map(|name| words::joined(claims.get(name)?));
        let told = told.map(|text| text.chars().take(CLAIM).collect::<String>());
        let secrets: Vec<&[u8]> = secrets.iter().map(Secret::expose).collect();
        withheld::may_hold(&told.collect::<String>(), &secrets)
    });
    Ok(Token {
        access_token,
        issued_at: asked_at,
        expires_at,
        scope,
        repeats_secret,
    })
}

/// When the token ends, where that is known.
///
/// # Errors
/// [`NoToken::NoEnd`].
pub fn end(
    rules: &[Expiry],
    body: &Value,
    token: &str,
    asked_at: Timestamp,
    secrets: &[Secret],
) -> Result<Option<Timestamp>, NoToken> {
    match time::read(rules, body, token, asked_at) {
        Ok(TokenExpiry::Until(end)) => Ok(Some(end)),
        Ok(TokenExpiry::Never | TokenExpiry::Unknown) => Ok(None),
        Err(why) => {
            let (value, place) = (sanitise(&why.found, secrets), why.place);
            let why_not = format!("the expiry at `{place}` cannot be read: `{value}`");
            Err(NoToken::NoEnd(why_not, why.lacks_zone))
        }
    }
}

fn is_said(error: &Value) -> bool {
    !matches!(error, Value::Null | Value::Bool(false)) && error.as_str() != Some("")
}

fn without_bom(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}

/// What must not be repeated: the secrets that were sent, and a token that comes with a refusal.
fn known<'a>(
    secrets: &'a [Secret],
    body: Option<&'a Value>,
    reading: &ResponseFormat,
) -> Vec<&'a [u8]> {
    const TOKENS: [&str; 4] = ["/access_token", "/refresh_token", "/id_token", "/token"];
    let pointers = reading.token.pointers().chain(TOKENS);
    let tokens = pointers.filter_map(|pointer| Some(body?.pointer(pointer)?.as_str()?.as_bytes()));
    secrets.iter().map(Secret::expose).chain(tokens).collect()
}

/// The words as one sober line; none where they may hold a part of a secret.
fn harmless(text: &str, known: &[&[u8]]) -> Option<String> {
    let line = sober(text);
    (!withheld::may_hold(&line, known)).then_some(line)
}

/// What stands in place of words that are withheld.
pub const WITHHELD: &str = "(withheld: it may repeat a secret)";

/// Whether a text may hold a part of one of the secrets, however it is encoded.
#[must_use]
pub fn may_hold(text: &str, secrets: &[Secret]) -> bool {
    withheld::may_hold(
        text,
        &known(secrets, None, &ResponseFormat::of_no_token(None)),
    )
}

/// A provider's words made safe to print: one line, no control or bidirectional characters, nothing that a CI runner takes for a
/// command, at most 300 characters; a remark in their place where they may hold a part of one of the secrets.
#[must_use]
pub fn sanitise(text: &str, secrets: &[Secret]) -> String {
    let line = sober(text);
    if may_hold(&line, secrets) {
        WITHHELD.to_owned()
    } else {
        line
    }
}
