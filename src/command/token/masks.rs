//! The values that a log must not show: the token, and each string in it if it is JSON. A runner
//! that masks only the whole token would show its parts.

use serde_json::Value;
use zeroize::Zeroizing;

use crate::credential::{AccessToken, Secret, wipe};

/// The token, then every string in it if it is JSON. A string is split into lines, and is also
/// added as it is written in the JSON. No value is empty, repeated, or contains a line break.
pub(super) fn values(token: &AccessToken) -> Vec<Secret> {
    let mut values = vec![token.secret()];
    // A token that is a single JSON string is always shown with its quotes, so masking the whole
    // token is enough.
    let document = serde_json::from_str(token.expose());
    if let Ok(mut document @ (Value::Object(_) | Value::Array(_))) = document {
        collect(&document, &mut values);
        wipe(&mut document);
    }
    values
}

fn collect(value: &Value, values: &mut Vec<Secret>) {
    match value {
        Value::String(text) => {
            for line in text.split(['\n', '\r']) {
                add(line.as_bytes(), values);
            }
            let written = Secret::json(text, "");
            let written = written.as_ref().map(Secret::expose).unwrap_or_default();
            let inside = written
                .strip_prefix(b"\"")
                .and_then(|rest| rest.strip_suffix(b"\""));
            add(inside.unwrap_or_default(), values);
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, values)),
        Value::Object(members) => members.values().for_each(|member| collect(member, values)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn add(value: &[u8], values: &mut Vec<Secret>) {
    if !value.is_empty() && values.iter().all(|known| known.expose() != value) {
        values.push(Secret::new(value.to_vec()));
    }
}

/// The values, one per line.
pub(super) fn lines(token: &AccessToken) -> Secret {
    let values = values(token);
    let length = values.iter().map(|value| value.len() + 1).sum();
    let mut lines = Zeroizing::new(Vec::with_capacity(length));
    for value in &values {
        lines.extend_from_slice(value.expose());
        lines.push(b'\n');
    }
    Secret::new(std::mem::take(&mut *lines))
}
