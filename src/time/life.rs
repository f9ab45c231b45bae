//! How long a token lives: the rules of its provider read against one answer.
//!
//! Ruled by RFC 6749 §5.1 (<https://www.rfc-editor.org/rfc/rfc6749#section-5.1>), RFC 7519 §4.1.4
//! (<https://www.rfc-editor.org/rfc/rfc7519#section-4.1.4>), and by what providers send instead.
//! Never guesses long: what makes no sense is [`Life::Unknown`], and of two ends the earlier counts. Never verifies a
//! JWT, so nothing read here may be a reason to trust a token.

use std::time::Duration;

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;
use serde_json::Value;

use super::{Expiry, LONGEST, Timestamp};

/// From here on a number is milliseconds: as seconds it is the year 5138, as milliseconds 1973.
const MILLISECONDS_FROM: f64 = 1e11;
/// 0001-01-01T00:00:00Z: how Go and .NET write a moment that was never set.
const NEVER_SET: Timestamp = Timestamp::from_unix(-62_135_596_800);

/// When a token ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// At this moment, which may be past: then the token is expired.
    Until(Timestamp),
    /// Not at all, says the provider (or the spec, by the rule `never`).
    Never,
    /// Nobody said, or not in a way that makes sense: to be kept briefly, and no end to be published.
    Unknown,
}

/// What one rule found. In order of precedence, so that of several the least is the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Found {
    Until(Timestamp),
    Nonsense,
    Never,
    Nothing,
}

/// Reads the end of `token` from `answer`; `asked_at` is the moment before the request was sent, in which spans begin.
///
/// Of several rules that find an end, the earliest end counts. `constant` and `never` speak only where all the other
/// rules find nothing at all: a value that makes no sense is not papered over by them.
#[must_use]
pub fn read(rules: &[Expiry], answer: &Value, token: &str, asked_at: Timestamp) -> Life {
    let found = rules
        .iter()
        .map(|rule| apply(rule, answer, token, asked_at))
        .min();
    match found.unwrap_or(Found::Nothing) {
        Found::Until(end) => Life::Until(end),
        Found::Never => Life::Never,
        Found::Nonsense => Life::Unknown,
        Found::Nothing => rules
            .iter()
            .find_map(|rule| fallback(rule, asked_at))
            .unwrap_or(Life::Unknown),
    }
}

fn apply(rule: &Expiry, answer: &Value, token: &str, asked_at: Timestamp) -> Found {
    let look = |pointer: &String, reads: fn(&Value, Timestamp) -> Found| {
        answer
            .pointer(pointer)
            .map_or(Found::Nothing, |value| reads(value, asked_at))
    };
    match rule {
        Expiry::Seconds { at, relative_to } => {
            let issued_at = relative_to.as_ref().map(|pointer| look(pointer, date));
            match (answer.pointer(at), issued_at) {
                // A later one would only lengthen the life: then one of the two clocks is wrong.
                (Some(value), Some(Found::Until(issued_at))) => {
                    seconds(value, issued_at.min(asked_at))
                }
                (Some(value), _) => seconds(value, asked_at),
                (None, _) => Found::Nothing,
            }
        }
        Expiry::Epoch(pointer) => look(pointer, epoch),
        Expiry::Date(pointer) => look(pointer, date),
        Expiry::Element(name) => {
            let text = answer.as_str().and_then(|xml| element(xml, name));
            text.map_or(Found::Nothing, |text| date(&Value::from(text), asked_at))
        }
        Expiry::Jwt => match exp(token) {
            // No JWT says -1 or null for "never": RFC 7519 leaves the claim out.
            Some(value) => epoch(&value, asked_at).min(Found::Nonsense),
            None => Found::Nothing,
        },
        // What the request was made with is not seen here: see `Grant::ends_with_its_sources`.
        Expiry::Constant(_) | Expiry::Never | Expiry::Sources => Found::Nothing,
    }
}

fn fallback(rule: &Expiry, asked_at: Timestamp) -> Option<Life> {
    match rule {
        Expiry::Constant(seconds) => Some(Life::Until(
            asked_at.plus(Duration::from_secs(*seconds).min(LONGEST)),
        )),
        Expiry::Never => Some(Life::Never),
        _ => None,
    }
}

/// Seconds of life. 0 and -1 are no "never" here: some libraries take 0 so, and keep a dead token for good.
fn seconds(value: &Value, from: Timestamp) -> Found {
    match number(value) {
        _ if is_absent(value) => Found::Nothing,
        Some(seconds) if seconds > 0.0 && seconds <= LONGEST.as_secs_f64() => {
            Found::Until(from.plus(Duration::from_secs_f64(seconds)))
        }
        _ => Found::Nonsense,
    }
}

/// Unix seconds or milliseconds; `null` and -1 are "never", as providers write it who leave no member out.
fn epoch(value: &Value, asked_at: Timestamp) -> Found {
    match number(value) {
        _ if value.is_null() => Found::Never,
        _ if is_absent(value) => Found::Nothing,
        Some(-1.0) => Found::Never,
        Some(milliseconds) if milliseconds >= MILLISECONDS_FROM => {
            until(milliseconds / 1000.0, asked_at)
        }
        Some(seconds) if seconds > 0.0 => until(seconds, asked_at),
        _ => Found::Nonsense,
    }
}

/// A date, or an epoch where the provider has changed its mind.
fn date(value: &Value, asked_at: Timestamp) -> Found {
    match value.as_str().and_then(Timestamp::parse_date) {
        Some(NEVER_SET) => Found::Nonsense,
        Some(end) => plausible(end, asked_at),
        None => epoch(value, asked_at),
    }
}

fn until(unix: f64, asked_at: Timestamp) -> Found {
    // A cast to `i64` cuts the fraction off, stops at the largest number, and turns NaN into 0.
    plausible(Timestamp::from_unix(unix as i64), asked_at)
}

/// A past end is plausible: it says that the token is expired.
fn plausible(end: Timestamp, asked_at: Timestamp) -> Found {
    if end.since(asked_at) <= LONGEST {
        Found::Until(end)
    } else {
        Found::Nonsense
    }
}

fn is_absent(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

/// A number, or a string that holds one.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_f64(),
    }
}

/// The text right behind the first start tag of this name, whatever its prefix and attributes.
fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    xml.split('<').find_map(|piece| {
        let (tag, text) = piece.split_once('>')?;
        let tag = tag.split_ascii_whitespace().next()?;
        let local = tag.split_once(':').map_or(tag, |(_, local)| local);
        (local == name).then_some(text)
    })
}

/// The claim `exp` of a JWT; padding and stray last bits, which RFC 7515 forbids, are forgiven.
fn exp(token: &str) -> Option<Value> {
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
