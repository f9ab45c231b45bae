//! When what is found is what a conversation wants: values and texts in which moments stand.

use serde_json::Value;

use crate::providers::{now, unix};

/// How many seconds a conversation may take.
const PATIENCE: i64 = 20;

/// `{"now": SECONDS}`
pub fn moment(value: &Value) -> Option<i64> {
    let members = value.as_object().filter(|members| members.len() == 1)?;
    Some(now() + members.get("now")?.as_i64()?)
}

fn is_near(found: i64, wanted: i64) -> bool {
    (wanted - PATIENCE..=wanted + 1).contains(&found)
}

/// The answer with its moments filled in: `{"now": SECONDS}` is a date, `{"unix": SECONDS}` a number.
pub fn filled(value: &Value) -> Value {
    let unix = value.as_object().filter(|members| members.len() == 1);
    if let Some(seconds) = unix.and_then(|members| members.get("unix")?.as_i64()) {
        return (now() + seconds).into();
    }
    match value {
        _ if moment(value).is_some() => keyfob::time::Timestamp::from_unix(moment(value).unwrap())
            .rfc3339()
            .into(),
        Value::Array(items) => items.iter().map(filled).collect(),
        Value::Object(members) => {
            let filled = members
                .iter()
                .map(|(name, value)| (name.clone(), filled(value)));
            Value::Object(filled.collect())
        }
        plain => plain.clone(),
    }
}

/// Whether found is what is wanted, moments within reason.
pub fn is_same(wanted: &Value, found: &Value) -> bool {
    match (moment(wanted), wanted, found) {
        (Some(wanted), _, Value::Number(found)) => {
            found.as_i64().is_some_and(|found| is_near(found, wanted))
        }
        (Some(wanted), _, Value::String(found)) => is_near(unix(found), wanted),
        (None, Value::Object(wanted), Value::Object(found)) => {
            let same = |(name, value): (&String, &Value)| {
                found.get(name).is_some_and(|found| is_same(value, found))
            };
            wanted.len() == found.len() && wanted.iter().all(same)
        }
        _ => wanted == found,
    }
}

pub fn is_same_text(wanted: &str, found: &str) -> bool {
    let Some((before, rest)) = wanted.split_once("{now+") else {
        return wanted == found;
    };
    let (seconds, after) = rest.split_once('}').unwrap();
    let found = found
        .strip_prefix(before)
        .and_then(|found| found.strip_suffix(after));
    let found = found.and_then(|found| found.parse().ok());
    found.is_some_and(|found| is_near(found, now() + seconds.parse::<i64>().unwrap()))
}
