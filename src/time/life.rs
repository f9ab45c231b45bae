//! How long a token lives: the rules of its provider read against one answer.
//!
//! Ruled by RFC 6749 §5.1 (<https://www.rfc-editor.org/rfc/rfc6749#section-5.1>), RFC 7519 §4.1.4
//! (<https://www.rfc-editor.org/rfc/rfc7519#section-4.1.4>), and by what providers send instead.
//! Never guesses long: what makes no sense is [`TokenExpiry::Unknown`], and of two ends the earlier counts. Never verifies a
//! JWT, so nothing read here may be a reason to trust a token.

use std::time::Duration;

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;
use serde_json::Value;

use super::{Expiry, LONGEST, Timestamp, xml};

/// From here on a number is milliseconds: as seconds it is the year 5138, as milliseconds 1973.
const MILLISECONDS_FROM: f64 = 1e11;
/// 0001-01-01T00:00:00Z: how Go and .NET write a moment that was never set.
const NEVER_SET: Timestamp = Timestamp::from_unix(-62_135_596_800);

/// When a token ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenExpiry {
    /// At this moment, which may be past: then the token is expired.
    Until(Timestamp),
    /// Not at all, says the provider (or the spec, by the rule `never`).
    Never,
    /// Nobody said, or not in a way that makes sense: to be kept briefly, and no end to be published.
    Unknown,
}

/// What one rule found. In order of precedence, so that of several the least is the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum LoadedSpec {
    Until(Timestamp),
    Nonsense,
    Never,
    Nothing,
}

/// An end that is told in a form that cannot be read: a token with it is not used, since it could be kept for too long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadableExpiry {
    /// Where it stands: a JSON pointer, an element or a claim.
    pub place: String,
    /// What stands there, as it was sent.
    pub found: String,
    /// Whether nothing but a zone lacks.
    pub lacks_zone: bool,
}

/// That a value is there and cannot be read.
struct Unread;

type Reads = Result<LoadedSpec, Unread>;

/// Reads the end of `token` from `answer`; `asked_at` is the moment before the request was sent, in which spans begin.
///
/// Of several rules that find an end, the earliest end counts. `constant` and `never` speak only where all the other
/// rules find nothing at all: a value that makes no sense is not papered over by them.
///
/// # Errors
/// [`UnreadableExpiry`]: the first value that is there and in no form that is known.
pub fn read(
    rules: &[Expiry],
    answer: &Value,
    token: &str,
    asked_at: Timestamp,
) -> Result<TokenExpiry, UnreadableExpiry> {
    let found = rules
        .iter()
        .map(|rule| apply(rule, answer, token, asked_at))
        .collect::<Result<Vec<LoadedSpec>, UnreadableExpiry>>()?;
    let life = match found.into_iter().min().unwrap_or(LoadedSpec::Nothing) {
        LoadedSpec::Until(end) => TokenExpiry::Until(end),
        LoadedSpec::Never => TokenExpiry::Never,
        LoadedSpec::Nonsense => TokenExpiry::Unknown,
        LoadedSpec::Nothing => rules
            .iter()
            .find_map(|rule| fallback(rule, asked_at))
            .unwrap_or(TokenExpiry::Unknown),
    };
    Ok(life)
}

fn apply(
    rule: &Expiry,
    answer: &Value,
    token: &str,
    asked_at: Timestamp,
) -> Result<LoadedSpec, UnreadableExpiry> {
    let at = |pointer: &String, read: &dyn Fn(&Value) -> Reads| match answer.pointer(pointer) {
        None => Ok(LoadedSpec::Nothing),
        Some(value) => read(value).map_err(|Unread| unreadable(pointer, value)),
    };
    let dated = |utc: bool| move |value: &Value| date(value, utc, asked_at);
    match rule {
        Expiry::Seconds {
            at: place,
            relative_to,
        } => {
            let issued_at = match relative_to {
                Some(pointer) if answer.pointer(place).is_some() => at(pointer, &dated(false))?,
                _ => LoadedSpec::Nothing,
            };
            // A later one would only lengthen the life: then one of the two clocks is wrong.
            let from = match issued_at {
                LoadedSpec::Until(issued_at) => issued_at.min(asked_at),
                _ => asked_at,
            };
            at(place, &|value| seconds(value, from))
        }
        Expiry::Epoch(pointer) => at(pointer, &|value| epoch(value, asked_at)),
        Expiry::Date { at: pointer, utc } => at(pointer, &dated(*utc)),
        Expiry::Element { name, utc } => {
            let text = answer.as_str().and_then(|xml| xml::element(xml, name));
            let Some(value) = text.map(Value::from) else {
                return Ok(LoadedSpec::Nothing);
            };
            dated(*utc)(&value).map_err(|Unread| unreadable(name, &value))
        }
        Expiry::Jwt => match exp(token) {
            None => Ok(LoadedSpec::Nothing),
            // No JWT says -1 or null for "never": RFC 7519 leaves the claim out.
            Some(value) => match number(&value) {
                Some(past) if past < 0.0 => Ok(until(past, asked_at)),
                _ => epoch(&value, asked_at)
                    .map(|found| found.min(LoadedSpec::Nonsense))
                    .map_err(|Unread| unreadable("exp", &value)),
            },
        },
        // What the request was made with is not seen here: see `Grant::ends_with_its_sources`.
        Expiry::Constant(_) | Expiry::Never | Expiry::Sources => Ok(LoadedSpec::Nothing),
    }
}

