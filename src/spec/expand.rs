//! Presets over presets → one plain grant's spec.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::node::{SpecError, printable};
use super::preset;

/// The text of a preset of the user's own: none, or why it cannot be used.
pub type OwnPreset = Result<Option<String>, String>;

/// Longest path of presets over presets.
const DEEPEST: usize = 4;

/// Presets → a plain grant's spec; gives the name that the user wrote.
///
/// # Errors
/// An unknown provider, or a preset that does not fit.
pub fn expand(
    mut spec: Map<String, Value>,
    own_preset: &dyn Fn(&str) -> OwnPreset,
) -> Result<(String, Map<String, Value>), SpecError> {
    let mut written = None;
    for _ in 0..DEEPEST {
        let name = match spec.get("provider") {
            Some(Value::String(name)) => name.clone(),
            Some(_) => {
                return Err(SpecError::new(
                    "/provider",
                    "a string is wanted here: a preset's or a grant's name",
                ));
            }
            None => {
                return Err(SpecError::new("", "member `provider` is missing")
                    .hint("`keyfob providers` lists the presets"));
            }
        };
        let first = written.get_or_insert_with(|| name.clone()).clone();
        if GRANTS.contains(&name.as_str()) {
            return Ok((first, spec));
        }
        let text = preset::shipped(&name)
            .map(Cow::Borrowed)
            .map_or_else(
                || own_preset(&name).map(|own| own.map(Cow::Owned)),
                |text| Ok(Some(text)),
            )
            .map_err(|why| SpecError::new("/provider", why))?;
        let Some(text) = text else {
            let known: Vec<&str> = preset::names().chain(GRANTS.iter().copied()).collect();
            return Err(SpecError::new(
                "/provider",
                format!("there is no preset or grant `{}`", printable(&name)),
            )
            .hint(format!("known: {}", known.join(", "))));
        };
        spec.remove("provider");
        let preset = preset::read(&text)
            .map_err(|why| SpecError::new("/provider", format!("in the preset `{name}`: {why}")))?;
        spec = preset.expand(spec)?;
    }
    Err(SpecError::new(
        "/provider",
        "presets stand on presets too deep",
    ))
}

/// The plain grants.
pub const GRANTS: &[&str] = &["client_credentials", "jwt_bearer", "http", "static"];
