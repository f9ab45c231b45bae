//! Old files in the cache folder: what dead processes and dead tokens left behind.
//!
//! Never touches a name that is not the cache's own, a token that is still good, or a lock that somebody holds.

use std::fs::{self, OpenOptions};
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::{is_key, names, private, read_entry};
use crate::time::Timestamp;

/// How old a temporary file must be to be a dead process's.
const ABANDONED: Duration = Duration::from_secs(60);
/// How long after its end an entry may lie about.
const STALE: Duration = Duration::from_secs(24 * 3600);

/// Removes what dead processes and dead tokens left behind. Runs after a mint, never on a hit.
pub(super) fn sweep(folder: &Path) {
    let Ok(folder) = fs::read_dir(folder) else {
        return;
    };
    let now = SystemTime::now();
    for item in folder.filter_map(Result::ok) {
        let path = item.path();
        // In a folder that holds other things too, those are nobody's to remove.
        let name = path.file_name().and_then(|name| name.to_str());
        let Some((_, rest)) = name
            .and_then(|name| name.split_once('.'))
            .filter(|(key, _)| is_key(key))
        else {
            continue;
        };
        let ending = rest.rsplit('.').next().unwrap_or_default();
        let limit = match ending {
            "tmp" => ABANDONED,
            "json" => STALE,
            "lock" if cfg!(unix) => STALE,
            _ => continue,
        };
        let age = item
            .metadata()
            .and_then(|metadata| metadata.modified())
            .ok()
            .and_then(|then| now.duration_since(then).ok());
        if age.is_none_or(|age| age < limit) {
            continue;
        }
        match ending {
            "json" if is_in_use(&path, now) => {}
            "lock" => sweep_lock(&path),
            _ => drop(fs::remove_file(path)),
        }
    }
}

fn is_in_use(entry: &Path, now: SystemTime) -> bool {
    let today = now
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |span| span.as_secs());
    let today = Timestamp::from_unix(i64::try_from(today).unwrap_or(i64::MAX));
    let kept = read_entry(entry).and_then(|entry| entry.kept);
    kept.is_some_and(|kept| kept.use_until > today)
}

/// Removes a lock that nobody holds, while holding it: who has it open already finds out in [`Cache::lock`].
fn sweep_lock(path: &Path) {
    let file = private(OpenOptions::new().write(true)).open(path);
    if let Ok(file) = file
        && file.try_lock().is_ok()
        && names(path, &file)
    {
        let _ = fs::remove_file(path);
    }
}