fn unreadable(place: &str, value: &Value) -> UnreadableExpiry {
    let text = value.as_str();
    UnreadableExpiry {
        place: place.to_owned(),
        found: text.map_or_else(|| value.to_string(), str::to_owned),
        lacks_zone: text.is_some_and(|text| Timestamp::parse_date_in_utc(text).is_some()),
    }
}

fn fallback(rule: &Expiry, asked_at: Timestamp) -> Option<TokenExpiry> {
    match rule {
        Expiry::Constant(seconds) => Some(TokenExpiry::Until(
            asked_at.plus(Duration::from_secs(*seconds).min(LONGEST)),
        )),
        Expiry::Never => Some(TokenExpiry::Never),
        _ => None,
    }
}

/// Seconds of life. 0 is no "never" here: some libraries take it so, and keep a dead token for good. Less than 0 is a token that has ended.
fn seconds(value: &Value, from: Timestamp) -> Reads {
    Ok(match number(value) {
        _ if is_absent(value) => LoadedSpec::Nothing,
        None => return Err(Unread),
        Some(seconds) if seconds < 0.0 => LoadedSpec::Until(
            from.minus(Duration::try_from_secs_f64(-seconds).unwrap_or(Duration::MAX)),
        ),
        Some(seconds) if seconds > 0.0 && seconds <= LONGEST.as_secs_f64() => {
            LoadedSpec::Until(from.plus(Duration::from_secs_f64(seconds)))
        }
        Some(_) => LoadedSpec::Nonsense,
    })
}

/// Unix seconds or milliseconds; `null` and -1 are "never", as providers write it who leave no member out. Other numbers below 0 are in the
/// past.
fn epoch(value: &Value, asked_at: Timestamp) -> Reads {
    Ok(match number(value) {
        _ if value.is_null() => LoadedSpec::Never,
        _ if is_absent(value) => LoadedSpec::Nothing,
        None => return Err(Unread),
        Some(-1.0) => LoadedSpec::Never,
        Some(milliseconds) if milliseconds >= MILLISECONDS_FROM => {
            until(milliseconds / 1000.0, asked_at)
        }
        Some(0.0) => LoadedSpec::Nonsense,
        Some(seconds) => until(seconds, asked_at),
    })
}

/// A date, or an epoch where the provider has changed its mind.
fn date(value: &Value, utc: bool, asked_at: Timestamp) -> Reads {
    let parse = |text| {
        let in_utc = || Timestamp::parse_date_in_utc(text).filter(|_| utc);
        Timestamp::parse_date(text).or_else(in_utc)
    };
    match value.as_str().and_then(parse) {
        Some(NEVER_SET) => Ok(LoadedSpec::Nonsense),
        Some(end) => Ok(plausible(end, asked_at)),
        None => epoch(value, asked_at),
    }
}

fn until(unix: f64, asked_at: Timestamp) -> LoadedSpec {
    // A cast to `i64` cuts the fraction off, stops at the largest number, and turns NaN into 0.
    plausible(Timestamp::from_unix(unix as i64), asked_at)
}

/// A past end is plausible: it says that the token is expired.
fn plausible(end: Timestamp, asked_at: Timestamp) -> LoadedSpec {
    if end.since(asked_at) <= LONGEST {
        LoadedSpec::Until(end)
    } else {
        LoadedSpec::Nonsense
    }
}

fn is_absent(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

/// A number, or a string that holds one.
fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::String(text) => {
            // Not `inf` and `NaN`, which `f64` also reads.
            let text = text.trim();
            let is_number =
                !text.contains(|c: char| c.is_ascii_alphabetic() && c != 'e' && c != 'E');
            text.parse().ok().filter(|_| is_number)
        }
        other => other.as_f64(),
    };
    number.map(|number: f64| number + 0.0)
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
