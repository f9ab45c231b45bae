//! Presets: specs over a plain grant with `{parameter}` in their strings. They are data in the
//! format of users' specs.
//!
//! A preset has the members `description`, `documentation`, `parameters` and `spec`, and may have
//! `variants`. The user's spec has the parameters as members; every other member replaces the
//! preset's member of the same name. A string that is exactly one `{parameter}` becomes the value
//! of the parameter, of any type (a source, an array). It is removed if the parameter is optional
//! and missing.
//!
//! Variants are for accounts that authenticate in one of several ways. The members of the variant
//! whose parameters are given replace those of `spec`.

mod fill;
mod shipped;
mod text;
mod variants;

use std::cell::Cell;
use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::node::{Node, SpecError};
use super::source;
use fill::Argument;
use shipped::{NAMES, find};
pub(super) use shipped::{minified_length, minify};
pub use text::{Parameter, Preset, Variant, parse_preset};

/// The names of the built-in presets, sorted.
pub fn names() -> impl Iterator<Item = &'static str> {
    NAMES.lines()
}

/// The text of a built-in preset.
#[must_use]
pub fn shipped(name: &str) -> Option<&'static str> {
    find(name).map(|preset| preset.text)
}

/// The digest of a built-in preset; 0 if there is no such preset.
#[must_use]
pub fn digest(name: &str) -> u64 {
    find(name).map_or(0, |preset| preset.digest)
}

/// Whether a built-in preset names sources of its own.
#[must_use]
pub fn has_sources(name: &str) -> bool {
    find(name).is_some_and(|preset| preset.has_sources)
}

/// Whether a parameter is the beginning of a URL.
fn is_url(name: &str, parameter: Option<&Parameter<'_>>) -> bool {
    name == "base_url" || parameter.is_some_and(|parameter| parameter.url)
}

impl Preset<'_> {
    /// Expands the preset with the user's members, without `provider`, to the spec of a plain
    /// grant.
    ///
    /// # Errors
    /// [`SpecError`] if a parameter is missing or invalid.
    pub fn expand(mut self, mut user: Map<String, Value>) -> Result<Map<String, Value>, SpecError> {
        let mut expanded = std::mem::take(&mut self.spec);
        let variant = self.variant(&|name| user.contains_key(name))?.cloned();
        // It replaces scheme, host and port of every URL.
        let base_url = user.get("base_url").map(|_| Value::from("{base_url}"));
        let base_url = base_url.filter(|_| self.parameters.contains_key("base_url"));
        let mut arguments = BTreeMap::new();
        for (name, parameter) in &self.parameters {
            let by_user = user.remove(name.as_ref());
            let is_by_user = by_user.is_some();
            let base_url = base_url.as_ref().filter(|_| parameter.url);
            let mut value = match (by_user, base_url.or(parameter.default.as_ref())) {
                (Some(value), _) => value,
                (None, Some(default)) => default.clone(),
                (None, None) if parameter.optional || self.is_choice(name) => continue,
                (None, None) => return Err(parameter.missing(name)),
            };
            if is_by_user && (value.is_null() || value == Value::String(String::new())) {
                let why = "this must not be empty";
                return Err(SpecError::new(&format!("/{name}"), why));
            }
            if is_by_user && parameter.secret {
                // Parsed here already, so that an error names the member of the user's spec.
                source::parse_source(Node::below(&format!("/{name}"), &value))?;
            }
            if is_by_user && (parameter.words || parameter.join.is_some()) {
                let why = "words are wanted here: a string or an array of strings";
                value =
                    split_words(value).ok_or_else(|| SpecError::new(&format!("/{name}"), why))?;
            }
            if let (Some(between), Value::Array(words)) = (&parameter.join, &value) {
                let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
                value = words.join(between.as_ref()).into();
            }
            if let Value::String(url) = &mut value
                && is_url(name, Some(parameter))
            {
                url.truncate(url.trim_end_matches('/').len());
            }
            let argument = Argument {
                value,
                by_user: is_by_user,
                is_used: Cell::new(false),
            };
            arguments.insert(name.as_ref(), argument);
        }
        expanded.extend(variant.iter().flat_map(|variant| variant.spec.clone()));
        self.fill_members(&mut expanded, &arguments, 0)?;
        if let Some(variant) = variant {
            let unused = arguments.iter().find(|(name, argument)| {
                let is_optional =
                    self.is_choice(name) || self.parameters.get(**name).is_some_and(|p| p.optional);
                let is_named = variant.when.iter().any(|when| when == *name);
                argument.by_user && is_optional && !is_named && !argument.is_used.get()
            });
            if let Some((name, _)) = unused {
                return Err(variant.unused(name));
            }
        }
        expanded.extend(user);
        Ok(expanded)
    }
}

/// Splits strings into an array of words, since some vendors require an array as a claim. `None` if
/// there is no word, or something else than strings and numbers.
fn split_words(value: Value) -> Option<Value> {
    let strings = match value {
        Value::Array(values) => values,
        number @ Value::Number(_) => return Some(number),
        other => vec![other],
    };
    let words = |value: Value| match value {
        Value::String(text) => text.split_whitespace().map(Value::from).collect(),
        number @ Value::Number(_) => vec![number],
        _ => Vec::new(),
    };
    let words: Vec<Vec<Value>> = strings.into_iter().map(words).collect();
    let has_no_word = words.is_empty() || words.iter().any(Vec::is_empty);
    (!has_no_word).then(|| Value::Array(words.concat()))
}
