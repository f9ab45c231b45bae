//! `keyfob status`: the cached tokens; never the tokens themselves.

use serde_json::{Value, json};

use crate::find;
use crate::protocol::Reply;
use crate::time::{Timestamp, format_duration};
use crate::world::cache::Entry;
use crate::world::cache::TokenCache;
use crate::world::files::FileError;
use crate::world::{Clock, SpecFiles};

/// Every entry: spec, provider, target, age and end, or its cool-down; and whether its spec is gone.
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

/// Whether the spec that made the entry is there no more, as far as can be told: a spec that was
/// handed over by value, or by a relative path, has no file to look for.
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
    let kept = entry.kept.as_ref();
    let failure = entry.failure.as_ref().filter(|failure| failure.until > now);
    json!({
        "spec": entry.spec,
        "spec_gone": gone,
        "provider": entry.provider,
        "target": entry.target,
        "issued_at": kept.map(|kept| kept.token.issued_at.rfc3339()),
        "age": kept.map(|kept| now.since(kept.token.issued_at).as_secs()),
        "expires_at": kept.and_then(|kept| kept.token.expires_at).map(Timestamp::rfc3339),
        "renewed_from": kept.map(|kept| kept.renew_at.rfc3339()),
        "usable": kept.is_some_and(|kept| kept.use_until > now),
        "cool_down_until": failure.map(|failure| failure.until.rfc3339()),
        "last_failure": failure.map(|failure| failure.code.as_str()),
    })
}

fn line(entry: &Entry, gone: bool, now: Timestamp) -> String {
    let target = entry.target.as_deref().unwrap_or("-");
    let token = match &entry.kept {
        None => "no token".to_owned(),
        Some(kept) => {
            let age = format_duration(now.since(kept.token.issued_at));
            match (kept.use_until > now, kept.token.expires_at) {
                (false, _) => format!("ended, {age} old"),
                (true, Some(end)) => {
                    format!(
                        "{age} old, ends in {} ({end})",
                        format_duration(end.since(now))
                    )
                }
                (true, None) => format!(
                    "{age} old, end unknown, kept for {}",
                    format_duration(kept.use_until.since(now))
                ),
            }
        }
    };
    let pause = entry.failure.as_ref().filter(|failure| failure.until > now);
    let pause = pause
        .map(|failure| format!("; {} until {}", failure.code, failure.until))
        .unwrap_or_default();
    let gone = if gone { "; its spec is gone" } else { "" };
    format!(
        "{}\t{}\t{target}\t{token}{pause}{gone}\n",
        entry.spec, entry.provider
    )
}
