//! What `status` says to programs: fields separated by tabs, and JSON. Both name times, not spans.

use serde_json::{Value, json};

use super::Row;
use crate::protocol::one_line;
use crate::time::Timestamp;

/// The fields of a row, in an order that stays: name, provider, targets, state, expiry, renewal,
/// the target that the token was issued for, the spec's file, and a note. `-` for none.
pub(super) fn fields(row: &Row, now: Timestamp) -> String {
    let stored = row.entry.as_ref().and_then(|entry| entry.stored.as_ref());
    let time = |time: Option<Timestamp>| time.map(Timestamp::rfc3339).unwrap_or_default();
    let target = row.entry.as_ref().and_then(|entry| entry.target.as_deref());
    let fields = [
        row.name.clone(),
        row.provider.clone(),
        row.targets.join(","),
        row.state.word().to_owned(),
        time(stored.and_then(|stored| stored.token.expires_at)),
        time(stored.map(|stored| stored.renew_at)),
        one_line(target.unwrap_or_default()),
        row.from.clone().unwrap_or_default(),
        note(row, now),
    ];
    let shown = fields.map(|field| match field.is_empty() {
        true => "-".to_owned(),
        false => field,
    });
    format!("{}\n", shown.join("\t"))
}

/// What else there is to say, in sentences that `; ` separates.
pub(super) fn note(row: &Row, now: Timestamp) -> String {
    let mut notes = Vec::new();
    if let Some(error) = &row.broken {
        notes.push(one_line(&error.to_string()));
    }
    if row.gone {
        notes.push("its spec no longer exists".to_owned());
    }
    if let Some(entry) = &row.entry {
        let unbounded = |it: &&crate::world::cache::StoredToken| it.token.expires_at.is_none();
        if let Some(stored) = entry.stored.as_ref().filter(unbounded) {
            let until = stored.use_until;
            notes.push(format!("expiry unknown, cached until {until}"));
        }
        match &entry.failure {
            Some(failure) if failure.until > now => {
                notes.push(format!("{} until {}", failure.code, failure.until));
            }
            Some(failure) if entry.stored.is_none() => {
                notes.push(format!("{} at {}", failure.code, failure.at));
            }
            _ => {}
        }
    }
    notes.join("; ")
}

/// All rows as one array.
pub(super) fn json(rows: &[Row], now: Timestamp) -> String {
    let all: Vec<Value> = rows.iter().map(|row| described(row, now)).collect();
    format!("{}\n", Value::Array(all))
}

fn described(row: &Row, now: Timestamp) -> Value {
    let entry = row.entry.as_ref();
    let stored = entry.and_then(|entry| entry.stored.as_ref());
    let failure = entry.and_then(|entry| entry.failure.as_ref());
    let failure = failure.filter(|failure| failure.until > now);
    let error = row.broken.as_ref().map(|error| {
        json!({
            "code": error.code.as_str(),
            "sentence": one_line(&error.sentence),
            "hint": error.hint,
        })
    });
    json!({
        "spec": row.name,
        "spec_gone": row.gone,
        "provider": row.provider,
        "targets": row.targets,
        "state": row.state.word(),
        "from": row.from,
        "target": entry.and_then(|entry| entry.target.as_deref()),
        "scope": stored.and_then(|stored| stored.token.scope.as_deref()),
        "issued_at": stored.map(|stored| stored.token.issued_at.rfc3339()),
        "age": stored.map(|stored| now.since(stored.token.issued_at).as_secs()),
        "expires_at": stored.and_then(|stored| stored.token.expires_at).map(Timestamp::rfc3339),
        "renewed_from": stored.map(|stored| stored.renew_at.rfc3339()),
        "usable": row.broken.is_none() && stored.is_some_and(|stored| stored.use_until > now),
        "cool_down_until": failure.map(|failure| failure.until.rfc3339()),
        "last_failure": failure.map(|failure| failure.code.as_str()),
        "error": error,
    })
}
