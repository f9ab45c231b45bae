//! Presets over presets → one plain grant's spec.

use serde_json::{Map, Value};

use super::node::{SpecError, printable};
use super::preset;

/// The text of a preset of the user's own: none, or why it cannot be used.
pub type OwnPreset = Result<Option<String>, String>;

/// Longest path of presets over presets.
const DEEPEST: usize = 4;

/// Presets of the user's own → a spec over a plain grant or over a preset that comes with the program; gives the name that the user wrote.
///
/// # Errors
/// An unknown provider, or a preset that does not fit.
pub fn own(
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
        if GRANTS.contains(&name.as_str()) || preset::shipped(&name).is_some() {
            return Ok((written.unwrap_or(name), spec));
        }
        let text = own_preset(&name).map_err(|why| SpecError::new("/provider", why))?;
        let Some(text) = text else {
            let known: Vec<&str> = preset::names().chain(GRANTS.iter().copied()).collect();
            return Err(SpecError::new(
                "/provider",
                format!("there is no preset or grant `{}`", printable(&name)),
            )
            .hint(format!("known: {}", known.join(", "))));
        };
        spec = over(&name, &text, spec)?;
        written.get_or_insert(name);
    }
    Err(SpecError::new(
        "/provider",
        "presets stand on presets too deep",
    ))
}

/// The plain grant's spec that a preset that comes with the program makes of this one; none where it is a plain grant's already.
///
/// # Errors
/// The preset does not fit.
pub(super) fn shipped(spec: &Value) -> Result<Option<Value>, SpecError> {
    let name = spec.get("provider").and_then(Value::as_str);
    let preset = name.and_then(|name| Some((name, preset::shipped(name)?)));
    let (Some((name, text)), Value::Object(members)) = (preset, spec) else {
        return Ok(None);
    };
    over(name, text, members.clone()).map(|plain| Some(Value::Object(plain)))
}

fn over(
    name: &str,
    preset: &str,
    mut spec: Map<String, Value>,
) -> Result<Map<String, Value>, SpecError> {
    spec.remove("provider");
    let preset = preset::read(preset)
        .map_err(|why| SpecError::new("/provider", format!("in the preset `{name}`: {why}")))?;
    preset.expand(spec)
}

/// The plain grants.
pub const GRANTS: &[&str] = &["client_credentials", "jwt_bearer", "http", "static"];
