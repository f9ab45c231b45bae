//! Expands presets: a spec over presets becomes the spec of a plain grant.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::node::{SpecError, UNKNOWN_MEMBER, printable};
use super::preset;
use crate::text::nearest;

/// The text of a user's own preset: `None` if there is none, an error if it cannot be read.
pub type OwnPreset = Result<Option<String>, String>;

/// How many presets may build on each other.
const MAX_PRESET_DEPTH: usize = 4;

/// Expands the user's own presets, and built-in presets with sources of their own, on which the
/// cache key depends. The result is over a plain grant or another built-in preset, together with
/// the name in the user's spec.
///
/// # Errors
/// [`SpecError`] for an unknown provider, or a preset that cannot be expanded.
pub fn expand_own_presets(
    mut spec: Map<String, Value>,
    own_preset: &dyn Fn(&str) -> OwnPreset,
) -> Result<(String, Map<String, Value>), SpecError> {
    let mut written = None;
    for _ in 0..MAX_PRESET_DEPTH {
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
        let shipped = preset::shipped(&name);
        let is_late = shipped.is_some() && !preset::has_sources(&name);
        if is_late || GRANTS.contains(&name.as_str()) {
            return Ok((written.unwrap_or(name), spec));
        }
        let text = match shipped {
            Some(text) => Some(Cow::Borrowed(text)),
            None => own_preset(&name)
                .map_err(|why| SpecError::new("/provider", why))?
                .map(Cow::Owned),
        };
        let Some(text) = text else {
            return Err(SpecError::new(
                "/provider",
                format!("there is no preset or grant `{}`", printable(&name)),
            )
            .hint(
                match nearest(&name, preset::names().chain(GRANTS.iter().copied())) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => "`keyfob providers` lists those that there are".to_owned(),
                },
            ));
        };
        spec = expand_preset(&name, &text, spec)?;
        written.get_or_insert(name);
    }
    Err(SpecError::new(
        "/provider",
        "too many presets build on each other",
    ))
}

/// Expands a built-in preset to the spec of a plain grant. `None` if the spec is over a plain grant
/// already.
///
/// # Errors
/// [`SpecError`] if the preset cannot be expanded.
pub(super) fn expand_shipped_preset(spec: &Value) -> Result<Option<Value>, SpecError> {
    let name = spec.get("provider").and_then(Value::as_str);
    let preset = name.and_then(|name| Some((name, preset::shipped(name)?)));
    let (Some((name, text)), Value::Object(members)) = (preset, spec) else {
        return Ok(None);
    };
    let mut members = members.clone();
    // The user's own user name is no part of the cache key: the entry holds the preset's.
    if members.get("username").is_some_and(Value::is_string) {
        members.remove("username");
    }
    expand_preset(name, text, members).map(|plain| Some(Value::Object(plain)))
}

/// The error about an unknown member, with the parameter of the preset that was probably meant.
pub(super) fn with_parameter(why: SpecError, preset: &str) -> SpecError {
    let written = why.at.strip_prefix('/').unwrap_or_default();
    let text = preset::shipped(preset).filter(|_| why.problem == UNKNOWN_MEMBER);
    let preset = text.and_then(|text| preset::parse_preset(text).ok());
    let names = preset.iter().flat_map(|preset| preset.parameters.keys());
    let meant = nearest(written, names.map(AsRef::as_ref)).map(str::to_owned);
    match meant {
        Some(meant) => why.hint(format!("did you mean `{meant}`?")),
        None => why,
    }
}

fn expand_preset(
    name: &str,
    preset: &str,
    mut spec: Map<String, Value>,
) -> Result<Map<String, Value>, SpecError> {
    spec.remove("provider");
    let preset = preset::parse_preset(preset)
        .map_err(|why| SpecError::new("/provider", format!("in the preset `{name}`: {why}")))?;
    preset.expand(spec)
}

/// The names of the plain grants.
pub const GRANTS: &[&str] = &[
    "client_credentials",
    "jwt_bearer",
    "token_exchange",
    "http",
    "static",
];
