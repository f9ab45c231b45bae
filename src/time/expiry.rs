//! Expiry rules: a spec says in JSON where a response holds the expiry of its token.
//!
//! `expires` is a rule or a list of rules, with JSON pointers (RFC 6901) as locations:
//! `[{"seconds": "/expires_in"}, {"jwt": "token"}]`. Unknown members are errors.

use std::fmt;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::MAX_LIFETIME;

/// One location of a token's expiry. Strings are JSON pointers into the response by default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "ExpiryRuleJson", into = "ExpiryRuleJson")]
pub enum ExpiryRule {
    /// `{"seconds": "/expires_in"}`: seconds from the request to the expiry (RFC 6749 §5.1). With
    /// `"relative_to": "/issued_at"` they count from that date if it is earlier.
    Seconds {
        /// Pointer to the seconds.
        at: String,
        /// Pointer to the date from which they count.
        relative_to: Option<String>,
    },
    /// `{"epoch": "/expires_on"}`: Unix seconds or milliseconds; `null` and -1 mean never.
    Epoch(String),
    /// `{"date": "/expires_at"}`: a date in any form that [`super::Timestamp::parse_date`] accepts;
    /// `null` means never.
    Date {
        /// Pointer to the date.
        at: String,
        /// `"zone": "utc"`: a time without a zone is UTC.
        utc: bool,
    },
    /// `{"element": "Expiration"}`: the earliest date in the XML elements of this name.
    Element {
        /// Name without a namespace prefix.
        name: String,
        /// As in `Date`.
        utc: bool,
    },
    /// `{"jwt": "token"}`: the claim `exp` of the token itself (RFC 7519 §4.1.4). The signature is
    /// not verified.
    Jwt,
    /// `{"constant": 1800}`: seconds from the request to the expiry. Used only if no other rule of
    /// the list finds a value.
    Constant(u64),
    /// `{"never": true}`: such tokens do not expire. Used only if no other rule of the list finds a
    /// value.
    Never,
    /// `{"sources": true}`: the token expires with the first of the other specs' tokens in the
    /// request, or earlier if another rule says so.
    Sources,
}

/// The JSON form of a rule.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ExpiryRuleJson {
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

/// Why a JSON object is not an expiry rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidExpiryRule {
    /// No rule or more than one rule in an object.
    NotOne,
    /// A location that is not a JSON pointer.
    Pointer,
    /// `relative_to` with a rule other than `seconds`.
    RelativeTo,
    /// `zone` with a rule other than `date` and `element`, or with a value other than `utc`.
    Zone,
    /// An XML element without a name, or with a prefix or brackets.
    Element,
    /// `jwt` with a value other than `token`.
    Jwt,
    /// A constant that is not a whole number of seconds from 1 to ten years.
    Constant,
    /// `never` with a value other than `true`.
    Never,
    /// `sources` with a value other than `true`.
    Sources,
}

impl fmt::Display for InvalidExpiryRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotOne => {
                "an expiry rule has exactly one of `seconds`, `epoch`, `date`, `element`, `jwt`, \
                 `constant`, `never`, `sources`"
            }
            Self::Pointer => "an expiry rule takes a JSON pointer: `/…`, with `~` written `~0`",
            Self::RelativeTo => "`relative_to` goes with `seconds` only",
            Self::Zone => "`zone` goes with `date` and `element` only, and takes `utc`",
            Self::Element => "`element` takes the bare name of an XML element",
            Self::Jwt => "`jwt` takes `token`",
            Self::Constant => "`constant` takes whole seconds, at least 1 and at most ten years",
            Self::Never => "`never` takes `true`",
            Self::Sources => "`sources` takes `true`",
        })
    }
}

impl std::error::Error for InvalidExpiryRule {}

impl TryFrom<ExpiryRuleJson> for ExpiryRule {
    type Error = InvalidExpiryRule;

