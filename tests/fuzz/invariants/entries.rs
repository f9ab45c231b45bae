//! Files: an entry of the cache, and one value out of a JSON file.
//!
//! What is read as an entry is written as the same entry; of a file that was cut short nothing is believed.

use keyfob::credential::Secret;
use keyfob::source::{NoValue, at_pointer};
use keyfob::world::cache::Entry;
use serde_json::Value;

use super::first_line;

/// An entry of the cache.
pub fn entry(bytes: &[u8]) -> bool {
    let Some(entry) = Entry::from_bytes(bytes) else {
        return false;
    };
    if let Some(kept) = &entry.stored {
        let token = kept.token.access_token.expose();
        assert!(!token.is_empty() && token.bytes().all(|b| b.is_ascii_graphic()));
        assert_eq!(format!("{:?}", kept.token.access_token), "[redacted]");
    }
    let written = entry.to_bytes().expect("an entry can be written");
    let written = written.expose();
    let line = written.strip_suffix(b"\n").expect("an entry is one line");
    assert!(!line.contains(&b'\n'));
    let first = first_line(bytes).0;
    assert!(
        Entry::from_bytes(first).is_some(),
        "more than the first line is read"
    );
    let again = Entry::from_bytes(written).expect("what was written can be read");
    assert_eq!(
        again.to_bytes().expect("an entry can be written").expose(),
        written
    );
    let slots = [written, &[0; 512][..]].concat();
    let again = Entry::from_bytes(&slots).expect("what lies behind the line does not count");
    assert_eq!(again.key, entry.key);
    for end in [0, line.len() / 2, line.len().saturating_sub(1)] {
        assert!(
            Entry::from_bytes(&line[..end]).is_none(),
            "a part is taken for the whole"
        );
    }
    true
}

/// A JSON pointer, a line break, and the JSON file out of which it takes a value.
pub fn pointer(bytes: &[u8]) -> bool {
    let (pointer, document) = first_line(bytes);
    let Ok(pointer) = std::str::from_utf8(pointer) else {
        return false;
    };
    let found = at_pointer(&Secret::new(document.to_vec()), pointer);
    let document = document.strip_prefix(b"\xef\xbb\xbf").unwrap_or(document);
    let Ok(json) = serde_json::from_slice::<Value>(document) else {
        assert_eq!(found.err(), Some(NoValue::NotJson));
        return false;
    };
    match (found, resolve(&json, pointer)) {
        (Ok(secret), Some(value)) => {
            let text = secret.expose_text().expect("a value of JSON is UTF-8");
            match value {
                Value::String(wanted) => assert!(text == wanted && !text.is_empty()),
                Value::Number(number) => assert_eq!(text, number.to_string()),
                Value::Object(_) => assert!(text.starts_with('{') && text.ends_with('}')),
                other => panic!("{other} is no text"),
            }
            true
        }
        (Err(NoValue::Absent), None | Some(Value::Null)) => false,
        (Err(NoValue::Absent), Some(Value::String(text))) => {
            assert!(text.is_empty());
            false
        }
        (Err(NoValue::NotText), Some(Value::Array(_) | Value::Bool(_))) => false,
        // A number that a reader changes is none.
        (Err(NoValue::NotText), Some(value)) if has_fraction(value) => false,
        (found, wanted) => panic!("{:?} where {wanted:?} lies", found.err()),
    }
}

fn has_fraction(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_f64(),
        Value::Array(items) => items.iter().any(has_fraction),
        Value::Object(members) => members.values().any(has_fraction),
        _ => false,
    }
}

/// RFC 6901 §4, word by word.
fn resolve<'a>(document: &'a Value, pointer: &str) -> Option<&'a Value> {
    if pointer.is_empty() {
        return Some(document);
    }
    let mut value = document;
    for token in pointer.strip_prefix('/')?.split('/') {
        let token = token.replace("~1", "/").replace("~0", "~");
        value = match value {
            Value::Object(members) => members.get(&token)?,
            Value::Array(items) => {
                let digits = token.bytes().all(|b| b.is_ascii_digit());
                let leading_zero = token.len() > 1 && token.starts_with('0');
                if !digits || leading_zero {
                    return None;
                }
                items.get(token.parse::<usize>().ok()?)?
            }
            _ => return None,
        };
    }
    Some(value)
}
