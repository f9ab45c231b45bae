//! Fills a preset: parameters are substituted in its strings.

use std::cell::Cell;
use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::text::Preset;
use crate::spec::node::SpecError;

/// How deep defaults may refer to other defaults.
const MAX_DEFAULT_DEPTH: usize = 4;

/// The value of a parameter.
pub(super) struct Argument {
    pub(super) value: Value,
    /// Whether it is from the user's spec: only in a default are parameters substituted.
    pub(super) by_user: bool,
    /// Whether it is part of the result.
    pub(super) is_used: Cell<bool>,
}

impl Preset<'_> {
    pub(super) fn fill_members(
        &self,
        members: &mut Map<String, Value>,
        arguments: &BTreeMap<&str, Argument>,
        depth: usize,
    ) -> Result<(), SpecError> {
        let mut wrong = None;
        members.retain(|_, value| match self.fill(value, arguments, depth) {
            Ok(is_kept) => is_kept,
            Err(why) => {
                wrong.get_or_insert(why);
                true
            }
        });
        wrong.map_or(Ok(()), Err)
    }

    /// Substitutes parameters in `value`. Returns false if it is a missing optional parameter and
    /// must be removed.
    fn fill(
        &self,
        value: &mut Value,
        arguments: &BTreeMap<&str, Argument>,
        depth: usize,
    ) -> Result<bool, SpecError> {
        match value {
            Value::String(text) => match self.fill_string(text, arguments, depth)? {
                Some(filled) => *value = filled,
                None => return Ok(false),
            },
            Value::Array(values) => {
                for mut item in std::mem::take(values) {
                    if self.fill(&mut item, arguments, depth)? {
                        values.push(item);
                    }
                }
            }
            Value::Object(members) => self.fill_members(members, arguments, depth)?,
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
        Ok(true)
    }

    fn fill_string(
        &self,
        text: &str,
        arguments: &BTreeMap<&str, Argument>,
        depth: usize,
    ) -> Result<Option<Value>, SpecError> {
        let whole = text
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'));
        let Some(name) = whole.filter(|name| self.parameters.contains_key(*name)) else {
            let text = self.substitute(text, arguments, depth)?;
            return Ok(Some(Value::String(text)));
        };
        let Some(found) = arguments.get(name) else {
            return Ok(None);
        };
        found.is_used.set(true);
        let mut value = found.value.clone();
        let is_kept = found.by_user || self.fill(&mut value, arguments, next_depth(depth)?)?;
        Ok(is_kept.then_some(value))
    }

    /// Substitutes parameters in a string.
    fn substitute(
        &self,
        text: &str,
        arguments: &BTreeMap<&str, Argument>,
        depth: usize,
    ) -> Result<String, SpecError> {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, after)) = after
                .split_once('}')
                .filter(|(name, _)| self.parameters.contains_key(*name))
            else {
                return Err(SpecError::new(
                    "",
                    format!("the preset's `{text}` names no parameter of its own"),
                ));
            };
            filled.push_str(before);
            let part = self.url_part(name, &filled, arguments, depth)?;
            filled.push_str(&part);
            rest = after;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    /// The value of a parameter inside a longer string, which is a URL: it may not contain a
    /// delimiter. `before` is the URL up to here.
    fn url_part(
        &self,
        name: &str,
        before: &str,
        arguments: &BTreeMap<&str, Argument>,
        depth: usize,
    ) -> Result<String, SpecError> {
        let place = format!("/{name}");
        let Some(Argument {
            value: Value::String(text),
            by_user,
            is_used,
        }) = arguments.get(name)
        else {
            return Err(SpecError::new(&place, "a string is wanted here"));
        };
        is_used.set(true);
        if !by_user {
            return self.substitute(text, arguments, next_depth(depth)?);
        }
        let parameter = self.parameters.get(name);
        let is_below_host = before
            .split_once("://")
            .is_some_and(|(_, rest)| rest.contains('/'));
        let is_path = is_below_host && parameter.is_some_and(|parameter| parameter.path);
        let punctuation = match () {
            () if super::is_url(name, parameter) => "-._~:/[]",
            () if is_path => "-._~@/",
            // In front of the host `@` would end a user name.
            () if is_below_host => "-._~@",
            () => "-._~",
        };
        let is_plain = |c: char| c.is_ascii_alphanumeric() || punctuation.contains(c);
        let is_dots = |segment: &str| segment.trim_matches('.').is_empty();
        let leaves_path = is_path && text.split('/').any(is_dots);
        if text.is_empty() || leaves_path || !text.chars().all(is_plain) {
            return Err(SpecError::new(
                &place,
                format!(
                    "only letters, digits and `{punctuation}` are allowed here: it becomes part \
                     of a URL"
                ),
            ));
        }
        Ok(text.clone())
    }
}

/// The next depth, if it is allowed.
fn next_depth(depth: usize) -> Result<usize, SpecError> {
    match depth < MAX_DEFAULT_DEPTH {
        true => Ok(depth + 1),
        false => Err(SpecError::new(
            "",
            "the preset's defaults refer to each other too deeply",
        )),
    }
}
