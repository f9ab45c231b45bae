//! What old processes and old tokens leave in the folder is removed when a token is made, and nothing else ever is.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::{entry, home, numbering, token};
use crate::support::Home;

const KEY: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// A file in the cache folder that was last written so many hours ago.
fn old(home: &Home, name: &str, content: &str, hours: u64) -> PathBuf {
    let path = home.write(&format!("cache/{name}"), content);
    age(&path, hours);
    path
}

fn age(path: &Path, hours: u64) {
    let then = SystemTime::now() - Duration::from_secs(hours * 3600);
    File::options()
        .write(true)
        .open(path)
        .unwrap()
        .set_modified(then)
        .unwrap();
}

#[test]
fn what_is_dead_is_removed_by_the_next_mint() {
    let provider = numbering();
    let home = home(&provider);
    let dead = [
        old(&home, &format!("{KEY}.json"), "{}", 25),
        old(&home, &format!("{KEY}.lock"), "", 25),
        old(&home, &format!("{KEY}.4711-0.tmp"), "{", 1),
        // Whoever writes one holds it locked.
        old(&home, &format!("{KEY}.4711-1.tmp"), "{", 0),
    ];
    token(&home);
    for path in dead {
        assert!(!path.exists(), "{}", path.display());
    }
}

#[test]
fn what_is_young_stays() {
    let provider = numbering();
    let home = home(&provider);
    let young = [
        old(&home, &format!("{KEY}.json"), "{}", 23),
        old(&home, &format!("{KEY}.lock"), "", 23),
    ];
    token(&home);
    assert!(young.iter().all(|path| path.exists()));
}

#[test]
fn what_is_not_ours_stays_however_old_it_is() {
    let provider = numbering();
    let home = home(&provider);
    let theirs = [
        "package.json",
        "Cargo.lock",
        "yarn.lock",
        "notes.tmp",
        "x.json",
        &KEY[1..],
    ]
    .map(|name| old(&home, name, "mine", 10_000));
    token(&home);
    for path in theirs {
        assert!(path.exists(), "{}", path.display());
    }
}

#[test]
fn a_token_that_is_still_good_stays_however_old_its_file_is() {
    let provider = crate::support::Provider::start(|request| {
        crate::support::Answer::token(&format!("token-{}", request.number), 10 * 86_400)
    });
    let mut home = home(&provider);
    assert_eq!(token(&home), "token-1");
    age(&entry(&home), 48);
    home.set("CACHE_SECRET", "another");
    assert_eq!(token(&home), "token-2");
    home.set("CACHE_SECRET", super::SECRET);
    assert_eq!(token(&home), "token-1");
}

#[test]
fn a_lock_that_somebody_holds_stays() {
    let provider = numbering();
    let home = home(&provider);
    let path = old(&home, &format!("{KEY}.lock"), "", 48);
    let held = File::open(&path).unwrap();
    held.lock().unwrap();
    token(&home);
    assert!(path.exists());
    drop(held);
    fs::remove_file(entry(&home)).unwrap();
    token(&home);
    assert!(!path.exists());
}

#[test]
fn an_entry_that_is_being_written_stays() {
    let provider = numbering();
    let home = home(&provider);
    let path = old(&home, &format!("{KEY}.4711-0.tmp"), "{", 48);
    let written = File::open(&path).unwrap();
    written.lock().unwrap();
    token(&home);
    assert!(path.exists());
    drop(written);
    fs::remove_file(entry(&home)).unwrap();
    token(&home);
    assert!(!path.exists());
}

#[test]
fn a_hit_sweeps_nothing() {
    let provider = numbering();
    let home = home(&provider);
    token(&home);
    let dead = old(&home, &format!("{KEY}.json"), "{}", 25);
    token(&home);
    assert!(dead.exists());
}
