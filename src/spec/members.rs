//! An object of a spec, taken apart member by member.

use std::time::Duration;

use serde_json::Value;

use super::node::{Child, Node, SpecError, escaped};

impl<'a> Node<'a> {
    /// An object, to be taken apart member by member.
    ///
    /// # Errors
    /// No object.
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

/// An object's members, each taken once; [`Members::finish`] refuses what is left.
pub struct Members<'a> {
    node: Node<'a>,
    left: Vec<(&'a String, &'a Value)>,
    known: Vec<&'static str>,
}

impl<'a> Members<'a> {
    /// The member of that name, if it is there.
    pub fn take(&mut self, name: &'static str) -> Option<Child<'a>> {
        self.known.push(name);
        let index = self.left.iter().position(|(member, _)| *member == name)?;
        let (_, value) = self.left.swap_remove(index);
        Some(self.node.child(value))
    }

    /// The member of that name.
    ///
    /// # Errors
    /// It is not there.
    pub fn need(&mut self, name: &'static str) -> Result<Child<'a>, SpecError> {
        self.take(name)
            .ok_or_else(|| self.node.error(format!("member `{name}` is missing")))
    }

    /// A text, where the member is there.
    ///
    /// # Errors
    /// No text.
    pub fn text(&mut self, name: &'static str) -> Result<Option<String>, SpecError> {
        let text = self
            .take(name)
            .map(|child| child.node().text().map(str::to_owned));
        text.transpose()
    }

    /// Texts: one, or an array of them; none where the member is not there.
    ///
    /// # Errors
    /// Something else.
    pub fn texts(&mut self, name: &'static str) -> Result<Vec<String>, SpecError> {
        let texts = self.take(name).map(|child| child.node().texts());
        texts.transpose().map(Option::unwrap_or_default)
    }

    /// Whole seconds from 1 to `most`.
    ///
    /// # Errors
    /// Something else.
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

    /// `true` or `false`; false where the member is not there.
    ///
    /// # Errors
    /// Something else.
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

    /// One of some words.
    ///
    /// # Errors
    /// Another word.
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

    /// Every member that is left, for objects whose names are the user's.
    pub fn rest(&mut self) -> Vec<(String, Child<'a>)> {
        let node = self.node;
        let child = |(name, value): (&'a String, &'a Value)| (name.clone(), node.child(value));
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
        // As strings, like other names that are sorted: sorting costs the program kilobytes for each type.
        let mut known: Vec<String> = self.known.into_iter().map(str::to_owned).collect();
        known.sort();
        known.dedup();
        let place = format!("{}/{}", self.node.at(), escaped(name));
        Err(SpecError::new(&place, "this member is not known here")
            .hint(format!("known here: {}", known.join(", "))))
    }
}
