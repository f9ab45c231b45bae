//! The user name in a URL and the one that a spec writes: whose is shown, and which spec it means.

use super::{World, gits, home, numbering, run, spec};
use crate::support::{Home, Output};

fn get(home: &Home, user: &str, path: &str) -> Output {
    let user = if user.is_empty() {
        String::new()
    } else {
        format!("username={user}\n")
    };
    run(
        &mut home.keyfob(["git", "get"]),
        format!("protocol=https\nhost=git.example.com\npath={path}\n{user}"),
    )
}

/// Writes a spec with this user name, if it is not empty.
fn write(
    home: &Home,
    name: &str,
    provider: &crate::support::Provider,
    targets: &[&str],
    user: &str,
) {
    let mut spec = spec(provider, targets);
    if !user.is_empty() {
        spec["username"] = user.into();
    }
    home.spec(name, spec.to_string());
}

#[test]
fn the_name_that_a_spec_writes_wins_over_the_urls_and_the_urls_over_the_default() {
    let (home, provider) = (home(), numbering());
    for (written, in_url, shown) in [
        ("x-token-auth", "somebody", "x-token-auth"),
        ("x-token-auth", "", "x-token-auth"),
        ("oauth2", "somebody", "oauth2"),
        ("", "somebody", "somebody"),
        ("", "", "oauth2"),
    ] {
        write(&home, "team", &provider, &["git.example.com"], written);
        let answer = get(&home, in_url, "");
        assert!(
            answer
                .answer()
                .starts_with(&format!("username={shown}\npassword=token-1\n")),
            "{written} {in_url}: {answer:?}"
        );
    }
}

#[test]
fn git_itself_shows_the_name_that_the_spec_writes() {
    let Some(world) = World::new() else { return };
    let mut spec = spec(&world.provider, &[&world.server.host()]);
    spec["username"] = "x-token-auth".into();
    world.home.spec("team", spec.to_string());
    world.configure("[credential]\n\thelper = keyfob\n");
    let url = world
        .server
        .url("basic")
        .replace("https://", "https://somebody@");
    for git in gits() {
        world.git(&git, &["ls-remote", &url]).answer();
    }
    assert_eq!(
        world.server.seen().last().unwrap(),
        "Basic x-token-auth:token-1"
    );
    let seen = world.server.seen();
    assert!(
        !seen.iter().any(|shown| shown.contains("somebody:token")),
        "{seen:?}"
    );
}

#[test]
fn two_specs_for_one_target_are_told_apart_by_the_urls_user_name() {
    let home = home();
    let (alice, bob) = (numbering(), numbering());
    write(&home, "alice", &alice, &["git.example.com"], "alice");
    write(&home, "bob", &bob, &["https://git.example.com"], "bob");
    get(&home, "alice", "").answer();
    assert_eq!((alice.count(), bob.count()), (1, 0));
    get(&home, "bob", "").answer();
    assert_eq!((alice.count(), bob.count()), (1, 1));
    // Without a name the one that is spelt more closely counts, as ever; with another name too.
    for user in ["", "carol"] {
        assert!(
            get(&home, user, "").answer().starts_with("username=bob\n"),
            "{user}"
        );
    }
}

#[test]
fn a_name_that_no_spec_writes_means_the_spec_without_one() {
    let home = home();
    let (alice, anybody) = (numbering(), numbering());
    write(&home, "alice", &alice, &["git.example.com"], "alice");
    write(&home, "anybody", &anybody, &["git.example.com"], "");
    assert!(
        get(&home, "carol", "")
            .answer()
            .starts_with("username=carol\n")
    );
    assert_eq!((alice.count(), anybody.count()), (0, 1));
    assert!(
        get(&home, "alice", "")
            .answer()
            .starts_with("username=alice\n")
    );
    assert_eq!((alice.count(), anybody.count()), (1, 1));
    let tie = get(&home, "", "");
    assert_eq!(tie.stdout, "quit=1\n");
    assert!(tie.stderr.contains("(target-ambiguous)"), "{tie:?}");
}

/// As git has it for `http.<url>.*`: a longer path before a user name.
#[test]
fn a_longer_path_counts_for_more_than_the_user_name() {
    let home = home();
    let (host, team) = (numbering(), numbering());
    write(&home, "host", &host, &["git.example.com"], "alice");
    write(
        &home,
        "team",
        &team,
        &["https://git.example.com/team"],
        "bob",
    );
    assert!(
        get(&home, "alice", "team/app")
            .answer()
            .starts_with("username=bob\n")
    );
    assert!(
        get(&home, "bob", "other/app")
            .answer()
            .starts_with("username=alice\n")
    );
}

#[test]
fn a_refused_token_is_dropped_at_the_spec_whose_name_it_was_shown_with() {
    let home = home();
    let (alice, bob) = (numbering(), numbering());
    write(&home, "alice", &alice, &["git.example.com"], "alice");
    write(&home, "bob", &bob, &["git.example.com"], "bob");
    get(&home, "alice", "").answer();
    get(&home, "bob", "").answer();
    let rejected = "protocol=https\nhost=git.example.com\nusername=bob\npassword=token-1\n";
    run(&mut home.keyfob(["git", "erase"]), rejected).answer();
    get(&home, "alice", "").answer();
    assert!(
        get(&home, "bob", "")
            .answer()
            .contains("password=token-2\n")
    );
    assert_eq!((alice.count(), bob.count()), (1, 2));
}
