//! Specs that cannot be looked at: git is stopped only where the host is ours as far as anybody can
//! tell, and the user learns of it all the same.

use serde_json::json;

use super::{World, gits, home, numbering, run, spec};
use crate::support::{Home, Output};

fn get(home: &Home) -> Output {
    let asked = "protocol=https\nhost=git.example.com\n";
    run(&mut home.keyfob(["git", "get"]), asked)
}

#[test]
fn a_spec_that_is_named_and_missing_is_told_and_stops_nobody() {
    let mut home = home();
    for spec in ["gone", "/nowhere/gone.json"] {
        home.set("KEYFOB_SPEC", spec);
        let output = get(&home);
        assert_eq!((output.status, output.stdout.as_str()), (2, ""));
        assert!(output.stderr.starts_with("keyfob: error: "), "{output:?}");
        assert!(output.stderr.contains("(spec-not-found)"), "{output:?}");
        assert!(
            home.last_failure("git for https://git.example.com")
                .ends_with("(spec-not-found)")
        );
    }
}

#[test]
fn a_spec_that_is_named_and_broken_stops_the_hosts_that_it_lists() {
    let mut home = home();
    let provider = numbering();
    let named = |home: &mut Home, text: String| {
        home.spec("team", text);
        home.set("KEYFOB_SPEC", "team");
        get(home)
    };
    // Ours: stopped.
    let mut ours = spec(&provider, &["git.example.com"]);
    ours["nonsense"] = json!(1);
    for text in [
        ours.to_string(),
        ours.to_string().replace('}', ""),
        spec(&provider, &["git.example.com", "a/b"]).to_string(),
    ] {
        let output = named(&mut home, text);
        assert_eq!(
            (output.status, output.stdout.as_str()),
            (2, "quit=1\n"),
            "{output:?}"
        );
    }
    // Somebody else's: not a word.
    let mut others = spec(&provider, &["git.example.org", "a/b"]);
    for text in [others.to_string(), others.to_string().replace('}', "")] {
        let output = named(&mut home, text);
        assert_eq!(
            (
                output.status,
                output.stdout.as_str(),
                output.stderr.as_str()
            ),
            (0, "", "")
        );
    }
    others["targets"] = json!(["git.example.com", "a/b"]);
    others["callers"] = json!(["docker"]);
    assert_eq!(named(&mut home, others.to_string()).stderr, "");
    // Nobody knows: told.
    for text in ["{", "", "[]", r#"{"target": ["git.example.com"]}"#] {
        let output = named(&mut home, text.to_owned());
        assert_eq!(
            (output.status, output.stdout.as_str()),
            (2, ""),
            "{text}: {output:?}"
        );
        assert!(output.stderr.contains("(spec-invalid)"), "{output:?}");
    }
    assert_eq!(provider.count(), 0);
}

#[test]
fn git_itself_goes_on_to_the_next_helper_and_shows_why() {
    let Some(mut world) = World::new() else {
        return;
    };
    world.home.set("KEYFOB_SPEC", "gone");
    world
        .home
        .script("other", "echo username=u; echo password=token-1");
    let next = world.home.bin().join("other");
    world.configure(&format!(
        "[credential]\n\thelper = keyfob\n\thelper = {}\n",
        next.display()
    ));
    for git in gits() {
        let output = world.git(&git, &["ls-remote", &world.server.url("basic")]);
        output.answer();
        assert!(output.stderr.contains("(spec-not-found)"), "{output:?}");
    }
}

/// Where the configuration cannot be found at all, no caller may take that for "no credential is
/// needed here".
#[test]
fn without_a_home_every_caller_fails_and_none_goes_on_without_a_name() {
    let mut home = home();
    home.unset("HOME")
        .unset("KEYFOB_CONFIG_DIR")
        .unset("XDG_CONFIG_HOME");
    let request = r#"{"kind":"CredentialProviderRequest","apiVersion":"credentialprovider.kubelet.k8s.io/v1","image":"git.example.com/x"}"#;
    let index = r#"{"v":1,"registry":{"index-url":"sparse+https://git.example.com/"},"kind":"get","operation":"read"}"#;
    for (words, stdin) in [
        (
            &["git", "get"][..],
            "protocol=https\nhost=git.example.com\n",
        ),
        (&["docker", "get"], "git.example.com"),
        (&["docker", "list"], ""),
        (&["cargo", "--cargo-plugin"], index),
        (&["terraform", "get", "git.example.com"], ""),
        (
            &["goauth", "https://git.example.com/m"],
            "HTTP/1.1 401 Unauthorized\n\n",
        ),
        (&["keyring", "get", "https://git.example.com/", "u"], ""),
        (&["bazel", "get"], r#"{"uri":"https://git.example.com/x"}"#),
        (&["kubelet"], request),
        (&["vault", "get"], ""),
        (&["askpass", "Password for 'https://git.example.com': "], ""),
    ] {
        let mut keyfob = home.keyfob(words);
        let output = run(keyfob.env("VAULT_ADDR", "https://git.example.com"), stdin);
        let told = format!("{}{}", output.stdout, output.stderr);
        assert!(told.contains("(spec-not-found)"), "{words:?}: {output:?}");
        assert!(!told.contains("quit=1"), "{words:?}");
        assert_eq!(
            output.status == 0,
            words[0] == "cargo",
            "{words:?}: {output:?}"
        );
    }
    home.set("HOME", "relative");
    assert!(get(&home).stderr.contains("(spec-not-found)"));
    // A folder that nobody has made holds no spec: that is how keyfob is installed.
    home.set("HOME", "/nowhere");
    assert_eq!(get(&home).stderr, "");
}
