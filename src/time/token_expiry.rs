//! The expiry of a token: the expiry rules of its spec applied to one response.
//!
//! Specified by RFC 6749 §5.1 (<https://www.rfc-editor.org/rfc/rfc6749#section-5.1>), RFC 7519
//! §4.1.4 (<https://www.rfc-editor.org/rfc/rfc7519#section-4.1.4>), and what providers send
//! instead. Never assumes a long lifetime: an implausible value is [`TokenExpiry::Unknown`], and
//! the earliest of several expiries is used. Never verifies a JWT, so its claims do not make the
//! token trustworthy.

use std::time::Duration;

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;
use serde_json::Value;

use super::{ExpiryRule, MAX_LIFETIME, Timestamp, xml};

/// Numbers from here on are milliseconds: in seconds it is the year 5138, in milliseconds 1973.
const MILLISECONDS_FROM: f64 = 1e11;
/// 0001-01-01T00:00:00Z: how Go and .NET write a date that was never set.
const NEVER_SET: Timestamp = Timestamp::from_unix(-62_135_596_800);

/// When a token expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenExpiry {
    /// At this time. The token has expired if it is in the past.
    Until(Timestamp),
    /// The token does not expire, according to the provider or to the spec's rule `never`.
    Never,
    /// The response has no plausible expiry: the token is cached briefly, and no expiry is
    /// published.
    Unknown,
}

/// The result of one rule. The order is the precedence: the least of several results is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum RuleResult {
    Until(Timestamp),
    Implausible,
    Never,
    Absent,
}

/// An expiry in an unknown form. Its token is not used, since it could be cached for too long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadableExpiry {
    /// A JSON pointer, an XML element or a claim.
    pub location: String,
    /// The value as sent.
    pub text: String,
    /// Whether it is a date and time that lacks a zone.
    pub missing_zone: bool,
}

/// A value is present in an unknown form.
struct Unreadable;

impl TokenExpiry {
    /// Reads the expiry of `token` from `response`. Lifetimes count from `requested_at`, the moment
    /// before the request was sent, so that they never come out too long.
    ///
    /// If several rules find an expiry, the earliest is used. `constant` and `never` are used only
    /// if no other rule finds a value, plausible or not: they do not replace an implausible one.
    ///
    /// # Errors
    /// [`UnreadableExpiry`]: the first value in an unknown form.
    pub fn from_response(
        rules: &[ExpiryRule],
        response: &Value,
        token: &str,
        requested_at: Timestamp,
    ) -> Result<Self, UnreadableExpiry> {
        let results = rules
            .iter()
            .map(|rule| apply_rule(rule, response, token, requested_at))
            .collect::<Result<Vec<RuleResult>, UnreadableExpiry>>()?;
        let expiry = match results.into_iter().min().unwrap_or(RuleResult::Absent) {
            RuleResult::Until(expiry) => Self::Until(expiry),
            RuleResult::Never => Self::Never,
            RuleResult::Implausible => Self::Unknown,
            RuleResult::Absent => rules
                .iter()
                .find_map(|rule| fallback(rule, requested_at))
                .unwrap_or(Self::Unknown),
        };
        Ok(expiry)
    }
}

fn apply_rule(
    rule: &ExpiryRule,
    response: &Value,
    token: &str,
    requested_at: Timestamp,
) -> Result<RuleResult, UnreadableExpiry> {
    type Parse<'a> = &'a dyn Fn(&Value) -> Result<RuleResult, Unreadable>;
    let value_at = |pointer: &String, parse: Parse<'_>| match response.pointer(pointer) {
        None => Ok(RuleResult::Absent),
        Some(value) => parse(value).map_err(|Unreadable| unreadable(pointer, value)),
    };
    let date = |utc: bool| move |value: &Value| parse_date(value, utc, requested_at);
    match rule {
        ExpiryRule::Seconds {
            at: location,
            relative_to,
        } => {
            let issued_at = match relative_to {
                Some(pointer) if response.pointer(location).is_some() => {
                    value_at(pointer, &date(false))?
                }
                _ => RuleResult::Absent,
            };
            // A date after the request would only lengthen the lifetime: one of the two clocks is
            // wrong.
            let from = match issued_at {
                RuleResult::Until(issued_at) => issued_at.min(requested_at),
                _ => requested_at,
            };
            value_at(location, &|value| parse_lifetime(value, from))
        }
        ExpiryRule::Epoch(pointer) => value_at(pointer, &|value| parse_epoch(value, requested_at)),
        ExpiryRule::Date { at: pointer, utc } => value_at(pointer, &date(*utc)),
        // The earliest of several elements.
        ExpiryRule::Element { name, utc } => xml::elements(response, name)
            .into_iter()
            .map(|value| date(*utc)(value).map_err(|Unreadable| unreadable(name, value)))
            .try_fold(RuleResult::Absent, |least, result| Ok(least.min(result?))),
        ExpiryRule::Jwt => match jwt_exp(token) {
            None => Ok(RuleResult::Absent),
            // A negative `exp` does not mean never: a JWT that does not expire has no `exp` (RFC
            // 7519 §4.1.4).
            Some(value) => match parse_number(&value) {
                Some(past) if past < 0.0 => Ok(until_unix(past, requested_at)),
                _ => parse_epoch(&value, requested_at)
                    .map(|expiry| expiry.min(RuleResult::Implausible))
                    .map_err(|Unreadable| unreadable("exp", &value)),
            },
        },
        // The response does not show the sources' expiry: see `Grant::expires_with_sources`.
        ExpiryRule::Constant(_) | ExpiryRule::Never | ExpiryRule::Sources => Ok(RuleResult::Absent),
    }
}

