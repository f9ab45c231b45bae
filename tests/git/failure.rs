//! git itself, where there is no token: a listed host ends it with our words, another is left to the next helper.

use super::{World, gits};
use crate::support::{Answer, Provider};

const BY_NAME: &str = "[credential]\n\thelper = keyfob\n";

#[test]
fn a_provider_that_refuses_ends_git_with_our_words_and_without_the_next_helper_or_a_prompt() {
    let Some(world) = World::with(Provider::start(|_| Answer::error("invalid_client"))) else {
        return;
    };
    world.spec(&[&world.server.host()]);
    world.home.script(
        "next-helper",
        "touch ~/next-helper-was-asked; echo username=u; echo password=token-1",
    );
    world
        .home
        .script("askpass", "touch ~/askpass-was-asked; echo token-1");
    let next = world.home.bin().join("next-helper");
    let askpass = world.home.bin().join("askpass");
    world.configure(&format!(
        "{BY_NAME}\thelper = {}\n[core]\n\taskPass = {}\n",
        next.display(),
        askpass.display()
    ));
    for git in gits() {
        let output = world.git(&git, &["ls-remote", &world.server.url("basic")]);
        assert_eq!(output.status, 128);
        assert!(
            output.stderr.contains("keyfob: error: "),
            "{}",
            output.stderr
        );
        assert!(
            output.stderr.contains("(provider-refused)"),
            "{}",
            output.stderr
        );
        assert!(
            output.stderr.contains("told us to quit"),
            "{}",
            output.stderr
        );
        assert!(!output.stderr.contains("s3cret"), "{}", output.stderr);
    }
    assert_eq!(world.server.seen(), ["none"]);
    for asked in ["next-helper-was-asked", "askpass-was-asked"] {
        assert!(!world.home.home().join(asked).exists(), "{asked}");
    }
}

#[test]
fn a_provider_that_is_not_there_ends_git_with_our_words() {
    let Some(world) = World::new() else { return };
    let gone = Provider::start(|_| Answer::empty(500));
    let spec = super::spec(&gone, &[&world.server.host()]);
    drop(gone);
    world.home.spec("team", spec.to_string());
    world.configure(BY_NAME);
    let output = world.git(&gits()[0], &["ls-remote", &world.server.url("basic")]);
    assert_eq!(output.status, 128);
    assert!(
        output.stderr.contains("(provider-unreachable)"),
        "{}",
        output.stderr
    );
    assert!(
        output.stderr.contains("told us to quit"),
        "{}",
        output.stderr
    );
}

#[test]
fn a_host_that_is_not_listed_is_left_to_the_next_helper_and_opens_no_secret() {
    let Some(world) = World::new() else { return };
    let opened = world.home.path("secret-was-opened");
    let secret = world.home.script(
        "open-secret",
        &format!("touch {}; echo s3cret", opened.display()),
    );
    let mut spec = super::spec(&world.provider, &["git.example.com", "127.0.0.1:1"]);
    spec["client_secret"] = serde_json::json!({"command": [secret]});
    world.home.spec("team", spec.to_string());
    world.home.script(
        "next-helper",
        "[ \"$1\" != get ] || echo username=u; echo password=token-1",
    );
    let next = world.home.bin().join("next-helper");
    world.configure(&format!("{BY_NAME}\thelper = {}\n", next.display()));
    for git in gits() {
        let output = world.git(&git, &["ls-remote", &world.server.url("basic")]);
        let near = format!(
            "keyfob: hint: spec `team` lists 127.0.0.1:1, which is another port; add \"{}\" to its `targets`\n",
            world.server.host()
        );
        assert_eq!((output.status, output.stderr), (0, near));
    }
    assert!(world.server.seen().contains(&"Basic u:token-1".to_owned()));

    world.configure(BY_NAME);
    for git in gits() {
        let output = world.git(&git, &["ls-remote", &world.server.url("basic")]);
        assert_eq!(output.status, 128);
        assert!(
            output.stderr.contains("terminal prompts disabled"),
            "{}",
            output.stderr
        );
        assert!(
            !output.stderr.contains("keyfob: error"),
            "{}",
            output.stderr
        );
    }
    assert!(!opened.exists());
    assert_eq!(world.provider.count(), 0);
}
