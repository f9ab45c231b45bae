//! The members of an object, each taken once.

use std::time::Duration;

use serde_json::Value;

use super::node::{Child, Node, SpecError, UNKNOWN_MEMBER, escaped};
use crate::text::nearest;

impl<'a> Node<'a> {
    /// The members of an object.
    ///
    /// # Errors
    /// [`SpecError`] if it is not an object.
    pub fn members(&self) -> Result<Members<'a>, SpecError> {
        match self.value() {
            Value::Object(map) => Ok(Members {
                node: *self,
                left: map.iter().collect(),
                known: Vec::with_capacity(16),
            }),
            _ => Err(self.wrong("an object")),
        }
    }
}

/// The members of an object, each taken once. [`Members::finish`] rejects the rest.
pub struct Members<'a> {
    node: Node<'a>,
    left: Vec<(&'a String, &'a Value)>,
    known: Vec<&'static str>,
}

impl<'a> Members<'a> {
    /// The object itself.
    pub fn node(&self) -> Node<'a> {
        self.node
    }

    /// Takes an optional member.
    pub fn take(&mut self, name: &'static str) -> Option<Child<'a>> {
        self.known.push(name);
        let index = self.left.iter().position(|(member, _)| *member == name)?;
        let (_, value) = self.left.swap_remove(index);
        Some(self.node.child(value))
    }

    /// Takes a required member.
    ///
    /// # Errors
    /// [`SpecError`] if it is missing.
    pub fn need(&mut self, name: &'static str) -> Result<Child<'a>, SpecError> {
        self.take(name)
            .ok_or_else(|| self.node.error(format!("member `{name}` is missing")))
    }

    /// Takes an optional string.
    ///
    /// # Errors
    /// [`SpecError`] if it is not a string of visible text.
    pub fn text(&mut self, name: &'static str) -> Result<Option<String>, SpecError> {
        let text = self
            .take(name)
            .map(|child| child.node().text().map(str::to_owned));
        text.transpose()
    }

    /// Takes an optional number of seconds from 1 to `most`.
    ///
    /// # Errors
    /// [`SpecError`] if it is not such a number.
    pub fn seconds(
        &mut self,
        name: &'static str,
        most: u64,
    ) -> Result<Option<Duration>, SpecError> {
        let seconds = self
            .take(name)
            .map(|child| child.node().number(most).map(Duration::from_secs));
        seconds.transpose()
    }

    /// Takes an optional boolean. The default is `false`.
    ///
    /// # Errors
    /// [`SpecError`] if it is not a boolean.
    pub fn flag(&mut self, name: &'static str) -> Result<bool, SpecError> {
        match self.take(name) {
            None => Ok(false),
            Some(child) => child
                .node()
                .value()
                .as_bool()
                .ok_or_else(|| child.node().error("`true` or `false` is wanted here")),
        }
    }

    /// Takes an optional string that is one of `words`.
    ///
    /// # Errors
    /// [`SpecError`] with the known words.
    pub fn word<T: Copy>(
        &mut self,
        name: &'static str,
        words: &[(&str, T)],
    ) -> Result<Option<T>, SpecError> {
        let Some(child) = self.take(name) else {
            return Ok(None);
        };
        let written = child.node().text()?;
        match words.iter().find(|(word, _)| *word == written) {
            Some((_, meaning)) => Ok(Some(*meaning)),
            None => {
                let all: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
                Err(child
                    .node()
                    .error("this word is not known here")
                    .hint(format!("known here: {}", all.join(", "))))
            }
        }
    }

    /// Takes every remaining member, for objects whose names the user chooses.
    pub fn rest(&mut self) -> Vec<(String, Child<'a>)> {
        let node = self.node;
        let child = |(name, value): (&'a String, &'a Value)| (name.clone(), node.child(value));
        self.left.drain(..).map(child).collect()
    }

    /// Checks that no member remains.
    ///
    /// # Errors
    /// [`SpecError`] with the first unknown member and the known ones.
    pub fn finish(self) -> Result<(), SpecError> {
        let Some((name, _)) = self.left.iter().min_by_key(|(name, _)| name.as_str()) else {
            return Ok(());
        };
        // Sorted as `String`, like other names: each further sorted type adds kilobytes to the
        // program.
        let mut known: Vec<String> = self.known.into_iter().map(str::to_owned).collect();
        known.sort();
        known.dedup();
        let meant = nearest(name, known.iter().map(String::as_str));
        let meant = meant.map(|meant| format!("did you mean `{meant}`? "));
        let place = format!("{}/{}", self.node.at(), escaped(name));
        Err(SpecError::new(&place, UNKNOWN_MEMBER).hint(format!(
            "{}known here: {}",
            meant.unwrap_or_default(),
            known.join(", ")
        )))
    }
}
