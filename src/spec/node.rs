//! A spec's JSON with the place of each value, read strictly: a member that nobody takes is an error, and so is one that comes twice.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::target::Endpoint;

/// What is wrong with a spec, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecError {
    /// JSON pointer (RFC 6901) to the member; empty for the whole.
    pub at: String,
    /// What is wrong with it.
    pub problem: String,
    /// What to write instead.
    pub hint: Option<String>,
}

impl SpecError {
    /// An error at a place.
    pub fn new(at: &str, problem: impl Into<String>) -> Self {
        Self {
            at: at.to_owned(),
            problem: problem.into(),
            hint: None,
        }
    }

    /// The same with what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.at.is_empty() {
            f.write_str(&self.problem)
        } else {
            write!(f, "`{}`: {}", self.at, self.problem)
        }
    }
}

/// Largest spec that is read, in bytes.
pub const LARGEST: usize = 1 << 20;

/// A JSON value in which no object has a member twice.
struct Strict(Value);

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
                    if members.contains_key(&name) {
                        return Err(de::Error::custom(format!(
                            "member `{}` comes twice",
                            printable(&name)
                        )));
                    }
                    members.insert(name, value);
                }
                Ok(Strict(members.into()))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// A member's name as it may be shown: short, without control characters.
pub(super) fn printable(name: &str) -> String {
    name.chars()
        .take(64)
        .map(|c| if c.is_control() { '?' } else { c })
        .collect()
}

/// Parses JSON text; the error tells line and column.
///
/// # Errors
/// Not JSON, a member twice, nested deeper than 128, or over 1 MiB.
pub fn parse(text: &[u8]) -> Result<Value, SpecError> {
    if text.len() > LARGEST {
        return Err(SpecError::new("", "the spec is larger than 1 MiB"));
    }
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    if text.iter().all(u8::is_ascii_whitespace) {
        return Err(SpecError::new("", "the spec is empty")
            .hint("a spec is one JSON object; `keyfob providers` shows what goes into it"));
    }
    match serde_json::from_slice(text) {
        Ok(Strict(value)) => Ok(value),
        Err(why) => Err(SpecError::new(
            "",
            format!("the spec is no valid JSON: {why}"),
        )),
    }
}

/// A value and its place.
#[derive(Debug, Clone, Copy)]
pub struct Node<'a> {
    at: &'a str,
    value: &'a Value,
}

/// An owned place, for a child node.
pub struct Child<'a> {
    at: String,
    value: &'a Value,
}

impl Child<'_> {
    /// Borrows it as a node.
    #[must_use]
    pub fn node(&self) -> Node<'_> {
        Node {
            at: &self.at,
            value: self.value,
        }
    }
}

impl<'a> Node<'a> {
    /// The whole document.
    #[must_use]
    pub fn root(value: &'a Value) -> Self {
        Self { at: "", value }
    }

