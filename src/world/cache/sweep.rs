//! Removes old files from the cache folder: those of dead processes and of expired tokens.
//!
//! Never removes a file whose name is not one of the cache's, a valid token, or a lock that is
//! held.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::{is_key, read_entry};
use crate::time::Timestamp;
use crate::world::platform::replace::remove_unused;

/// Age after which a temporary file counts as left behind where locks do not work, and after which
/// a stored lookup is of no use.
const ABANDONED: Duration = Duration::from_secs(60);
/// How long an entry is kept after its token's expiry.
const STALE: Duration = Duration::from_secs(24 * 3600);

/// Removes files with these endings that dead processes or expired tokens left. Runs after a token
/// is fetched, never on a hit.
pub(super) fn sweep(folder: &Path, endings: &[&str]) {
    let Ok(folder) = fs::read_dir(folder) else {
        return;
    };
    let now = SystemTime::now();
    for item in folder.filter_map(Result::ok) {
        let path = item.path();
        // The folder may hold files that are not the cache's.
        let name = path.file_name().and_then(|name| name.to_str());
        let Some((_, rest)) = name
            .and_then(|name| name.split_once('.'))
            .filter(|(key, _)| is_key(key))
        else {
            continue;
        };
        let ending = rest.rsplit('.').next().unwrap_or_default();
        if !endings.contains(&ending) {
            continue;
        }
        let age = item
            .metadata()
            .and_then(|metadata| metadata.modified())
            .ok()
            .and_then(|then| now.duration_since(then).ok())
            .unwrap_or_default();
        match ending {
            // A living writer holds the lock: a file that can be locked has no writer any more.
            "tmp" => remove_unused(&path, age >= ABANDONED),
            "found" if age >= ABANDONED => drop(fs::remove_file(path)),
            "json" if age >= STALE && !is_in_use(&path, now) => drop(fs::remove_file(path)),
            "lock" if age >= STALE => remove_unused(&path, false),
            _ => {}
        }
    }
}

fn is_in_use(entry: &Path, now: SystemTime) -> bool {
    let today = now
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |span| span.as_secs());
    let today = Timestamp::from_unix(i64::try_from(today).unwrap_or(i64::MAX));
    let stored = read_entry(entry).and_then(|entry| entry.stored);
    stored.is_some_and(|stored| stored.use_until > today)
}
