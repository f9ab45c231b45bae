//! The JSON values of a spec. An error names the JSON pointer of its value.

use std::fmt;

use serde_json::Value;

use crate::source::Source;
use crate::target::{Endpoint, InvalidTarget, correction_hint};
use crate::text::visible;
use crate::time::{self, ExpiryRule};

/// An error in a spec.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecError {
    /// JSON pointer (RFC 6901) to the member; empty for the whole spec.
    pub at: String,
    /// The problem, a clause for a message.
    pub problem: String,
    /// The hint, if there is one.
    pub hint: Option<String>,
}

/// The problem with a member that is not known.
pub(super) const UNKNOWN_MEMBER: &str = "this member is not known here";

impl SpecError {
    /// Whether it is about a member that is not known.
    #[must_use]
    pub fn is_unknown_member(&self) -> bool {
        self.problem == UNKNOWN_MEMBER
    }

    /// An error at a JSON pointer.
    pub fn new(at: &str, problem: impl Into<String>) -> Self {
        Self {
            at: at.to_owned(),
            problem: problem.into(),
            hint: None,
        }
    }

    /// Adds a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl std::error::Error for SpecError {}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.at.is_empty() {
            f.write_str(&self.problem)
        } else {
            write!(f, "`{}`: {}", self.at, self.problem)
        }
    }
}

/// A member's name for a message: shortened, with `?` for invisible characters.
pub(super) fn printable(name: &str) -> String {
    name.chars()
        .take(64)
        .map(|c| if visible(c) == c { c } else { '?' })
        .collect()
}

/// A value of a document. Its JSON pointer is computed only for an error.
#[derive(Debug, Clone, Copy)]
pub struct Node<'a> {
    prefix: &'a str,
    root: &'a Value,
    value: &'a Value,
}

/// Parses a source: for what contains sources, and is a part of a source itself.
pub(super) type Read<'r> = &'r dyn Fn(Node<'_>) -> Result<Source, SpecError>;

/// A value inside another one.
pub struct Child<'a>(pub(super) Node<'a>);

impl<'a> Child<'a> {
    /// The value as a node.
    #[must_use]
    pub fn node(&self) -> Node<'a> {
        self.0
    }
}

/// The name of a member as a part of a JSON pointer (RFC 6901 §3).
pub(super) fn escaped(name: &str) -> String {
    printable(name).replace('~', "~0").replace('/', "~1")
}

/// Appends the path from `root` to `value`, if `value` is inside it.
fn push_path(root: &Value, value: &Value, at: &mut String) -> bool {
    if std::ptr::eq(root, value) {
        return true;
    }
    let before = at.len();
    let mut descend = |step: &dyn fmt::Display, child| {
        at.push_str(&format!("/{step}"));
        let found = push_path(child, value, at);
        if !found {
            at.truncate(before);
        }
        found
    };
    match root {
        Value::Object(map) => map
            .iter()
            .any(|(name, child)| descend(&escaped(name), child)),
        Value::Array(values) => values
            .iter()
            .enumerate()
            .any(|(index, child)| descend(&index, child)),
        _ => false,
    }
}

impl<'a> Node<'a> {
    /// The whole document.
    #[must_use]
    pub fn root(value: &'a Value) -> Self {
        Self::below("", value)
    }

    /// The root of a document that is at the pointer `prefix` of a larger one.
    #[must_use]
    pub(super) fn below(prefix: &'a str, value: &'a Value) -> Self {
        Self {
            prefix,
            root: value,
            value,
        }
    }

    /// A value inside this one.
    pub(super) fn child(&self, value: &'a Value) -> Child<'a> {
        Child(Node { value, ..*self })
    }

    /// The JSON pointer to the value.
    pub(super) fn at(&self) -> String {
        let mut at = self.prefix.to_owned();
        push_path(self.root, self.value, &mut at);
        at
    }

    /// The JSON value.
    #[must_use]
    pub fn value(&self) -> &'a Value {
        self.value
    }

