//! Parses a provider's response: a token, an error, or an unusable response.
//!
//! Any 2xx with the token is a success, except with an `error`, which some servers send with 200.
//! An error is shown in one line: status, the provider's code and message, the request id. Never
//! shows the body, or a text that may contain a part of a secret.

mod body;
mod claims;
mod decode;
mod error_body;
mod limit;
mod location;
mod refusal;
mod requirement;
mod secret_search;
mod single_line;
mod token_location;
mod token_type;

pub use body::parse_success;
pub use claims::{MAX_CLAIM_LENGTH, SHOWN_CLAIMS, unverified_claims};
pub use limit::Limit;
pub use location::{Location, read_username};
use refusal::parse_refusal;
pub use refusal::{Refusal, RefusalKind};
pub use requirement::{Requirement, Test};
pub use secret_search::may_contain_secret;
pub use single_line::single_line;
pub use token_location::TokenLocation;
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
    /// The location of the user name, if it is in the response.
    pub username: Option<Location>,
    /// The rules for its expiry.
    pub expiry_rules: Vec<ExpiryRule>,
    /// A header field with the seconds to wait before a retry, besides `Retry-After`.
    pub retry_header: Option<String>,
    /// Error responses that mean a limit is reached.
    pub limits: Vec<Limit>,
    /// What `token_type` may be besides bearer.
    pub token_types: Vec<String>,
    /// What else has to hold of a response with a token.
    pub require: Vec<Requirement>,
}

impl ResponseFormat {
    /// The format of a response that has no token.
    #[must_use]
    pub fn without_token(retry_header: Option<&str>) -> Self {
        Self {
            token: TokenLocation::At(Location::Pointer(String::new())),
            username: None,
            expiry_rules: Vec::new(),
            retry_header: retry_header.map(str::to_owned),
            limits: Vec::new(),
            token_types: Vec::new(),
            require: Vec::new(),
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
    /// A success without a usable user name, which the spec reads from it; the reason.
    NoUsername(String),
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

fn token_from_body(
    response: &Response,
    body: &Value,
    response_format: &ResponseFormat,
    requested_at: Timestamp,
    secrets: &[Secret],
) -> Result<Token, NoToken> {
    let unusable = |why: &str| NoToken::Unusable(format!("HTTP {}, {why}", response.status));
    if let Some(why) = Requirement::broken(&response_format.require, response, body, None) {
        return Err(NoToken::Vetoed(why.to_owned()));
    }
    let mut protected = protected_texts(secrets, response, Some(body), response_format);
    if let Some(kind) = body.get("token_type").filter(|kind| !kind.is_null())
        && !token_type::is_accepted(kind, &response_format.token_types)
    {
        let may_be_named = kind
            .as_str()
            .is_some_and(|kind| !needs_proof(kind) && !is_not_applicable(kind));
        let kind = kind.as_str().unwrap_or("not a string");
        let kind = single_line_without_secrets(kind, &protected)
            .map_or_else(|| "withheld".to_owned(), |kind| format!("`{kind}`"));
        let why = format!(
            "HTTP {}, the token's type is {kind}, and only bearer tokens can be handed on",
            response.status
        );
        return Err(NoToken::TokenType(why, may_be_named));
    }
    let (access_token, user) = response_format
        .token
        .extract(response, body)
        .map_err(|why| unusable(&why))?;
    let username = match &response_format.username {
        Some(location) => Some(read_username(location, response, body)?),
        None => user,
    };
    protected.push(access_token.secret());
    let expires_at = parse_expiry(
        &response_format.expiry_rules,
        body,
        access_token.expose(),
        requested_at,
        &protected,
    )?;
    let scope = body.get("scope").and_then(Value::as_str);
    let scope = scope.and_then(|scope| single_line_without_secrets(scope, &protected));
    let repeats_secret = unverified_claims(access_token.expose()).is_some_and(|claims| {
        let texts = SHOWN_CLAIMS
            .iter()
            .filter_map(|name| error_body::join_texts(claims.get(name)?));
        let texts = texts.map(|text| text.chars().take(MAX_CLAIM_LENGTH).collect::<String>());
        may_contain_secret(&texts.collect::<String>(), secrets)
    });
    Ok(Token {
        access_token,
        issued_at: requested_at,
        expires_at,
        scope,
        username,
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

/// The texts that must not be shown: the secrets of the request, and the tokens of the response.
fn protected_texts(
    secrets: &[Secret],
    response: &Response,
    body: Option<&Value>,
    response_format: &ResponseFormat,
) -> Vec<Secret> {
    const TOKENS: [&str; 4] = ["/access_token", "/refresh_token", "/id_token", "/token"];
    let mut protected = secrets.to_vec();
    let tokens = TOKENS.iter().filter_map(|at| body?.pointer(at)?.as_str());
    protected.extend(tokens.map(|token| Secret::from(token.to_owned())));
    for location in response_format.token.locations() {
        location.add_secrets(response, body, &mut protected);
    }
    protected
}

/// The text as one line. `None` if it may contain a part of a secret.
fn single_line_without_secrets(text: &str, protected: &[Secret]) -> Option<String> {
    let line = single_line(text);
    (!may_contain_secret(&line, protected)).then_some(line)
}

/// Replaces a text that is withheld.
pub const WITHHELD: &str = "(withheld: it may repeat a secret)";

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
