//! Parses a provider's response: a token, an error, or an unusable response.
//!
//! Any 2xx with the token is a success, except with an `error`, which some servers send with 200.
//! An error is shown in one line: status, the provider's code and message, the request id. Never
//! shows the body, or a text that may contain a part of a secret.

mod claims;
mod decode;
mod error_body;
mod limit;
mod refusal;
mod secret_search;
mod single_line;
mod token_location;
mod token_type;

pub use claims::{MAX_CLAIM_LENGTH, SHOWN_CLAIMS, unverified_claims};
pub use limit::Limit;
use refusal::parse_refusal;
pub use refusal::{Refusal, RefusalKind};
pub use single_line::single_line;
pub use token_location::{Location, TokenLocation};
pub use token_type::{is_not_applicable, needs_proof};

use serde_json::Value;

use crate::credential::{Secret, Token, wipe};
use crate::http::Response;
use crate::time::{ExpiryRule, Timestamp, TokenExpiry};

/// Where a response holds the token and its expiry.
#[derive(Debug, Clone)]
pub struct ResponseFormat {
    /// The location of the token.
    pub token: TokenLocation,
    /// The rules for its expiry.
    pub expiry_rules: Vec<ExpiryRule>,
    /// A header field with the seconds to wait before a retry, besides `Retry-After`.
    pub retry_header: Option<String>,
    /// Error responses that mean a limit is reached.
    pub limits: Vec<Limit>,
    /// What `token_type` may be besides bearer.
    pub token_types: Vec<String>,
}

impl ResponseFormat {
    /// Whether the response is XML: the token or its expiry is in an element.
    fn is_xml(&self) -> bool {
        let is_element = |rule: &ExpiryRule| matches!(rule, ExpiryRule::Element { .. });
        self.token.is_xml() || self.expiry_rules.iter().any(is_element)
    }

    /// The format of a response that has no token.
    #[must_use]
    pub fn without_token(retry_header: Option<&str>) -> Self {
        Self {
            token: TokenLocation::At(Location::Pointer(String::new())),
            expiry_rules: Vec::new(),
            retry_header: retry_header.map(str::to_owned),
            limits: Vec::new(),
            token_types: Vec::new(),
        }
    }
}

/// Why a response has no usable token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoToken {
    /// An error response.
    Refused(Refusal),
    /// A success that cannot be parsed; the reason.
    Nonsense(String),
    /// A success in the right format without a usable token; the reason.
    Unusable(String),
    /// A token of a type that is not accepted; the type, and whether a spec may accept it.
    TokenType(String, bool),
    /// A success that fails a requirement of the spec; the sentence of the requirement.
    Vetoed(String),
    /// A success that rotates the refresh token of the request.
    Rotated,
    /// A token whose expiry cannot be parsed; the location and value, and whether only the zone is
    /// missing.
    UnreadableExpiry(String, bool),
}

/// Parses a token response. `requested_at` is the moment before the request was sent. A message
/// never contains one of `secrets`.
///
/// # Errors
/// [`NoToken`] if it has no usable token.
pub fn parse_token(
    response: &Response,
    response_format: &ResponseFormat,
    requested_at: Timestamp,
    secrets: &[Secret],
) -> Result<Token, NoToken> {
    let mut body = parse_success(response, response_format, requested_at, secrets)?;
    let token = token_from_body(response, &body, response_format, requested_at, secrets);
    wipe(&mut body);
    token
}

/// The JSON of a successful response.
///
/// # Errors
/// [`NoToken`] for an error response or a body that is not JSON.
pub fn parse_success(
    response: &Response,
    response_format: &ResponseFormat,
    requested_at: Timestamp,
    secrets: &[Secret],
) -> Result<Value, NoToken> {
    let mut body = serde_json::from_slice::<Value>(strip_bom(response.body.expose())).ok();
    let success = (200..300).contains(&response.status);
    let refuses = body.as_ref().is_some_and(|body| {
        body.get("error").is_some_and(is_error)
            || ["ok", "success"]
                .iter()
                .any(|name| body.get(name) == Some(&Value::Bool(false)))
    });
    if !success || refuses {
        let refusal = parse_refusal(
            response,
            body.as_ref(),
            response_format,
            requested_at,
            secrets,
        );
        body.iter_mut().for_each(wipe);
        return Err(NoToken::Refused(refusal));
    }
    let is_xml = response_format.is_xml() && !response.body.is_empty();
    if let (None, true, Some(text)) = (&body, is_xml, response.body.expose_text()) {
        return Ok(Value::from(text));
    }
    body.ok_or_else(|| {
        let problem = match response.header("content-encoding") {
            _ if response.body.is_empty() => "an empty response",
            // The request does not accept a compressed response.
            Some(encoding) if !encoding.eq_ignore_ascii_case("identity") => {
                "the response is compressed, which was not requested"
            }
            _ => "the response is not JSON",
        };
        NoToken::Nonsense(format!("HTTP {}, {problem}", response.status))
    })
}

