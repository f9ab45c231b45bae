//! git-lfs, which asks `git credential fill` for itself: an object goes up with one clone and comes down with the next.

use std::os::unix::fs::symlink;
use std::path::Path;

use super::{World, newest_git};
use crate::support::{need, tool};

const CONTENT: &str = "large, for a test";

/// Pushes one LFS object through `scheme` and fetches it again.
fn up_and_down(world: &World, git: &Path, scheme: &str) {
    world.spec(&[&world.server.host()]);
    world.configure("[credential]\n\thelper = keyfob\n[lfs]\n\tlocksverify = false\n");
    world.git(git, &["lfs", "install", "--skip-repo"]).answer();
    let url = world.server.url(scheme);
    world.git(git, &["clone", "-q", &url, "up"]).answer();
    world
        .git(git, &["-C", "up", "lfs", "track", "*.bin"])
        .answer();
    world.home.write("home/up/large.bin", CONTENT);
    for arguments in [
        &["add", "."][..],
        &["commit", "-q", "-m", "large"],
        &["push", "-q", "origin", "HEAD:main"],
    ] {
        world
            .git(git, &[&["-C", "up"], arguments].concat())
            .answer();
    }
    assert_eq!(world.server.objects(), 1);
    world.git(git, &["clone", "-q", &url, "down"]).answer();
    assert_eq!(
        std::fs::read_to_string(world.home.path("home/down/large.bin")).unwrap(),
        CONTENT
    );
    assert_eq!(world.provider.count(), 1);
}

#[test]
fn objects_go_up_and_down_with_basic() {
    if !need(&["git-lfs"]) {
        return;
    }
    let Some(world) = World::new() else { return };
    up_and_down(&world, &tool("git"), "basic");
    assert!(
        world
            .server
            .seen()
            .iter()
            .all(|shown| shown == "none" || shown == "Basic oauth2:token-1")
    );
}

#[test]
fn objects_go_up_and_down_with_bearer() {
    if !need(&["git-lfs-3.6/git-lfs"]) {
        return;
    }
    let Some(world) = World::new() else { return };
    let Some(git) = newest_git(&world.home) else {
        return;
    };
    symlink(
        tool("git-lfs-3.6/git-lfs"),
        world.home.bin().join("git-lfs"),
    )
    .unwrap();
    up_and_down(&world, &git, "bearer");
    assert!(
        world
            .server
            .seen()
            .iter()
            .all(|shown| shown == "none" || shown == "Bearer token-1")
    );
}
