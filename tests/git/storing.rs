//! Helpers beside keyfob that store what they are told: a git that knows `ephemeral` tells them
//! nothing to store, and the shipped file leaves them out.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::erase::ASKED;
use super::{Home, World, gits, knows_authtype, newest_git, numbering, run, spec};

const STORE_FIRST: &str = "[credential]\n\thelper = store\n\thelper = keyfob\n";

/// What git's own `store` has written.
fn stored(home: &Home) -> String {
    std::fs::read_to_string(home.home().join(".git-credentials")).unwrap_or_default()
}

#[test]
fn a_git_that_knows_authtype_lets_no_other_helper_store_the_token() {
    let Some(world) = World::new() else { return };
    let Some(git) = newest_git(&world.home) else {
        return;
    };
    world.spec(&[&world.server.host()]);
    // A user name in the URL is what `store` would want besides.
    let named = world
        .server
        .url("both")
        .replace("https://", "https://somebody@");
    for helpers in [
        STORE_FIRST,
        "[credential]\n\thelper = keyfob\n\thelper = store\n",
    ] {
        world.configure(helpers);
        for url in [
            &world.server.url("basic"),
            &world.server.url("both"),
            &named,
        ] {
            world.git(&git, &["ls-remote", url]).answer();
        }
    }
    assert_eq!(stored(&world.home), "");
    let seen = world.server.seen();
    assert!(
        seen.contains(&"Basic oauth2:token-1".to_owned()),
        "{seen:?}"
    );
    assert!(
        seen.contains(&"Basic somebody:token-1".to_owned()),
        "{seen:?}"
    );
    assert_eq!(world.provider.count(), 1);
}

/// What SECURITY.md says of them, and why the shipped file begins with an empty helper.
#[test]
fn an_older_git_tells_every_helper_the_password_and_the_shipped_file_leaves_them_out() {
    let Some(world) = World::new() else { return };
    world.spec(&[&world.server.host()]);
    let shipped = include_str!("../../integrations/git/gitconfig");
    for git in gits() {
        world.configure(&format!("[credential]\n\thelper = store\n{shipped}"));
        world
            .git(&git, &["ls-remote", &world.server.url("basic")])
            .answer();
        assert_eq!(stored(&world.home), "", "{git:?}");
        if !knows_authtype(&world.home, &git) {
            world.configure(STORE_FIRST);
            world
                .git(&git, &["ls-remote", &world.server.url("basic")])
                .answer();
            assert!(stored(&world.home).contains("token-1"), "{git:?}");
            std::fs::remove_file(world.home.home().join(".git-credentials")).unwrap();
        }
    }
}

#[test]
fn a_token_that_is_refused_is_replaced_and_stored_by_nobody() {
    let Some(world) = World::new() else { return };
    let Some(git) = newest_git(&world.home) else {
        return;
    };
    world.spec(&[&world.server.host()]);
    world.configure(STORE_FIRST);
    world.server.accept(&["token-2"]);
    let url = world.server.url("basic");
    world.git(&git, &["ls-remote", &url]).answer();
    let shown = ["none", "Basic oauth2:token-1", "Basic oauth2:token-2"];
    assert_eq!(world.server.seen(), shown);
    assert_eq!(stored(&world.home), "");
}

#[test]
fn a_rejected_credential_is_compared_by_the_password_in_it() {
    let provider = numbering();
    let home = super::home();
    home.spec("team", spec(&provider, &["git.example.com"]).to_string());
    let get = || {
        run(&mut home.keyfob(["git", "get"]), ASKED)
            .answer()
            .to_owned()
    };
    let rejected = |authtype: &str, credential: &str| {
        let lines =
            format!("capability[]=authtype\nauthtype={authtype}\n{ASKED}credential={credential}\n");
        assert_eq!(run(&mut home.keyfob(["git", "erase"]), lines).answer(), "");
    };
    assert!(get().contains("password=token-1\n"));
    let encode = |pair: &str| BASE64_STANDARD.encode(pair);
    for other in [encode("oauth2:token-2"), encode("token-1"), "~".to_owned()] {
        rejected("Basic", &other);
    }
    rejected("Bearer", &encode("oauth2:token-1"));
    assert!(get().contains("password=token-1\n"));
    rejected("BASIC", &encode("oauth2:token-1"));
    assert!(get().contains("password=token-2\n"));
}

#[test]
fn the_doctor_names_the_helpers_that_would_be_told_the_token() {
    let provider = numbering();
    let home = super::home();
    home.spec("team", spec(&provider, &["git.example.com"]).to_string());
    let doctor = |configuration: &str| {
        home.write("home/.gitconfig", configuration);
        let output = run(&mut home.keyfob(["doctor"]), "").stdout;
        let lines = output.lines().skip_while(|line| !line.contains("\tgit: "));
        lines.take(2).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(doctor(""), "");
    assert_eq!(doctor("[credential]\n\thelper = store\n"), "");
    let told =
        doctor("[credential]\n\thelper = store --file x\n\thelper = keyfob\n\thelper = cache\n");
    assert!(told.starts_with("note\tgit: it passes the token to these helpers too, and they may store it: store, cache\n"), "{told}");
    assert!(
        told.contains("\thint: write `helper =` before `helper = keyfob`"),
        "{told}"
    );
    // A line of shell, an argument, or a URL in the name of a variable may hold a password.
    let told = doctor(
        "[credential]\n\thelper = keyfob\n\thelper = \"!f() { echo password=hunter2; }; f\"\n\
         \thelper = other --password hunter2\n\
         [credential \"https://me:hunter2@git.example.com\"]\n\thelper = store\n\
         [http \"https://me:hunter2@git.example.com/\"]\n\textraHeader = Authorization: hunter2\n",
    );
    assert!(!told.contains("hunter2"), "{told}");
    let json = run(&mut home.keyfob(["doctor", "--format", "json"]), "").stdout;
    assert!(!json.contains("hunter2"), "{json}");
    assert!(json.contains("a shell command, other\""), "{json}");
    assert!(
        json.contains("`http.https://[redacted]@git.example.com/.extraheader`"),
        "{json}"
    );
    let shipped = include_str!("../../integrations/git/gitconfig");
    let told = doctor(&format!("[credential]\n\thelper = store\n{shipped}"));
    assert!(told.starts_with("ok\tgit: calls keyfob: "), "{told}");
}
