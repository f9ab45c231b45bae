//! What a spec expands to, and from which of its members: for `explain`, and for hints in the words
//! of the file that the user wrote.

use serde_json::Value;

use super::{Spec, is_of_identity};
use crate::source::Source;
use crate::spec::expand;
use crate::spec::node::{Node, SpecError};
use crate::spec::preset::{self, Preset};
use crate::spec::source::parse_source;

impl Spec {
    /// The spec of a plain grant that it expands to. It holds no secret.
    ///
    /// # Errors
    /// [`SpecError`] if a preset cannot be expanded.
    pub fn expanded(&self) -> Result<Value, SpecError> {
        let plain = expand::expand_shipped_preset(&self.members)?;
        Ok(plain.unwrap_or_else(|| self.members.clone()))
    }

    /// Whether a built-in preset's text is part of the cache key.
    #[must_use]
    pub fn is_over_a_preset(&self) -> bool {
        self.identity().1 != 0
    }

    /// The members that are not part of the cache key.
    pub fn members_outside_the_key(&self) -> impl Iterator<Item = &str> {
        let members = self.members.as_object().into_iter().flatten();
        let outside = members.filter(|(name, value)| !is_of_identity(name, value));
        outside.map(|(name, _)| name.as_str())
    }

    /// Whether the user wrote the members of a plain grant, and no preset did.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.preset().is_none()
            && self.members.get("provider") == Some(&self.provider.as_str().into())
    }

    /// The members from which the values at these JSON pointers of the expanded spec are made. A
    /// preset's own default is none.
    #[must_use]
    pub fn members_for(&self, pointers: &[&str]) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        let mut add = |name: &str| {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        };
        let preset = self.preset();
        for pointer in pointers {
            let member = pointer.rsplit('/').next().unwrap_or_default();
            if self.members.pointer(pointer).is_some() {
                // What a preset of the user's own expanded to, the user did not write here.
                if preset.is_some() || self.is_plain() {
                    add(member);
                }
                continue;
            }
            let Some(preset) = &preset else { continue };
            let variants = preset.variants.iter().map(|variant| &variant.spec);
            for part in std::iter::once(&preset.spec).chain(variants) {
                let part = Value::Object(part.clone());
                if let Some(Value::String(text)) = part.pointer(pointer) {
                    self.parameters_in(preset, text, 0, &mut add);
                }
            }
        }
        names
    }

    /// The members from which a preset makes the path of its request.
    #[must_use]
    pub fn path_members(&self) -> Vec<String> {
        let mut names = self.members_for(&["/url"]);
        let preset = self.preset();
        let parameters = preset.as_ref().map(|preset| &preset.parameters);
        names.retain(|name| {
            let parameter = parameters.and_then(|all| all.get(name.as_str()));
            parameter.is_some_and(|parameter| !parameter.url && name != "base_url")
        });
        names
    }

    /// The member whose value is this source.
    #[must_use]
    pub fn member_with(&self, source: &Source) -> Option<&str> {
        let members = self.members.as_object()?;
        let mut members = members
            .iter()
            .filter(|(_, value)| value.is_object() || value.is_array());
        let is_it = |value: &Value| {
            let parsed = parse_source(Node::root(value));
            parsed.is_ok_and(|parsed| parsed == *source || parsed.clone().public() == *source)
        };
        members
            .find(|(_, value)| is_it(value))
            .map(|(name, _)| name.as_str())
    }

    fn preset(&self) -> Option<Preset<'static>> {
        let name = self.members.get("provider")?.as_str()?;
        preset::parse_preset(preset::shipped(name)?).ok()
    }

    /// Calls `add` with each parameter in a text that the user wrote or has to write.
    fn parameters_in(
        &self,
        preset: &Preset<'_>,
        text: &str,
        depth: usize,
        add: &mut dyn FnMut(&str),
    ) {
        for (name, parameter) in &preset.parameters {
            if !text.contains(&format!("{{{name}}}")) {
                continue;
            }
            let is_written = self.members.get(name.as_ref()).is_some();
            match &parameter.default {
                _ if is_written => add(name),
                Some(Value::String(default)) if depth < 4 => {
                    self.parameters_in(preset, default, depth + 1, add);
                }
                _ => {}
            }
        }
    }
}