    /// The value.
    #[must_use]
    pub fn value(&self) -> &'a Value {
        self.value
    }

    /// An error here.
    pub fn error(&self, problem: impl Into<String>) -> SpecError {
        SpecError::new(self.at, problem)
    }

    fn wrong(&self, wanted: &str) -> SpecError {
        let got = match self.value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "an array",
            Value::Object(_) => "an object",
        };
        self.error(format!("{wanted} is wanted here, not {got}"))
    }

    /// A string that is not empty and has no control characters.
    ///
    /// # Errors
    /// Anything else.
    pub fn text(&self) -> Result<&'a str, SpecError> {
        match self.value {
            Value::String(text) if text.is_empty() => Err(self.error("this must not be empty")),
            Value::String(text) if text.chars().any(char::is_control) => {
                Err(self.error("this holds a line break or another control character"))
            }
            Value::String(text) => Ok(text),
            _ => Err(self.wrong("a string")),
        }
    }

    /// A whole number from 1 to `most`.
    ///
    /// # Errors
    /// Anything else.
    pub fn number(&self, most: u64) -> Result<u64, SpecError> {
        match self.value.as_u64() {
            Some(number) if (1..=most).contains(&number) => Ok(number),
            _ if self.value.is_number() => {
                Err(self.error(format!("a whole number from 1 to {most} is wanted here")))
            }
            _ => Err(self.wrong("a number")),
        }
    }

    /// Strings: one, or an array of them.
    ///
    /// # Errors
    /// Anything else.
    pub fn texts(&self) -> Result<Vec<String>, SpecError> {
        match self.value {
            Value::Array(_) => self
                .items()?
                .iter()
                .map(|item| item.node().text().map(str::to_owned))
                .collect(),
            _ => Ok(vec![self.text()?.to_owned()]),
        }
    }

    /// An array's items.
    ///
    /// # Errors
    /// No array.
    pub fn items(&self) -> Result<Vec<Child<'a>>, SpecError> {
        match self.value {
            Value::Array(values) => Ok(values
                .iter()
                .enumerate()
                .map(|(index, value)| Child {
                    at: format!("{}/{index}", self.at),
                    value,
                })
                .collect()),
            _ => Err(self.wrong("an array")),
        }
    }

    /// An absolute URL: https, or http on loopback.
    ///
    /// # Errors
    /// Anything else; says what.
    pub fn endpoint(&self) -> Result<Endpoint, SpecError> {
        Endpoint::parse(self.text()?).map_err(|why| {
            self.error(format!(
                "this is no URL that a secret may be sent to: {why}"
            ))
        })
    }

    /// An object, to be taken apart member by member.
    ///
    /// # Errors
    /// No object.
    pub fn members(&self) -> Result<Members<'a>, SpecError> {
        match self.value {
            Value::Object(map) => Ok(Members {
                at: self.at.to_owned(),
                left: map.iter().collect(),
                known: Vec::new(),
            }),
            _ => Err(self.wrong("an object")),
        }
    }
}

/// An object's members, each taken once; [`Members::finish`] refuses what is left.
pub struct Members<'a> {
    at: String,
    left: Vec<(&'a String, &'a Value)>,
    known: Vec<&'static str>,
}

impl<'a> Members<'a> {
    /// The member of that name, if it is there.
    pub fn take(&mut self, name: &'static str) -> Option<Child<'a>> {
        self.known.push(name);
        let index = self.left.iter().position(|(member, _)| *member == name)?;
        let (_, value) = self.left.swap_remove(index);
        Some(Child {
            at: format!("{}/{name}", self.at),
            value,
        })
    }

    /// The member of that name.
    ///
    /// # Errors
    /// It is not there.
    pub fn need(&mut self, name: &'static str) -> Result<Child<'a>, SpecError> {
        self.take(name)
            .ok_or_else(|| SpecError::new(&self.at, format!("member `{name}` is missing")))
    }

    /// Every member that is left, for objects whose names are the user's.
    pub fn rest(&mut self) -> Vec<(String, Child<'a>)> {
        let at = &self.at;
        let child = |(name, value): (&'a String, &'a Value)| {
            let escaped = printable(name).replace('~', "~0").replace('/', "~1");
            (
                name.clone(),
                Child {
                    at: format!("{at}/{escaped}"),
                    value,
                },
            )
        };
        self.left.drain(..).map(child).collect()
    }

    /// The end: nothing may be left.
    ///
    /// # Errors
    /// Names the first unknown member, and those that are known.
    pub fn finish(self) -> Result<(), SpecError> {
        let Some((name, _)) = self.left.iter().min_by_key(|(name, _)| name.as_str()) else {
            return Ok(());
        };
        let mut known = self.known;
        known.sort_unstable();
        known.dedup();
        let place = format!(
            "{}/{}",
            self.at,
            printable(name).replace('~', "~0").replace('/', "~1")
        );
        Err(SpecError::new(&place, "this member is not known here")
            .hint(format!("known here: {}", known.join(", "))))
    }
}
