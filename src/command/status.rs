//! `keyfob status`: lists what is cached. Never prints a token.

use serde_json::{Value, json};

use crate::find;
use crate::protocol::Reply;
use crate::time::{Timestamp, format_duration};
use crate::world::cache::Entry;
use crate::world::cache::TokenCache;
use crate::world::files::FileError;
use crate::world::{Clock, SpecFiles};

/// Lists every entry with its spec, provider, target, age, expiry and cool-down. An entry whose
/// spec no longer exists is marked.
pub fn run(world: &(impl Clock + SpecFiles + TokenCache + ?Sized), as_json: bool) -> Reply {
    let now = world.now();
    let mut entries = world.entries();
    entries.sort_by(|one, other| {
        (&one.spec, &one.target, &one.key).cmp(&(&other.spec, &other.target, &other.key))
    });
    if as_json {
        let all: Vec<Value> = entries
            .iter()
            .map(|entry| described(entry, is_gone(world, entry), now))
            .collect();
        return Reply::text(format!("{}\n", Value::Array(all)));
    }
    if entries.is_empty() {
        return Reply::text("no tokens are cached\n");
    }
    Reply::text(
        entries
            .iter()
            .map(|entry| line(entry, is_gone(world, entry), now))
            .collect::<String>(),
    )
}

/// Whether the entry's spec no longer exists. `false` if that is unknown: for a spec that was
/// passed by value or by a relative path.
fn is_gone(world: &(impl SpecFiles + ?Sized), entry: &Entry) -> bool {
    let named = || {
        let folder = world
            .config_folder()
            .filter(|_| !find::is_nameless(&entry.spec))?;
        Some(folder.join(format!("{}.json", entry.spec)))
    };
    let file = entry.file.as_ref().map(Into::into).or_else(named);
    file.is_some_and(|file| world.read_config(&file) == Err(FileError::Missing))
}

fn described(entry: &Entry, gone: bool, now: Timestamp) -> Value {
    let stored = entry.stored.as_ref();
    let failure = entry.failure.as_ref().filter(|failure| failure.until > now);
    json!({
        "spec": entry.spec,
        "spec_gone": gone,
        "provider": entry.provider,
        "target": entry.target,
        "issued_at": stored.map(|stored| stored.token.issued_at.rfc3339()),
        "age": stored.map(|stored| now.since(stored.token.issued_at).as_secs()),
        "expires_at": stored.and_then(|stored| stored.token.expires_at).map(Timestamp::rfc3339),
        "renewed_from": stored.map(|stored| stored.renew_at.rfc3339()),
        "usable": stored.is_some_and(|stored| stored.use_until > now),
        "cool_down_until": failure.map(|failure| failure.until.rfc3339()),
        "last_failure": failure.map(|failure| failure.code.as_str()),
    })
}

fn line(entry: &Entry, gone: bool, now: Timestamp) -> String {
    let target = entry.target.as_deref().unwrap_or("-");
    let token = match &entry.stored {
        None => "no token".to_owned(),
        Some(stored) => {
            let age = format_duration(now.since(stored.token.issued_at));
            match (stored.use_until > now, stored.token.expires_at) {
                (false, _) => format!("expired, {age} old"),
                (true, Some(expiry)) => {
                    format!(
                        "{age} old, expires in {} ({expiry})",
                        format_duration(expiry.since(now))
                    )
                }
                (true, None) => format!(
                    "{age} old, expiry unknown, cached for {}",
                    format_duration(stored.use_until.since(now))
                ),
            }
        }
    };
    let pause = entry.failure.as_ref().filter(|failure| failure.until > now);
    let pause = pause
        .map(|failure| format!("; {} until {}", failure.code, failure.until))
        .unwrap_or_default();
    let gone = if gone {
        "; its spec no longer exists"
    } else {
        ""
    };
    format!(
        "{}\t{}\t{target}\t{token}{pause}{gone}\n",
        entry.spec, entry.provider
    )
}
