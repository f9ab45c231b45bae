//! A spec's JSON with the place of each value, read strictly: a member that nobody takes is an error, and so is one that comes twice.

use std::fmt;

use serde_json::Value;

use super::members::Members;
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

/// A member's name as it may be shown: short, without control characters.
pub(super) fn printable(name: &str) -> String {
    name.chars()
        .take(64)
        .map(|c| if c.is_control() { '?' } else { c })
        .collect()
}

/// A value and its place.
#[derive(Debug, Clone, Copy)]
pub struct Node<'a> {
    at: &'a str,
    value: &'a Value,
}

/// An owned place, for a child node.
pub struct Child<'a> {
    pub(super) at: String,
    pub(super) value: &'a Value,
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
            Value::Object(map) => Ok(Members::of(self.at, map)),
            _ => Err(self.wrong("an object")),
        }
    }
}