    fn try_from(json: ExpiryRuleJson) -> Result<Self, InvalidExpiryRule> {
        let relative_to = json.relative_to.map(parse_pointer).transpose()?;
        let relative = relative_to.is_some();
        let utc = json.zone.is_some();
        if json.zone.is_some_and(|zone| zone != "utc") {
            return Err(InvalidExpiryRule::Zone);
        }
        let rules = [
            json.seconds.map(|at| {
                Ok(Self::Seconds {
                    at: parse_pointer(at)?,
                    relative_to,
                })
            }),
            json.epoch.map(|at| parse_pointer(at).map(Self::Epoch)),
            json.date
                .map(|at| parse_pointer(at).map(|at| Self::Date { at, utc })),
            json.element
                .map(|name| parse_element(name).map(|name| Self::Element { name, utc })),
            json.jwt.map(|subject| {
                if subject == "token" {
                    Ok(Self::Jwt)
                } else {
                    Err(InvalidExpiryRule::Jwt)
                }
            }),
            json.constant.map(|value| {
                parse_constant(&value)
                    .map(Self::Constant)
                    .ok_or(InvalidExpiryRule::Constant)
            }),
            json.never.map(|never| {
                if never {
                    Ok(Self::Never)
                } else {
                    Err(InvalidExpiryRule::Never)
                }
            }),
            json.sources.map(|sources| {
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

impl From<ExpiryRule> for ExpiryRuleJson {
    fn from(rule: ExpiryRule) -> Self {
        let blank = Self::default();
        let zone = |utc: bool| utc.then(|| "utc".to_owned());
        match rule {
            ExpiryRule::Seconds { at, relative_to } => Self {
                seconds: Some(at),
                relative_to,
                ..blank
            },
            ExpiryRule::Epoch(at) => Self {
                epoch: Some(at),
                ..blank
            },
            ExpiryRule::Date { at, utc } => Self {
                date: Some(at),
                zone: zone(utc),
                ..blank
            },
            ExpiryRule::Element { name, utc } => Self {
                element: Some(name),
                zone: zone(utc),
                ..blank
            },
            ExpiryRule::Jwt => Self {
                jwt: Some("token".to_owned()),
                ..blank
            },
            ExpiryRule::Constant(seconds) => Self {
                constant: Some(seconds.into()),
                ..blank
            },
            ExpiryRule::Never => Self {
                never: Some(true),
                ..blank
            },
            ExpiryRule::Sources => Self {
                sources: Some(true),
                ..blank
            },
        }
    }
}

/// RFC 6901 §3: empty, or begins with `/`; `~` occurs only in `~0` and `~1`.
fn parse_pointer(text: String) -> Result<String, InvalidExpiryRule> {
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

fn parse_element(name: String) -> Result<String, InvalidExpiryRule> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    if !name.is_empty() && name.bytes().all(plain) {
        Ok(name)
    } else {
        Err(InvalidExpiryRule::Element)
    }
}

/// A string of digits is accepted too: a preset's parameters are substituted into strings.
fn parse_constant(value: &Value) -> Option<u64> {
    let seconds = match value {
        Value::String(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            text.parse().ok()?
        }
        other => other.as_u64()?,
    };
    (1..=MAX_LIFETIME.as_secs())
        .contains(&seconds)
        .then_some(seconds)
}

/// Deserializes a rule or a list of rules. For `#[serde(deserialize_with = "…")]`.
///
/// # Errors
/// [`InvalidExpiryRule`] as a deserializer's error, or an error of deserialization.
pub fn deserialize_rules<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<ExpiryRule>, D::Error> {
    struct Rules;

    impl<'de> Visitor<'de> for Rules {
        type Value = Vec<ExpiryRule>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an expiry rule or a list of them")
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
            ExpiryRule::deserialize(MapAccessDeserializer::new(map)).map(|rule| vec![rule])
        }

        fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
            Vec::deserialize(SeqAccessDeserializer::new(list))
        }
    }

    deserializer.deserialize_any(Rules)
}
