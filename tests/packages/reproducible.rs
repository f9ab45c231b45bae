//! Made again elsewhere, the packages of this half are the same bytes.

use std::fs;

use super::offered::{files, make, packages};

#[test]
fn packages_that_are_made_again_in_another_folder_are_the_same_bytes() {
    let Some(first) = packages() else { return };
    let second = make("packages-again", "077").unwrap();
    let names = files(first, "");
    assert_eq!(names, files(&second, ""));
    assert!(names.len() > 20, "{names:?}");
    for name in names {
        let same = fs::read(first.join(&name)).unwrap() == fs::read(second.join(&name)).unwrap();
        assert!(same, "{name} differs");
    }
    fs::remove_dir_all(second.parent().unwrap()).unwrap();
}
