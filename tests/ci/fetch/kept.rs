//! The folder that keeps archives for later jobs, which may be another user's.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::PathBuf;

use super::Machine;
use crate::ci::names_in;
use crate::ci::release_page::Release;
use crate::support::need;
use crate::support::tools::need_root;

/// Whoever can change the folder can put a link in the place of what is written there.
#[test]
fn nothing_is_written_into_a_folder_that_another_user_can_change() {
    if !need(&["python3"]) {
        return;
    }
    let release = Release::start();
    let of_a_cache = || {
        let machine = Machine::of(&release);
        let shelf = machine.home.path("home/.cache/keyfob-archives");
        fs::create_dir_all(&shelf).unwrap();
        (machine, shelf)
    };
    let kept_nothing = |machine: &Machine, shelf: &PathBuf| {
        machine.fetched();
        assert_eq!(names_in(shelf, ""), [""; 0]);
    };
    for mode in [0o777, 0o775, 0o1777, 0o757] {
        let (machine, shelf) = of_a_cache();
        fs::set_permissions(&shelf, fs::Permissions::from_mode(mode)).unwrap();
        kept_nothing(&machine, &shelf);
    }
    if need_root() {
        let (machine, shelf) = of_a_cache();
        chown(&shelf, Some(65534), None).unwrap();
        kept_nothing(&machine, &shelf);
    }
    let (machine, shelf) = of_a_cache();
    let elsewhere = machine.home.path("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    fs::remove_dir(&shelf).unwrap();
    symlink(&elsewhere, &shelf).unwrap();
    kept_nothing(&machine, &elsewhere);

    // The user's own, behind a link: a disk for caches.
    let (machine, shelf) = of_a_cache();
    let cache = shelf.parent().unwrap();
    let disk = machine.home.path("disk");
    fs::rename(cache, &disk).unwrap();
    symlink(&disk, cache).unwrap();
    machine.fetched();
    assert_eq!(names_in(&shelf, ""), [release.checksum()]);
}

#[test]
fn a_folder_in_the_archives_place_collects_nothing() {
    if !need(&["python3"]) {
        return;
    }
    let release = Release::start();
    let machine = Machine::of(&release);
    let shelf = machine.home.path("home/.cache/keyfob-archives");
    let kept = shelf.join(release.checksum());
    fs::create_dir_all(&kept).unwrap();
    machine.fetched();
    machine.fetched();
    assert_eq!(names_in(&kept, ""), [""; 0]);
    assert_eq!(names_in(&shelf, ""), [release.checksum()]);
}
