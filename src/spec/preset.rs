//! Presets: specs over a plain grant with `{parameter}` in their strings. Data, in the language that users write.
//!
//! A preset has four members: `description`, `documentation`, `parameters` and `spec`. Parameters are taken from the user's spec; every
//! other member of the user's spec replaces the preset's of the same name. A string that is one `{parameter}` and nothing else
//! becomes the parameter's value, whatever its type (a source, an array), and vanishes with an optional parameter that was not given.

mod text;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::node::{Node, SpecError};
use super::source;
pub use text::{Parameter, Preset, read};

/// A preset that comes with the program. It stands on a plain grant, names no source of its own, and says nothing of those who get the token: so
/// what a spec over it is kept under can be told without reading it.
struct Shipped {
    name: &'static str,
    text: &'static str,
    /// Tells one version of the text from the next.
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

/// Longest path of a preset's defaults over defaults.
const DEEPEST: usize = 4;

/// Names of the presets that come with the program, in order.
pub fn names() -> impl Iterator<Item = &'static str> {
    SHIPPED.iter().map(|preset| preset.name)
}

/// The text of a preset that comes with the program.
#[must_use]
pub fn shipped(name: &str) -> Option<&'static str> {
    find(name).map(|preset| preset.text)
}

/// What tells one version of a preset that comes with the program from the next; 0 where there is no such preset.
#[must_use]
pub fn digest(name: &str) -> u64 {
    find(name).map_or(0, |preset| preset.digest)
}

fn find(name: &str) -> Option<&'static Shipped> {
    SHIPPED.iter().find(|preset| preset.name == name)
}

/// A parameter's value.
struct Given {
    value: Value,
    /// By the user: it is never filled in. A default may name other parameters.
    written: bool,
}

impl Preset<'_> {
    /// The plain spec that this preset and the user's members make; the user's `provider` member is already taken out.
    ///
    /// # Errors
    /// A parameter is missing, or cannot stand in a string.
    pub fn expand(mut self, mut user: Map<String, Value>) -> Result<Map<String, Value>, SpecError> {
        let mut expanded = std::mem::take(&mut self.spec);
        let mut given = BTreeMap::new();
        for (name, parameter) in &self.parameters {
            let written = user.remove(name.as_ref());
            match (written, &parameter.default) {
                (Some(mut value), _) => {
                    if parameter.secret {
                        // Read here already, so that an error names the member that the user wrote.
                        source::read(Node::below(&format!("/{name}"), &value))?;
                    }
                    if parameter.words {
                        let why = "at least one word is wanted here";
                        value = as_words(value)
                            .ok_or_else(|| SpecError::new(&format!("/{name}"), why))?;
                    }
                    let written = true;
                    given.insert(name.as_ref(), Given { value, written });
                }
                (None, Some(default)) => {
                    let (value, written) = (default.clone(), false);
                    given.insert(name.as_ref(), Given { value, written });
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
        if let Some(Value::String(url)) = given.get_mut("base_url").map(|given| &mut given.value) {
            while url.ends_with('/') {
                url.pop();
            }
        }
        self.fill_members(&mut expanded, &given, 0)?;
        expanded.extend(user);
        Ok(expanded)
    }

    fn fill_members(
        &self,
        members: &mut Map<String, Value>,
        given: &BTreeMap<&str, Given>,
        depth: usize,
    ) -> Result<(), SpecError> {
        let mut wrong = None;
        members.retain(|_, value| match self.fill(value, given, depth) {
            Ok(stays) => stays,
            Err(why) => {
                wrong.get_or_insert(why);
                true
            }
        });
        wrong.map_or(Ok(()), Err)
    }

    /// Fills parameters into `value`; false where it is an optional one that was not given, and has to go.
    fn fill(
        &self,
        value: &mut Value,
        given: &BTreeMap<&str, Given>,
        depth: usize,
    ) -> Result<bool, SpecError> {
        match value {
            Value::String(text) => match self.fill_text(text, given, depth)? {
                Some(filled) => *value = filled,
                None => return Ok(false),
            },
            Value::Array(values) => {
                for mut item in std::mem::take(values) {
                    if self.fill(&mut item, given, depth)? {
                        values.push(item);
                    }
                }
            }
            Value::Object(members) => self.fill_members(members, given, depth)?,
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
        Ok(true)
    }

    fn fill_text(
        &self,
        text: &str,
        given: &BTreeMap<&str, Given>,
        depth: usize,
    ) -> Result<Option<Value>, SpecError> {
        let whole = text
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'));
        let Some(name) = whole.filter(|name| self.parameters.contains_key(*name)) else {
            let joined = self.joined(text, given, depth)?;
            return Ok(Some(Value::String(joined)));
        };
        let Some(found) = given.get(name) else {
            return Ok(None);
        };
        let mut value = found.value.clone();
        let stays = found.written || self.fill(&mut value, given, deeper(depth)?)?;
        Ok(stays.then_some(value))
    }

    /// A string with the text of each parameter in it.
    fn joined(
        &self,
        text: &str,
        given: &BTreeMap<&str, Given>,
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
            filled.push_str(&self.embedded(name, given, depth)?);
            rest = after;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    /// A parameter's text where it stands inside a longer string: a URL's part, so nothing that could end that part.
    fn embedded(
        &self,
        name: &str,
        given: &BTreeMap<&str, Given>,
        depth: usize,
    ) -> Result<String, SpecError> {
        let place = format!("/{name}");
        let Some(Given {
            value: Value::String(text),
            written,
        }) = given.get(name)
        else {
            return Err(SpecError::new(&place, "a string is wanted here"));
        };
        if !written {
            return self.joined(text, given, deeper(depth)?);
        }
        let url = name == "base_url";
        let plain = |c: char| {
            c.is_ascii_alphanumeric() || "-._~".contains(c) || (url && ":/[]".contains(c))
        };
        if text.is_empty() || !text.chars().all(plain) {
            return Err(SpecError::new(
                &place,
                "only letters, digits and `-._~` can stand here: it becomes a part of a URL",
            ));
        }
        Ok(text.clone())
    }
}

/// One default further down.
fn deeper(depth: usize) -> Result<usize, SpecError> {
    match depth < DEEPEST {
        true => Ok(depth + 1),
        false => Err(SpecError::new(
            "",
            "the preset's defaults stand on one another too deep",
        )),
    }
}

/// A string of words, or several, as an array of them: some vendors want a claim to be an array, and no word holds a blank. None where a string
/// holds no word, or nothing is there.
fn as_words(value: Value) -> Option<Value> {
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
    let wordless = words.is_empty() || words.iter().any(Vec::is_empty);
    (!wordless).then(|| Value::Array(words.concat()))
}
