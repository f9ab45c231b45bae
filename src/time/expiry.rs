//! Where an answer says when its token ends: rules that a spec writes as data.
//!
//! One rule is one JSON object, the rules of a provider are a list (RFC 6901 names the places, <https://www.rfc-editor.org/rfc/rfc6901>):
//! `[{"seconds": "/expires_in"}, {"jwt": "token"}, {"constant": 1800}]`.
//! Strict to who writes a rule: unknown or repeated members, two rules in one object and broken pointers are errors.
//! Never looks at an answer: `life` does.

use std::fmt;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::LONGEST;

/// One place where the end of a token may be read. Strings are JSON pointers into the answer unless said otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub enum Expiry {
    /// `{"seconds": "/expires_in"}`: seconds of life from the moment of asking (RFC 6749 §5.1). With
    /// `"relative_to": "/issued_at"` from the date there, if that is earlier.
    Seconds {
        /// Where the seconds stand.
        at: String,
        /// Where the date stands from which they count.
        relative_to: Option<String>,
    },
    /// `{"epoch": "/expires_on"}`: Unix seconds or milliseconds; `null` and -1 are never.
    Epoch(String),
    /// `{"date": "/expires_at"}`: a date in any form that [`super::Timestamp::parse_date`] reads; `null` is never.
    Date {
        /// Where the date stands.
        at: String,
        /// `"zone": "utc"`: a time of day without a zone is UTC.
        utc: bool,
    },
    /// `{"element": "Expiration"}`: a date in the first XML element of this name, where the answer is text.
    Element {
        /// The element's name without prefix.
        name: String,
        /// As with a date.
        utc: bool,
    },
    /// `{"jwt": "token"}`: the claim `exp` of the token itself (RFC 7519 §4.1.4), its signature not verified.
    Jwt,
    /// `{"constant": 1800}`: seconds of life from the moment of asking, from the provider's documentation or as
    /// requested. Counts only where no other rule of the list finds anything.
    Constant(u64),
    /// `{"never": true}`: such tokens have no end. Counts only where no other rule of the list finds anything.
    Never,
    /// `{"sources": true}`: with the first of the tokens of other specs that the request was made with, or earlier where
    /// another rule says so.
    Sources,
}

/// A rule as JSON has it.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Written {
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    relative_to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    epoch: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    element: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    zone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jwt: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    constant: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    never: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sources: Option<bool>,
}

/// Why a JSON object is no expiry rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidExpiryRule {
    /// None or several of the rules in one object.
    NotOne,
    /// A place that is no JSON pointer.
    Pointer,
    /// `relative_to` beside another rule than `seconds`.
    RelativeTo,
    /// `zone` beside another rule than `date` and `element`, or another than `utc`.
    Zone,
    /// An XML element without a name, or with a prefix or brackets.
    Element,
    /// `jwt` with another word than `token`.
    Jwt,
    /// A constant that is no whole number of seconds between one and ten years.
    Constant,
    /// `never` with another value than `true`.
    Never,
    /// `sources` with another value than `true`.
    Sources,
}

impl fmt::Display for InvalidExpiryRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotOne => {
                "an expiry rule has exactly one of `seconds`, `epoch`, `date`, `element`, `jwt`, `constant`, `never`, `sources`"
            }
            Self::Pointer => {
                "an expiry rule names its place as a JSON pointer: it begins with `/`, and `~` is written `~0`"
            }
            Self::RelativeTo => "`relative_to` goes with `seconds` only",
            Self::Zone => "`zone` goes with `date` and `element` only, and takes `utc`",
            Self::Element => "`element` takes the bare name of an XML element",
            Self::Jwt => "`jwt` takes the word `token`",
            Self::Constant => "`constant` takes whole seconds, at least 1 and at most ten years",
            Self::Never => "`never` takes `true`",
            Self::Sources => "`sources` takes `true`",
        })
    }
}

impl std::error::Error for InvalidExpiryRule {}

impl TryFrom<Written> for Expiry {
    type Error = InvalidExpiryRule;

