//! Parses JSON strictly: no repeated members, bounded size and depth.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::map::{Entry, Map};

use super::node::{SpecError, printable};
use super::numbers;

/// The maximum size of a spec in bytes.
pub const MAX_SPEC_SIZE: usize = 1 << 20;

/// A JSON value without repeated members.
pub(super) struct Strict(pub(super) Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Strict;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }
            fn visit_bool<E>(self, value: bool) -> Result<Strict, E> {
                Ok(Strict(value.into()))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Strict, E> {
                Ok(Strict(value.into()))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Strict, E> {
                Ok(Strict(value.into()))
            }
            fn visit_f64<E>(self, value: f64) -> Result<Strict, E> {
                Ok(Strict(value.into()))
            }
            fn visit_str<E>(self, value: &str) -> Result<Strict, E> {
                Ok(Strict(value.into()))
            }
            fn visit_string<E>(self, value: String) -> Result<Strict, E> {
                Ok(Strict(value.into()))
            }
            fn visit_unit<E>(self) -> Result<Strict, E> {
                Ok(Strict(Value::Null))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Strict, A::Error> {
                let mut values = Vec::new();
                while let Some(Strict(value)) = items.next_element()? {
                    values.push(value);
                }
                Ok(Strict(values.into()))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Strict, A::Error> {
                let mut members = Map::new();
                while let Some(name) = entries.next_key::<String>()? {
                    let Strict(value) = entries.next_value()?;
                    match members.entry(name) {
                        Entry::Vacant(place) => drop(place.insert(value)),
                        Entry::Occupied(place) => {
                            return Err(de::Error::custom(format!(
                                "member `{}` comes twice",
                                printable(place.key())
                            )));
                        }
                    }
                }
                Ok(Strict(members.into()))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// Parses JSON text.
///
/// # Errors
/// [`SpecError`] with the line and column, for invalid JSON, a repeated member, a depth of more
/// than 128, more than 1 MiB, or a number that would lose digits.
pub fn parse(text: &[u8]) -> Result<Value, SpecError> {
    if text.len() > MAX_SPEC_SIZE {
        return Err(SpecError::new("", "the spec is larger than 1 MiB"));
    }
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    if text.iter().all(u8::is_ascii_whitespace) {
        return Err(SpecError::new("", "the spec is empty")
            .hint("a spec is one JSON object; `keyfob providers NAME` shows its members"));
    }
    // UTF-8 is validated once for the whole text: `from_slice` would validate each string, which
    // slows a cache hit.
    let read = match std::str::from_utf8(text) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_slice(text),
    };
    match read {
        Ok(Strict(value)) if numbers::has_fraction(&value) => {
            numbers::check_precision(text).map(|()| value)
        }
        Ok(Strict(value)) => Ok(value),
        Err(why) => Err(SpecError::new(
            "",
            format!("the spec is not valid JSON: {why}"),
        )),
    }
}
