//! git itself, clone and push: the helper by its path, by its name, for one URL, and through the shipped file.

use super::{World, gits, knows_authtype, newest_git, run};

const BY_NAME: &str = "[credential]\n\thelper = keyfob\n";

/// Clones into `NAME`, commits a file of that name, pushes.
fn clone_and_push(world: &World, git: &std::path::Path, url: &str, name: &str) {
    world.git(git, &["clone", "-q", url, name]).answer();
    world.home.write(&format!("home/{name}/{name}"), "content");
    for arguments in [
        &["add", "."][..],
        &["commit", "-q", "-m", name],
        &["push", "-q", "origin", "HEAD:main"],
    ] {
        world
            .git(git, &[&["-C", name], arguments].concat())
            .answer();
    }
    assert_eq!(world.server.newest(&world.home), name);
}

#[test]
fn clone_and_push_take_the_token_as_a_password_and_ask_the_provider_once() {
    let Some(world) = World::new() else { return };
    world.spec(&[&world.server.host()]);
    world.configure(BY_NAME);
    for (number, git) in gits().iter().enumerate() {
        clone_and_push(
            &world,
            git,
            &world.server.url("basic"),
            &format!("basic-{number}"),
        );
    }
    assert!(
        world
            .server
            .seen()
            .iter()
            .all(|shown| shown == "none" || shown == "Basic oauth2:token-1")
    );
    assert_eq!(world.provider.count(), 1);
}

#[test]
fn a_server_that_offers_only_bearer_gets_bearer() {
    let Some(world) = World::new() else { return };
    let Some(git) = newest_git(&world.home) else {
        return;
    };
    world.spec(&[&world.server.host()]);
    world.configure(BY_NAME);
    clone_and_push(&world, &git, &world.server.url("bearer"), "bearer");
    assert!(
        world
            .server
            .seen()
            .iter()
            .all(|shown| shown == "none" || shown == "Bearer token-1")
    );
    assert_eq!(world.provider.count(), 1);
}

#[test]
fn a_server_that_offers_both_gets_basic() {
    let Some(world) = World::new() else { return };
    world.spec(&[&world.server.host()]);
    world.configure(BY_NAME);
    for (number, git) in gits().iter().enumerate() {
        clone_and_push(
            &world,
            git,
            &world.server.url("both"),
            &format!("both-{number}"),
        );
    }
    assert!(
        world
            .server
            .seen()
            .iter()
            .all(|shown| shown == "none" || shown == "Basic oauth2:token-1")
    );
}

#[test]
fn a_server_that_offers_both_gets_bearer_when_the_spec_says_so_and_git_can() {
    let Some(world) = World::new() else { return };
    let mut spec = super::spec(&world.provider, &[&world.server.host()]);
    spec["authtype"] = "bearer".into();
    world.home.spec("team", spec.to_string());
    world.configure(BY_NAME);
    for (number, git) in gits().iter().enumerate() {
        let before = world.server.seen().len();
        clone_and_push(
            &world,
            git,
            &world.server.url("both"),
            &format!("both-{number}"),
        );
        let can = knows_authtype(&world.home, git);
        let expected = if can {
            "Bearer token-1"
        } else {
            "Basic oauth2:token-1"
        };
        assert!(
            world.server.seen()[before..]
                .iter()
                .all(|shown| shown == "none" || shown == expected)
        );
    }
}

#[test]
fn the_user_name_of_the_spec_is_shown() {
    let Some(world) = World::new() else { return };
    let mut spec = super::spec(&world.provider, &[&world.server.host()]);
    spec["username"] = "x-access-token".into();
    world.home.spec("team", spec.to_string());
    world.configure(BY_NAME);
    world
        .git(&gits()[0], &["ls-remote", &world.server.url("basic")])
        .answer();
    assert_eq!(
        world.server.seen(),
        ["none", "Basic x-access-token:token-1"]
    );
}

#[test]
fn the_helper_is_found_by_its_path_with_a_spec_of_its_own() {
    let Some(world) = World::new() else { return };
    world.spec(&[&world.server.host()]);
    let keyfob = world.home.bin().join("keyfob");
    for (number, helper) in ["git", "git --spec team"].iter().enumerate() {
        world.configure(&format!(
            "[credential]\n\thelper = {} {helper}\n",
            keyfob.display()
        ));
        for git in gits() {
            world
                .git(&git, &["ls-remote", &world.server.url("basic")])
                .answer();
        }
        assert_eq!(world.provider.count(), 1, "{number}");
    }
}

#[test]
fn the_helper_is_asked_for_one_url_only() {
    let Some(world) = World::new() else { return };
    world.spec(&[&world.server.host()]);
    for git in gits() {
        world.configure(&format!(
            "[credential \"https://{}\"]\n\thelper = keyfob\n",
            world.server.host()
        ));
        world
            .git(&git, &["ls-remote", &world.server.url("basic")])
            .answer();
        world.configure("[credential \"https://git.example.com\"]\n\thelper = keyfob\n");
        assert_eq!(
            world
                .git(&git, &["ls-remote", &world.server.url("basic")])
                .status,
            128
        );
    }
}

#[test]
fn the_shipped_file_is_included() {
    let Some(world) = World::new() else { return };
    world.spec(&[&world.server.host()]);
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/integrations/git/gitconfig");
    for git in gits() {
        world
            .git(&git, &["config", "--global", "include.path", shipped])
            .answer();
        world
            .git(&git, &["ls-remote", &world.server.url("basic")])
            .answer();
    }
    assert_eq!(world.provider.count(), 1);
}

#[test]
fn the_shipped_file_lets_git_name_the_path_for_its_host() {
    let Some(world) = World::new() else { return };
    world.spec(&[&world.server.target("basic")]);
    let shipped = include_str!("../../integrations/git/gitconfig");
    for git in gits() {
        world.configure(shipped);
        let output = world.git(&git, &["ls-remote", &world.server.url("basic")]);
        assert_eq!(output.status, 128, "the path was not named: {output:?}");
        world.configure(&shipped.replace("git.example.com", &world.server.host()));
        world
            .git(&git, &["ls-remote", &world.server.url("basic")])
            .answer();
        assert_eq!(
            world
                .git(&git, &["ls-remote", &world.server.url("both")])
                .status,
            128
        );
    }
    assert_eq!(world.provider.count(), 1);
}

#[test]
fn six_fetches_at_once_share_one_token() {
    let Some(world) = World::new() else { return };
    world.spec(&[&world.server.host()]);
    world.configure(BY_NAME);
    let git = &gits()[0];
    let url = world.server.url("basic");
    let results = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..6)
            .map(|_| {
                scope.spawn(|| run(world.home.command_at(git).args(["ls-remote", &url]), "").status)
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect::<Vec<_>>()
    });
    assert_eq!(results, [0; 6]);
    assert_eq!(world.provider.count(), 1);
}
