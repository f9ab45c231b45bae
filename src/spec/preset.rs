//! Presets: specs over a plain grant with `{parameter}` in their strings. They are data in the
//! format of users' specs.
//!
//! A preset has four members: `description`, `documentation`, `parameters` and `spec`. The user's
//! spec has the parameters as members; every other member replaces the preset's member of the same
//! name. A string that is exactly one `{parameter}` becomes the value of the parameter, of any type
//! (a source, an array). It is removed if the parameter is optional and missing.

mod text;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::node::{Node, SpecError};
use super::source;
pub use text::{Parameter, Preset, parse_preset};

/// A built-in preset. It is over a plain grant, and has no sources and no delivery members, so that
/// the cache key of a spec over it does not depend on parsing it.
struct Shipped {
    name: &'static str,
    text: &'static str,
    /// A digest of the text, which is part of the cache key.
    digest: u64,
}

const fn preset(name: &'static str, text: &'static str) -> Shipped {
    // FNV-1a, 64 bits.
    let (mut digest, mut rest) = (0xcbf2_9ce4_8422_2325, text.as_bytes());
    while let Some((byte, after)) = rest.split_first() {
        digest = (digest ^ *byte as u64).wrapping_mul(0x100_0000_01b3);
        rest = after;
    }
    Shipped { name, text, digest }
}

static SHIPPED: [Shipped; 6] = [
    preset("autodesk", include_str!("presets/autodesk.json")),
    preset("datadog", include_str!("presets/datadog.json")),
    preset("datadog-mint", include_str!("presets/datadog-mint.json")),
    preset("mongodb-atlas", include_str!("presets/mongodb-atlas.json")),
    preset("pingone-aic", include_str!("presets/pingone-aic.json")),
    preset("talend", include_str!("presets/talend.json")),
];

/// How deep defaults may refer to other defaults.
const MAX_DEFAULT_DEPTH: usize = 4;

/// The names of the built-in presets, sorted.
pub fn names() -> impl Iterator<Item = &'static str> {
    SHIPPED.iter().map(|preset| preset.name)
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

fn find(name: &str) -> Option<&'static Shipped> {
    SHIPPED.iter().find(|preset| preset.name == name)
}

/// The value of a parameter.
struct Argument {
    value: Value,
    /// Whether it is from the user's spec: only in a default are parameters substituted.
    by_user: bool,
}

impl Preset<'_> {
    /// Expands the preset with the user's members, without `provider`, to the spec of a plain
    /// grant.
    ///
    /// # Errors
    /// [`SpecError`] if a parameter is missing or invalid.
    pub fn expand(mut self, mut user: Map<String, Value>) -> Result<Map<String, Value>, SpecError> {
        let mut expanded = std::mem::take(&mut self.spec);
        let mut arguments = BTreeMap::new();
        for (name, parameter) in &self.parameters {
            let by_user = user.remove(name.as_ref());
            match (by_user, &parameter.default) {
                (Some(mut value), _) => {
                    if parameter.secret {
                        // Parsed here already, so that an error names the member of the user's
                        // spec.
                        source::parse_source(Node::below(&format!("/{name}"), &value))?;
                    }
                    if parameter.words {
                        let why = "at least one word is wanted here";
                        value = split_words(value)
                            .ok_or_else(|| SpecError::new(&format!("/{name}"), why))?;
                    }
                    let by_user = true;
                    arguments.insert(name.as_ref(), Argument { value, by_user });
                }
                (None, Some(default)) => {
                    let (value, by_user) = (default.clone(), false);
                    arguments.insert(name.as_ref(), Argument { value, by_user });
                }
                (None, None) if parameter.optional => {}
                (None, None) => {
                    return Err(SpecError::new(
                        "",
                        format!("member `{name}` is missing: {}", parameter.about),
                    ));
                }
            }
        }
        if let Some(Value::String(url)) = arguments
            .get_mut("base_url")
            .map(|argument| &mut argument.value)
        {
            while url.ends_with('/') {
                url.pop();
            }
        }
        self.fill_members(&mut expanded, &arguments, 0)?;
        expanded.extend(user);
        Ok(expanded)
    }

    fn fill_members(
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
            filled.push_str(&self.url_part(name, arguments, depth)?);
            rest = after;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    /// The value of a parameter inside a longer string, which is a URL: it may not contain a
    /// delimiter.
    fn url_part(
        &self,
        name: &str,
        arguments: &BTreeMap<&str, Argument>,
        depth: usize,
    ) -> Result<String, SpecError> {
        let place = format!("/{name}");
        let Some(Argument {
            value: Value::String(text),
            by_user,
        }) = arguments.get(name)
        else {
            return Err(SpecError::new(&place, "a string is wanted here"));
        };
        if !by_user {
            return self.substitute(text, arguments, next_depth(depth)?);
        }
        let url = name == "base_url";
        let plain = |c: char| {
            c.is_ascii_alphanumeric() || "-._~".contains(c) || (url && ":/[]".contains(c))
        };
        if text.is_empty() || !text.chars().all(plain) {
            return Err(SpecError::new(
                &place,
                "only letters, digits and `-._~` are allowed here: it becomes part of a URL",
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

/// Splits strings into an array of words, since some vendors require an array as a claim. `None` if
/// there is no word.
fn split_words(value: Value) -> Option<Value> {
    let strings = match value {
        Value::Array(values) => values,
        Value::String(_) => vec![value],
        other => return Some(other),
    };
    let words = |value: Value| match value {
        Value::String(text) => text.split_whitespace().map(Value::from).collect(),
        other => vec![other],
    };
    let words: Vec<Vec<Value>> = strings.into_iter().map(words).collect();
    let has_no_word = words.is_empty() || words.iter().any(Vec::is_empty);
    (!has_no_word).then(|| Value::Array(words.concat()))
}
