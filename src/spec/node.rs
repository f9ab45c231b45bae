//! A spec's JSON with the place of each value, read strictly: a member that nobody takes is an error, and so is one that comes twice.

use std::fmt;

use serde_json::Value;

use crate::target::{Endpoint, InvalidTarget, instead_of};
use crate::text::visible;
use crate::time::{self, Expiry};

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

/// A member's name as it may be shown: short, with a `?` for what is not seen.
pub(super) fn printable(name: &str) -> String {
    name.chars()
        .take(64)
        .map(|c| if visible(c) == c { c } else { '?' })
        .collect()
}

/// A value of a document. Its place is looked for when an error has to name it, and costs nothing before.
#[derive(Debug, Clone, Copy)]
pub struct Node<'a> {
    above: &'a str,
    root: &'a Value,
    value: &'a Value,
}

/// A value inside another one.
pub struct Child<'a>(pub(super) Node<'a>);

impl<'a> Child<'a> {
    /// It as a node.
    #[must_use]
    pub fn node(&self) -> Node<'a> {
        self.0
    }
}

/// A member's name as a part of a JSON pointer (RFC 6901 §3).
pub(super) fn escaped(name: &str) -> String {
    printable(name).replace('~', "~0").replace('/', "~1")
}

/// Adds the way from `root` down to `value`, if it is in there.
fn way(root: &Value, value: &Value, at: &mut String) -> bool {
    if std::ptr::eq(root, value) {
        return true;
    }
    let before = at.len();
    let mut down = |step: &dyn fmt::Display, child| {
        at.push_str(&format!("/{step}"));
        let found = way(child, value, at);
        if !found {
            at.truncate(before);
        }
        found
    };
    match root {
        Value::Object(map) => map.iter().any(|(name, child)| down(&escaped(name), child)),
        Value::Array(values) => values
            .iter()
            .enumerate()
            .any(|(index, child)| down(&index, child)),
        _ => false,
    }
}

impl<'a> Node<'a> {
    /// The whole document.
    #[must_use]
    pub fn root(value: &'a Value) -> Self {
        Self::below("", value)
    }

    /// A document of its own that stands at a place of a larger one.
    #[must_use]
    pub(super) fn below(above: &'a str, value: &'a Value) -> Self {
        Self {
            above,
            root: value,
            value,
        }
    }

    /// A value inside this one.
    pub(super) fn child(&self, value: &'a Value) -> Child<'a> {
        Child(Node { value, ..*self })
    }

    /// Its place: a JSON pointer.
    pub(super) fn at(&self) -> String {
        let mut at = self.above.to_owned();
        way(self.root, self.value, &mut at);
        at
    }

    /// The value.
    #[must_use]
    pub fn value(&self) -> &'a Value {
        self.value
    }

    /// An error here.
    pub fn error(&self, problem: impl Into<String>) -> SpecError {
        SpecError::new(&self.at(), problem)
    }

    /// An error that names what is wanted here and what was found.
    pub(super) fn wrong(&self, wanted: &str) -> SpecError {
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
            Value::Array(values) => Ok(values.iter().map(|value| self.child(value)).collect()),
            _ => Err(self.wrong("an array")),
        }
    }

    /// An absolute URL: https, or http on loopback.
    ///
    /// # Errors
    /// Anything else; says what.
    pub fn endpoint(&self) -> Result<Endpoint, SpecError> {
        let text = self.text()?;
        Endpoint::parse(text).map_err(|why| {
            let error = self.error(format!(
                "this is no URL that a secret may be sent to: {why}"
            ));
            match instead_of(text, why).filter(|_| why == InvalidTarget::Unicode) {
                Some(hint) => error.hint(hint),
                None => error,
            }
        })
    }

    /// What tells the end of a token: one rule, or a list of them.
    ///
    /// # Errors
    /// Anything else.
    pub fn expiries(&self) -> Result<Vec<Expiry>, SpecError> {
        time::one_or_more(self.value.clone()).map_err(|why| {
            // serde's own words may quote the value that they complain about; what is wanted stands last.
            let why = why.to_string();
            self.error(match why.rsplit_once(", expected ") {
                Some((what, wanted)) if !what.starts_with("unknown field") => {
                    format!("{wanted} is wanted here")
                }
                _ => why,
            })
        })
    }
}
