//! Where a secret is: `env:VAR`, `file:PATH`, `keyring:NAME`, `spec:NAME`, a source as JSON, or
//! `-`.

use std::path::Path;

use serde_json::{Map, Value, json};

use crate::credential::Secret;
use crate::source::KeyringKind;
use crate::world::Environment;

/// Where a secret comes from.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Place {
    /// It is typed, or comes from standard input, and goes into the keyring.
    New,
    /// A source.
    Source(Value),
}

/// The forms, for a question.
pub(super) const FORMS: &str = "env:VAR, file:PATH, keyring:NAME or spec:NAME";

/// The forms where there is no keyring.
pub(super) const FORMS_WITHOUT_KEYRING: &str = "env:VAR, file:PATH or spec:NAME";

/// What a source as JSON names. A key or a service account in JSON has none of these.
const KINDS: &str = "keyring env file command jwt token presigned request base64url";

/// Parses a place that was typed. `None` if it is none: it could be the secret itself.
pub(super) fn typed(world: &dyn Environment, store: KeyringKind, answer: &Secret) -> Option<Value> {
    let Place::Source(source) = parse(world, store, answer.expose_text()?.trim())? else {
        return None;
    };
    let is_source = |value: &Value| {
        KINDS
            .split(' ')
            .any(|kind| value.get(kind).is_some_and(|of| !of.is_null()))
    };
    let is_one = match &source {
        Value::Array(items) => !items.is_empty() && items.iter().all(is_source),
        one => is_source(one),
    };
    is_one.then_some(source)
}

/// Parses a place. `None` if the text is none: it could be the secret itself.
pub(super) fn parse(world: &dyn Environment, store: KeyringKind, text: &str) -> Option<Place> {
    if text == "-" {
        return Some(Place::New);
    }
    if text.starts_with(['{', '[']) {
        let value: Value = serde_json::from_str(text).ok()?;
        return Some(Place::Source(value));
    }
    let (kind, name) = text.split_once(':').filter(|(_, name)| !name.is_empty())?;
    Some(Place::Source(match kind {
        "env" if is_variable(name) => json!({ "env": name }),
        "file" => json!({ "file": absolute(world, name) }),
        "keyring" => in_keyring(name, store),
        "spec" => json!({ "token": name }),
        _ => return None,
    }))
}

fn is_variable(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !name.starts_with(|c: char| c.is_ascii_digit()) && name.chars().all(is_part)
}

/// The path as it is written in the spec: a relative one would be beside the spec's file there.
fn absolute(world: &dyn Environment, path: &str) -> String {
    let folder = world
        .working_directory()
        .filter(|_| !Path::new(path).is_absolute() && !path.starts_with("~/"));
    let whole = folder.and_then(|folder| folder.join(path).to_str().map(str::to_owned));
    whole.unwrap_or_else(|| path.to_owned())
}

/// The source of a keyring entry.
pub(super) fn in_keyring(name: &str, store: KeyringKind) -> Value {
    let store = match store {
        KeyringKind::Default => return json!({ "keyring": name }),
        KeyringKind::Kernel => "kernel",
        KeyringKind::SecretService => "secret-service",
    };
    let entry = [("user", name), ("store", store)];
    let entry: Map<String, Value> = entry
        .into_iter()
        .map(|(member, value)| (member.to_owned(), value.into()))
        .collect();
    json!({ "keyring": entry })
}
