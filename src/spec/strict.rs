//! JSON text → a value in which no object has a member twice, of bounded size and depth.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::map::{Entry, Map};

use super::node::{SpecError, printable};
use super::numbers;

/// Largest spec that is read, in bytes.
pub const LARGEST: usize = 1 << 20;

/// A JSON value in which no object has a member twice.
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

/// Parses JSON text; the error tells line and column.
///
/// # Errors
/// Not JSON, a member twice, nested deeper than 128, over 1 MiB, or a number that would lose digits.
pub fn parse(text: &[u8]) -> Result<Value, SpecError> {
    if text.len() > LARGEST {
        return Err(SpecError::new("", "the spec is larger than 1 MiB"));
    }
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    if text.iter().all(u8::is_ascii_whitespace) {
        return Err(SpecError::new("", "the spec is empty")
            .hint("a spec is one JSON object; `keyfob providers` shows what goes into it"));
    }
    // Checked once as a whole: from bytes, each string would be checked by itself, which a hit can tell.
    let read = match std::str::from_utf8(text) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_slice(text),
    };
    match read {
        Ok(Strict(value)) if numbers::has_fraction(&value) => {
            numbers::all_kept(text).map(|()| value)
        }
        Ok(Strict(value)) => Ok(value),
        Err(why) => Err(SpecError::new(
            "",
            format!("the spec is no valid JSON: {why}"),
        )),
    }
}