    /// An error at this value.
    pub fn error(&self, problem: impl Into<String>) -> SpecError {
        SpecError::new(&self.at(), problem)
    }

    /// An error for a list without an item.
    pub(super) fn empty_list(&self) -> SpecError {
        self.error("a list needs at least one item")
    }

    /// An error with the expected and the actual type.
    pub(super) fn wrong(&self, expected: &str) -> SpecError {
        let found = match self.value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "an array",
            Value::Object(_) => "an object",
        };
        self.error(format!("{expected} is wanted here, not {found}"))
    }

    /// A string that is not empty and has no control characters.
    ///
    /// # Errors
    /// [`SpecError`] if it is not such a string.
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

    /// A [text](Node::text), or a whole number as text.
    ///
    /// # Errors
    /// [`SpecError`] if it is neither.
    pub fn text_or_number(&self) -> Result<String, SpecError> {
        match self.value.as_u64() {
            Some(number) => Ok(number.to_string()),
            None => self.text().map(str::to_owned),
        }
    }

    /// A whole number from 1 to `max`.
    ///
    /// # Errors
    /// [`SpecError`] if it is not such a number.
    pub fn number(&self, max: u64) -> Result<u64, SpecError> {
        match self.value.as_u64() {
            Some(number) if (1..=max).contains(&number) => Ok(number),
            _ if self.value.is_number() => {
                Err(self.error(format!("a whole number from 1 to {max} is wanted here")))
            }
            _ => Err(self.wrong("a number")),
        }
    }

    /// A string, or an array of strings that is not empty.
    ///
    /// # Errors
    /// [`SpecError`] if it is neither.
    pub fn texts(&self) -> Result<Vec<String>, SpecError> {
        match self.value {
            Value::Array(values) if values.is_empty() => Err(self.empty_list()),
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
    /// [`SpecError`] if it is not an array.
    pub fn items(&self) -> Result<Vec<Child<'a>>, SpecError> {
        match self.value {
            Value::Array(values) => Ok(values.iter().map(|value| self.child(value)).collect()),
            _ => Err(self.wrong("an array")),
        }
    }

    /// An absolute URL: https, or http on loopback.
    ///
    /// # Errors
    /// [`SpecError`] if it is not a URL to which a secret may be sent.
    pub fn endpoint(&self) -> Result<Endpoint, SpecError> {
        self.endpoint_by(Endpoint::parse)
    }

    /// The same, or http to a cloud's metadata service.
    ///
    /// # Errors
    /// [`SpecError`] if it is not a URL to which a request may be sent.
    pub fn request_endpoint(&self) -> Result<Endpoint, SpecError> {
        self.endpoint_by(Endpoint::parse_or_metadata)
    }

    fn endpoint_by(
        &self,
        parse: fn(&str) -> Result<Endpoint, InvalidTarget>,
    ) -> Result<Endpoint, SpecError> {
        let text = self.text()?;
        parse(text).map_err(|why| {
            let error = self.error(format!("a secret cannot be sent to this URL: {why}"));
            match why {
                InvalidTarget::Scheme if !text.contains("://") => {
                    error.hint("write https:// before the host")
                }
                InvalidTarget::Unicode => match correction_hint(text, why) {
                    Some(hint) => error.hint(hint),
                    None => error,
                },
                _ => error,
            }
        })
    }

    /// An expiry rule or a list of them.
    ///
    /// # Errors
    /// [`SpecError`] for an invalid rule.
    pub fn expiry_rules(&self) -> Result<Vec<ExpiryRule>, SpecError> {
        time::deserialize_rules(self.value.clone()).map_err(|why| {
            // serde's message may quote the value. Its last part, what is expected, does not.
            let why = why.to_string();
            self.error(match why.rsplit_once(", expected ") {
                Some((what, expected)) if !what.starts_with("unknown field") => {
                    format!("{expected} is wanted here")
                }
                _ => why,
            })
        })
    }
}
