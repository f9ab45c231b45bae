//! Old files in the cache folder: what dead processes and dead tokens left behind.
//!
//! Never touches a name that is not the cache's own, a token that is still good, or a lock that somebody holds.

use std::fs::{self, OpenOptions};
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::{is_key, names, private, read_entry};
use crate::time::Timestamp;

/// How old a temporary file must be to be a dead process's, where there are no locks; and what was found lately, to be of no more use.
const ABANDONED: Duration = Duration::from_secs(60);
/// How long after its end an entry may lie about.
const STALE: Duration = Duration::from_secs(24 * 3600);

/// Removes what dead processes and dead tokens left behind, of the files with these endings. Runs after a mint, never on a hit.
pub(super) fn sweep(folder: &Path, endings: &[&str]) {
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
            // Its writer locks it, and dies before the lock or with it.
            "tmp" if cfg!(unix) => sweep_unlocked(&path, age >= ABANDONED),
            "tmp" if age >= ABANDONED => drop(fs::remove_file(path)),
            "found" if age >= ABANDONED => drop(fs::remove_file(path)),
            "json" if age >= STALE && !is_in_use(&path, now) => drop(fs::remove_file(path)),
            "lock" if age >= STALE && cfg!(unix) => sweep_unlocked(&path, false),
            _ => {}
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

/// Removes a file that nobody has locked, while holding its lock: who has it open already finds out. Where there are no locks, only if
/// `otherwise`.
fn sweep_unlocked(path: &Path, otherwise: bool) {
    let Ok(file) = private(OpenOptions::new().write(true)).open(path) else {
        return;
    };
    let abandoned = match file.try_lock() {
        Ok(()) => names(path, &file),
        Err(fs::TryLockError::WouldBlock) => false,
        Err(fs::TryLockError::Error(_)) => otherwise,
    };
    if abandoned {
        let _ = fs::remove_file(path);
    }
}