    fn try_from(written: Written) -> Result<Self, InvalidExpiryRule> {
        let relative_to = written.relative_to.map(pointer).transpose()?;
        let relative = relative_to.is_some();
        let utc = written.zone.is_some();
        if written.zone.is_some_and(|zone| zone != "utc") {
            return Err(InvalidExpiryRule::Zone);
        }
        let rules = [
            written.seconds.map(|at| {
                Ok(Self::Seconds {
                    at: pointer(at)?,
                    relative_to,
                })
            }),
            written.epoch.map(|at| pointer(at).map(Self::Epoch)),
            written
                .date
                .map(|at| pointer(at).map(|at| Self::Date { at, utc })),
            written
                .element
                .map(|name| element(name).map(|name| Self::Element { name, utc })),
            written.jwt.map(|what| {
                if what == "token" {
                    Ok(Self::Jwt)
                } else {
                    Err(InvalidExpiryRule::Jwt)
                }
            }),
            written.constant.map(|value| {
                constant(&value)
                    .map(Self::Constant)
                    .ok_or(InvalidExpiryRule::Constant)
            }),
            written.never.map(|never| {
                if never {
                    Ok(Self::Never)
                } else {
                    Err(InvalidExpiryRule::Never)
                }
            }),
            written.sources.map(|sources| {
                if sources {
                    Ok(Self::Sources)
                } else {
                    Err(InvalidExpiryRule::Sources)
                }
            }),
        ];
        let mut rules = rules.into_iter().flatten();
        let (Some(rule), None) = (rules.next(), rules.next()) else {
            return Err(InvalidExpiryRule::NotOne);
        };
        let rule = rule?;
        if utc && !matches!(rule, Self::Date { .. } | Self::Element { .. }) {
            return Err(InvalidExpiryRule::Zone);
        }
        match rule {
            rule @ Self::Seconds { .. } => Ok(rule),
            _ if relative => Err(InvalidExpiryRule::RelativeTo),
            rule => Ok(rule),
        }
    }
}

impl From<Expiry> for Written {
    fn from(rule: Expiry) -> Self {
        let blank = Self::default();
        let zone = |utc: bool| utc.then(|| "utc".to_owned());
        match rule {
            Expiry::Seconds { at, relative_to } => Self {
                seconds: Some(at),
                relative_to,
                ..blank
            },
            Expiry::Epoch(at) => Self {
                epoch: Some(at),
                ..blank
            },
            Expiry::Date { at, utc } => Self {
                date: Some(at),
                zone: zone(utc),
                ..blank
            },
            Expiry::Element { name, utc } => Self {
                element: Some(name),
                zone: zone(utc),
                ..blank
            },
            Expiry::Jwt => Self {
                jwt: Some("token".to_owned()),
                ..blank
            },
            Expiry::Constant(seconds) => Self {
                constant: Some(seconds.into()),
                ..blank
            },
            Expiry::Never => Self {
                never: Some(true),
                ..blank
            },
            Expiry::Sources => Self {
                sources: Some(true),
                ..blank
            },
        }
    }
}

/// RFC 6901 §3: empty, or begins with `/`; `~` only as `~0` and `~1`.
fn pointer(text: String) -> Result<String, InvalidExpiryRule> {
    let begins = text.is_empty() || text.starts_with('/');
    let escapes = text
        .split('~')
        .skip(1)
        .all(|rest| rest.starts_with(['0', '1']));
    if begins && escapes {
        Ok(text)
    } else {
        Err(InvalidExpiryRule::Pointer)
    }
}

fn element(name: String) -> Result<String, InvalidExpiryRule> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    if !name.is_empty() && name.bytes().all(plain) {
        Ok(name)
    } else {
        Err(InvalidExpiryRule::Element)
    }
}

/// Digits in a string count too: a preset's parameters are filled into strings.
fn constant(value: &Value) -> Option<u64> {
    let seconds = match value {
        Value::String(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            text.parse().ok()?
        }
        other => other.as_u64()?,
    };
    (1..=LONGEST.as_secs())
        .contains(&seconds)
        .then_some(seconds)
}

/// One rule, or a list of rules. For `#[serde(deserialize_with = "…")]`.
///
/// # Errors
/// What the deserializer says: [`InvalidExpiryRule`]'s sentences, unknown or repeated members, neither object nor list.
pub fn one_or_more<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Expiry>, D::Error> {
    struct Rules;

    impl<'de> Visitor<'de> for Rules {
        type Value = Vec<Expiry>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an expiry rule or a list of them")
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
            Expiry::deserialize(MapAccessDeserializer::new(map)).map(|rule| vec![rule])
        }

        fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
            Vec::deserialize(SeqAccessDeserializer::new(list))
        }
    }

    deserializer.deserialize_any(Rules)
}
