//! Chooses the variant of a preset by the parameters that the user's spec gives.

use super::text::{Preset, Variant};
use crate::spec::node::SpecError;

impl Preset<'_> {
    /// The variant that goes with the parameters that are given. `None` if the preset has no
    /// variants.
    ///
    /// # Errors
    /// [`SpecError`] if no variant or more than one matches.
    pub(super) fn variant(
        &self,
        is_given: &dyn Fn(&str) -> bool,
    ) -> Result<Option<&Variant>, SpecError> {
        let given = |name: &String| is_given(name);
        let named = || {
            let variants = self.variants.iter();
            variants.filter(|variant| !variant.when.is_empty())
        };
        let matching: Vec<&Variant> = named()
            .filter(|variant| variant.when.iter().all(given))
            .collect();
        if matching.len() > 1 {
            let why = format!("only one of {} can be given", list(&matching));
            return Err(SpecError::new("", why));
        }
        if let [variant] = *matching {
            return Ok(Some(variant));
        }
        let mut partial = named().filter(|variant| variant.when.iter().any(given));
        let lacking = partial.next().and_then(|variant| {
            let mut members = variant.when.iter();
            members.find(|name| !is_given(name))
        });
        if let Some((name, parameter)) =
            lacking.and_then(|name| self.parameters.get_key_value(name.as_str()))
        {
            return Err(parameter.missing(name));
        }
        let other = self.variants.iter().find(|variant| variant.when.is_empty());
        match other {
            None if !self.variants.is_empty() => {
                let why = format!("one of {} is needed", list(&named().collect::<Vec<_>>()));
                Err(SpecError::new("", why))
            }
            other => Ok(other),
        }
    }

    /// Whether a variant names the parameter in its `when`.
    pub(in crate::spec) fn is_choice(&self, name: &str) -> bool {
        let mut names = self.variants.iter().flat_map(|variant| &variant.when);
        names.any(|other| other == name)
    }
}

impl Variant {
    /// The error for a parameter that this variant does not use.
    pub(super) fn unused(&self, name: &str) -> SpecError {
        let with = match self.when.is_empty() {
            true => "without the members that it goes with".to_owned(),
            false => format!("together with {}", list(&[self])),
        };
        SpecError::new(
            &format!("/{name}"),
            format!("this member is not used {with}"),
        )
    }
}

/// What the variants need: `a`, `b` with `c`.
fn list(variants: &[&Variant]) -> String {
    let variants: Vec<String> = variants
        .iter()
        .map(|variant| format!("`{}`", variant.when.join("` with `")))
        .collect();
    variants.join(", ")
}