fn unreadable(location: &str, value: &Value) -> UnreadableExpiry {
    let text = value.as_str();
    let shown = || match value {
        // It may hold a key beside the token.
        Value::Object(_) => "an object".to_owned(),
        value => value.to_string(),
    };
    UnreadableExpiry {
        location: location.to_owned(),
        text: text.map_or_else(shown, str::to_owned),
        missing_zone: text.is_some_and(|text| Timestamp::parse_date_in_utc(text).is_some()),
    }
}

fn fallback(rule: &ExpiryRule, requested_at: Timestamp) -> Option<TokenExpiry> {
    match rule {
        ExpiryRule::Constant(seconds) => Some(TokenExpiry::Until(
            requested_at.plus(Duration::from_secs(*seconds).min(MAX_LIFETIME)),
        )),
        ExpiryRule::Never => Some(TokenExpiry::Never),
        _ => None,
    }
}

/// Seconds to the expiry. 0 does not mean never here, though some libraries take it so and keep an
/// expired token for good. A negative number is a token that has expired.
fn parse_lifetime(value: &Value, from: Timestamp) -> Result<RuleResult, Unreadable> {
    Ok(match parse_number(value) {
        _ if is_absent(value) => RuleResult::Absent,
        None => return Err(Unreadable),
        Some(seconds) if seconds < 0.0 => RuleResult::Until(
            from.minus(Duration::try_from_secs_f64(-seconds).unwrap_or(Duration::MAX)),
        ),
        Some(seconds) if seconds > 0.0 && seconds <= MAX_LIFETIME.as_secs_f64() => {
            RuleResult::Until(from.plus(Duration::from_secs_f64(seconds)))
        }
        Some(_) => RuleResult::Implausible,
    })
}

/// Unix seconds or milliseconds. `null` and -1 mean never: some providers write so instead of
/// leaving the member out. Other negative numbers are in the past.
fn parse_epoch(value: &Value, requested_at: Timestamp) -> Result<RuleResult, Unreadable> {
    Ok(match parse_number(value) {
        _ if value.is_null() => RuleResult::Never,
        _ if is_absent(value) => RuleResult::Absent,
        None => return Err(Unreadable),
        Some(-1.0) => RuleResult::Never,
        Some(milliseconds) if milliseconds >= MILLISECONDS_FROM => {
            until_unix(milliseconds / 1000.0, requested_at)
        }
        Some(0.0) => RuleResult::Implausible,
        Some(seconds) => until_unix(seconds, requested_at),
    })
}

/// A date, or an epoch if the provider has changed the format.
fn parse_date(value: &Value, utc: bool, requested_at: Timestamp) -> Result<RuleResult, Unreadable> {
    let parse = |text| {
        let in_utc = || Timestamp::parse_date_in_utc(text).filter(|_| utc);
        Timestamp::parse_date(text).or_else(in_utc)
    };
    match value.as_str().and_then(parse) {
        Some(NEVER_SET) => Ok(RuleResult::Implausible),
        Some(end) => Ok(until_if_plausible(end, requested_at)),
        None => parse_epoch(value, requested_at),
    }
}

fn until_unix(unix: f64, requested_at: Timestamp) -> RuleResult {
    // A cast to `i64` truncates, saturates, and turns NaN into 0.
    until_if_plausible(Timestamp::from_unix(unix as i64), requested_at)
}

/// A past expiry is plausible: the token has expired.
fn until_if_plausible(end: Timestamp, requested_at: Timestamp) -> RuleResult {
    if end.since(requested_at) <= MAX_LIFETIME {
        RuleResult::Until(end)
    } else {
        RuleResult::Implausible
    }
}

fn is_absent(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

/// A number, or a string of one.
fn parse_number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::String(text) => {
            // `f64` would also parse `inf` and `NaN`.
            let text = text.trim();
            let is_number =
                !text.contains(|c: char| c.is_ascii_alphabetic() && c != 'e' && c != 'E');
            text.parse().ok().filter(|_| is_number)
        }
        other => other.as_f64(),
    };
    number.map(|number: f64| number + 0.0)
}

/// The claim `exp` of a JWT. Accepts padding and trailing bits, which RFC 7515 forbids.
fn jwt_exp(token: &str) -> Option<Value> {
    #[derive(Deserialize)]
    struct Claims {
        exp: Option<Value>,
    }
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &URL_SAFE,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true),
    );

    let mut parts = token.split('.');
    let (_header, Some(claims), Some(_signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    serde_json::from_slice::<Claims>(&LENIENT.decode(claims).ok()?)
        .ok()?
        .exp
}