fn token_from_body(
    response: &Response,
    body: &Value,
    response_format: &ResponseFormat,
    requested_at: Timestamp,
    secrets: &[Secret],
) -> Result<Token, NoToken> {
    let unusable = |why: &str| NoToken::Unusable(format!("HTTP {}, {why}", response.status));
    if let Some(kind) = body.get("token_type").filter(|kind| !kind.is_null())
        && !token_type::is_accepted(kind, &response_format.token_types)
    {
        let may_be_named = kind
            .as_str()
            .is_some_and(|kind| !needs_proof(kind) && !is_not_applicable(kind));
        let kind = kind.as_str().unwrap_or("not a string");
        let kind = single_line_without_secrets(
            kind,
            &protected_texts(secrets, Some(body), response_format),
        )
        .map_or_else(|| "withheld".to_owned(), |kind| format!("`{kind}`"));
        let why = format!(
            "HTTP {}, the token's type is {kind}, and only bearer tokens can be handed on",
            response.status
        );
        return Err(NoToken::TokenType(why, may_be_named));
    }
    let access_token = response_format
        .token
        .extract(body)
        .map_err(|why| unusable(&why))?;
    let mut sent = secrets.to_vec();
    sent.push(access_token.secret());
    let expires_at = parse_expiry(
        &response_format.expiry_rules,
        body,
        access_token.expose(),
        requested_at,
        &sent,
    )?;
    let scope = body.get("scope").and_then(Value::as_str).and_then(|scope| {
        single_line_without_secrets(
            scope,
            &protected_texts(secrets, Some(body), response_format),
        )
    });
    let repeats_secret = unverified_claims(access_token.expose()).is_some_and(|claims| {
        let texts = SHOWN_CLAIMS
            .iter()
            .filter_map(|name| error_body::join_texts(claims.get(name)?));
        let texts = texts.map(|text| text.chars().take(MAX_CLAIM_LENGTH).collect::<String>());
        let secrets: Vec<&[u8]> = secrets.iter().map(Secret::expose).collect();
        secret_search::may_contain_secret(&texts.collect::<String>(), &secrets)
    });
    Ok(Token {
        access_token,
        issued_at: requested_at,
        expires_at,
        scope,
        repeats_secret,
    })
}

/// The expiry of a token, if the response has a plausible one.
///
/// # Errors
/// [`NoToken::UnreadableExpiry`] for an expiry in an unknown form.
pub fn parse_expiry(
    rules: &[ExpiryRule],
    body: &Value,
    token: &str,
    requested_at: Timestamp,
    secrets: &[Secret],
) -> Result<Option<Timestamp>, NoToken> {
    match TokenExpiry::from_response(rules, body, token, requested_at) {
        Ok(TokenExpiry::Until(end)) => Ok(Some(end)),
        Ok(TokenExpiry::Never | TokenExpiry::Unknown) => Ok(None),
        Err(why) => {
            let (value, location) = (sanitise(&why.text, secrets), why.location);
            let message = format!("the expiry at `{location}` cannot be read: `{value}`");
            Err(NoToken::UnreadableExpiry(message, why.missing_zone))
        }
    }
}

fn is_error(error: &Value) -> bool {
    !matches!(error, Value::Null | Value::Bool(false)) && error.as_str() != Some("")
}

fn strip_bom(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}

/// The texts that must not be shown: the secrets of the request, and the tokens of the response.
fn protected_texts<'a>(
    secrets: &'a [Secret],
    body: Option<&'a Value>,
    response_format: &ResponseFormat,
) -> Vec<&'a [u8]> {
    const TOKENS: [&str; 4] = ["/access_token", "/refresh_token", "/id_token", "/token"];
    let pointers = response_format.token.pointers().chain(TOKENS);
    let tokens = pointers.filter_map(|pointer| Some(body?.pointer(pointer)?.as_str()?.as_bytes()));
    secrets.iter().map(Secret::expose).chain(tokens).collect()
}

/// The text as one line. `None` if it may contain a part of a secret.
fn single_line_without_secrets(text: &str, protected: &[&[u8]]) -> Option<String> {
    let line = single_line(text);
    (!secret_search::may_contain_secret(&line, protected)).then_some(line)
}

/// Replaces a text that is withheld.
pub const WITHHELD: &str = "(withheld: it may repeat a secret)";

/// Whether a text may contain a part of one of the secrets, in any encoding.
#[must_use]
pub fn may_contain_secret(text: &str, secrets: &[Secret]) -> bool {
    secret_search::may_contain_secret(
        text,
        &protected_texts(secrets, None, &ResponseFormat::without_token(None)),
    )
}

/// Makes a provider's text safe to show: one line of at most 300 characters without control and
/// bidirectional characters and commands of a CI runner. [`WITHHELD`] if it may contain a part of
/// one of the secrets.
#[must_use]
pub fn sanitise(text: &str, secrets: &[Secret]) -> String {
    let line = single_line(text);
    if may_contain_secret(&line, secrets) {
        WITHHELD.to_owned()
    } else {
        line
    }
}
