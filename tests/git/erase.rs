//! `git credential` fill, approve and reject, and what a 401 does: the token that was handed out is dropped, no other.

use super::{World, gits, knows_authtype, newest_git, numbering};
use crate::support::{Answer, Home, Output, Provider, need, run};

const BY_NAME: &str = "[credential]\n\thelper = keyfob\n";
pub(super) const ASKED: &str = "protocol=https\nhost=git.example.com\n";

fn home_for(provider: &Provider) -> Home {
    let home = super::home();
    home.spec(
        "team",
        super::spec(provider, &["git.example.com"]).to_string(),
    );
    home.write("home/.gitconfig", BY_NAME);
    home
}

/// The password that `git credential fill` gives.
fn filled(home: &Home) -> String {
    let output = run(
        home.command("git").args(["credential", "fill"]),
        format!("{ASKED}\n"),
    );
    let password = output
        .answer()
        .lines()
        .find_map(|line| line.strip_prefix("password="));
    password.expect(&output.stdout).to_owned()
}

fn told(home: &Home, operation: &str, more: &str) {
    run(
        home.command("git").args(["credential", operation]),
        format!("{ASKED}{more}\n"),
    )
    .answer();
}

#[test]
fn fill_gives_name_password_and_expiry() {
    let provider = numbering();
    let home = home_for(&provider);
    let before = now();
    let output = run(
        home.command("git").args(["credential", "fill"]),
        format!("{ASKED}\n"),
    );
    let lines: Vec<&str> = output.answer().lines().collect();
    for expected in [
        "protocol=https",
        "host=git.example.com",
        "username=oauth2",
        "password=token-1",
    ] {
        assert!(lines.contains(&expected), "{lines:?}");
    }
    let expiry = lines
        .iter()
        .find_map(|line| line.strip_prefix("password_expiry_utc="));
    let expiry: u64 = expiry.expect(&output.stdout).parse().unwrap();
    assert!((before + 1..=now() + 3600).contains(&expiry), "{expiry}");
    assert_eq!(output.stderr, "");
}

#[test]
fn approving_stores_nothing_and_keeps_the_token() {
    let provider = numbering();
    let home = home_for(&provider);
    assert_eq!(filled(&home), "token-1");
    told(&home, "approve", "username=oauth2\npassword=token-1\n");
    told(&home, "approve", "username=oauth2\npassword=another\n");
    assert_eq!(filled(&home), "token-1");
    assert_eq!(provider.count(), 1);
}

#[test]
fn rejecting_the_token_that_was_handed_out_drops_it() {
    let provider = numbering();
    let home = home_for(&provider);
    assert_eq!(filled(&home), "token-1");
    told(&home, "reject", "username=oauth2\npassword=token-1\n");
    assert_eq!(filled(&home), "token-2");
}

#[test]
fn rejecting_another_password_keeps_the_token() {
    let provider = numbering();
    let home = home_for(&provider);
    assert_eq!(filled(&home), "token-1");
    for other in ["another", "token-", "token-11", "TOKEN-1", "token-1x"] {
        told(
            &home,
            "reject",
            &format!("username=oauth2\npassword={other}\n"),
        );
    }
    assert_eq!(filled(&home), "token-1");
    assert_eq!(provider.count(), 1);
}

#[test]
fn rejecting_another_bearer_credential_keeps_the_token() {
    let provider = numbering();
    let home = home_for(&provider);
    assert_eq!(filled(&home), "token-1");
    let rejected = |credential: &str| {
        let rejection =
            format!("capability[]=authtype\nauthtype=Bearer\n{ASKED}credential={credential}\n");
        run(&mut home.keyfob(["git", "erase"]), rejection)
            .answer()
            .to_owned()
    };
    assert_eq!(rejected("another"), "");
    assert_eq!(filled(&home), "token-1");
    assert_eq!(rejected("token-1"), "");
    assert_eq!(filled(&home), "token-2");
}

#[test]
fn rejecting_without_a_password_drops_whatever_was_handed_out() {
    let provider = numbering();
    let home = home_for(&provider);
    assert_eq!(filled(&home), "token-1");
    let erased = run(&mut home.keyfob(["git", "erase"]), ASKED);
    assert_eq!((erased.answer(), erased.stderr.as_str()), ("", ""));
    assert_eq!(filled(&home), "token-2");
}

#[test]
fn rejecting_at_another_path_of_the_host_drops_the_token_by_its_password() {
    let provider = numbering();
    let home = super::home();
    let spec = super::spec(&provider, &["https://git.example.com/team"]);
    home.spec("team", spec.to_string());
    let at = |path: &str| format!("{ASKED}path={path}\n");
    let get = || {
        let output = run(&mut home.keyfob(["git", "get"]), at("team/repository.git"));
        let answer = output.answer().to_owned();
        let password = answer
            .lines()
            .find_map(|line| line.strip_prefix("password="));
        password.expect(&answer).to_owned()
    };
    let erase = |at: &str, password: &str, spec: &[&str]| {
        let rejected = format!("{at}username=oauth2\npassword={password}\n");
        let words = [&["git"], spec, &["erase"]].concat();
        run(&mut home.keyfob(words), rejected).answer();
    };
    for (number, at) in [ASKED.to_owned(), at("other/repository.git")]
        .iter()
        .enumerate()
    {
        for (turn, spec) in [&[][..], &["--spec", "team"]].iter().enumerate() {
            let token = format!("token-{}", 1 + 2 * number + turn);
            assert_eq!(get(), token);
            erase(at, "another", spec);
            erase(&at.replace("example.com", "example.org"), &token, spec);
            erase(&at.replace("example.com", "example.com:444"), &token, spec);
            assert_eq!(get(), token);
            erase(at, &token, spec);
        }
    }
    assert_eq!(get(), "token-5");
    // Without a password nobody knows which token is meant.
    run(&mut home.keyfob(["git", "erase"]), ASKED).answer();
    assert_eq!(get(), "token-5");
}

#[test]
fn rejecting_for_another_host_keeps_the_token() {
    let provider = numbering();
    let home = home_for(&provider);
    assert_eq!(filled(&home), "token-1");
    let other = "protocol=https\nhost=git.example.org\nusername=oauth2\npassword=token-1\n\n";
    run(home.command("git").args(["credential", "reject"]), other).answer();
    assert_eq!(filled(&home), "token-1");
}

#[test]
fn a_token_that_the_server_refuses_is_not_shown_twice() {
    let Some(world) = World::new() else { return };
    world.spec(&[&world.server.host()]);
    world.configure(BY_NAME);
    world.server.accept(&["token-2"]);
    let Some(git) = &gits()
        .into_iter()
        .find(|git| !knows_authtype(&world.home, git))
    else {
        return;
    };
    let first = world.git(git, &["ls-remote", &world.server.url("basic")]);
    assert_eq!(first.status, 128);
    assert!(
        first.stderr.contains("Authentication failed"),
        "{}",
        first.stderr
    );
    world
        .git(git, &["ls-remote", &world.server.url("basic")])
        .answer();
    let expected = [
        "none",
        "Basic oauth2:token-1",
        "none",
        "Basic oauth2:token-2",
    ];
    assert_eq!(world.server.seen(), expected);
    assert_eq!(world.provider.count(), 2);
}

/// git 2.46 and later ask once more where the helper said `continue`.
#[test]
fn a_token_that_the_server_refuses_is_replaced_within_the_same_command() {
    for (challenge, shown) in [("basic", "Basic oauth2:"), ("bearer", "Bearer ")] {
        let Some(world) = World::new() else { return };
        let Some(git) = newest_git(&world.home) else {
            return;
        };
        world.spec(&[&world.server.host()]);
        world.configure(BY_NAME);
        let url = world.server.url(challenge);
        world.git(&git, &["clone", "-q", &url, "here"]).answer();
        assert_eq!(world.provider.count(), 1);
        world.server.accept(&["token-2"]);
        world.git(&git, &["ls-remote", &url]).answer();
        let expected = ["token-1", "token-2"].map(|token| format!("{shown}{token}"));
        assert_eq!(
            world.server.seen(),
            ["none", &expected[0], "none", &expected[0], &expected[1]]
        );
        // Also where a command sends more than one request, and writes.
        world.home.write("home/here/file", "content");
        for arguments in [&["add", "."][..], &["commit", "-q", "-m", "more"]] {
            let arguments = [&["-C", "here"], arguments].concat();
            world.git(&git, &arguments).answer();
        }
        world.git(&git, &["-C", "here", "push", "-q"]).answer();
        assert_eq!(world.server.newest(&world.home), "more");
        assert_eq!(world.provider.count(), 2);
    }
}

#[test]
fn a_server_that_refuses_everything_is_asked_twice_and_costs_one_more_token() {
    let Some(world) = World::new() else { return };
    let Some(git) = newest_git(&world.home) else {
        return;
    };
    world.spec(&[&world.server.host()]);
    world.configure(BY_NAME);
    let url = world.server.url("basic");
    world.git(&git, &["ls-remote", &url]).answer();
    world.server.accept(&[]);
    // One more at once; after that one for each command, as git says `erase` at its end.
    for count in [2, 3, 4] {
        let output = world.git(&git, &["ls-remote", &url]);
        assert_eq!(output.status, 128);
        assert!(
            output.stderr.contains("Authentication failed"),
            "{}",
            output.stderr
        );
        assert_eq!(world.provider.count(), count);
    }
}

/// What git says of the former answer is a fingerprint: it holds no part of the token.
#[test]
fn what_git_repeats_of_the_answer_names_the_token_and_does_not_hold_it() {
    let provider = numbering();
    let home = home_for(&provider);
    let get = |more: &str| {
        let asked = format!("capability[]=state\n{ASKED}{more}");
        run(&mut home.keyfob(["git", "get"]), asked)
            .answer()
            .to_owned()
    };
    let state = |answer: &str| {
        let states = answer.lines().filter(|line| line.starts_with("state[]="));
        states.map(str::to_owned).collect::<Vec<_>>()
    };
    let first = get("");
    assert!(first.starts_with("capability[]=state\n"), "{first}");
    assert!(first.contains("\npassword=token-1\n"), "{first}");
    assert!(first.contains("\ncontinue=1\n"), "{first}");
    let [of_first] = &state(&first)[..] else {
        panic!("{first}")
    };
    assert!(of_first.starts_with("state[]=keyfob:"), "{of_first}");
    assert!(!of_first.contains("token"), "{of_first}");
    // Somebody else's, or of another token: nothing was refused.
    for other in [
        "state[]=other:1\n",
        "state[]=keyfob:\n",
        "state[]=keyfob:0123456789abcdef\n",
        "state[]=\n",
    ] {
        assert!(get(other).contains("\npassword=token-1\n"), "{other}");
    }
    assert_eq!(provider.count(), 1);
    let second = get(&format!("state[]=other:1\n{of_first}\n"));
    assert!(second.contains("\npassword=token-2\n"), "{second}");
    assert!(!second.contains("continue"), "{second}");
    // Two commands at once: the second takes what the first was given.
    assert!(get(&format!("{of_first}\n")).contains("\npassword=token-2\n"));
    assert_eq!(provider.count(), 2);
    // Who does not know `state` is told nothing of it.
    let plain = run(&mut home.keyfob(["git", "get"]), ASKED);
    assert!(!plain.answer().contains("state"), "{}", plain.stdout);
    assert!(!plain.answer().contains("continue"), "{}", plain.stdout);
}

/// What `keyfob git get` says when so many seconds have gone by.
fn answer_after(home: &Home, seconds: i64) -> Output {
    run(&mut home.keyfob_at(seconds, ["git", "get"]), ASKED)
}

#[test]
fn an_expired_token_is_never_handed_out() {
    if !need(&["faketime"]) {
        return;
    }
    let provider = Provider::start(|request| match request.number {
        1 => Answer::token("token-1", 3600),
        _ => Answer::error("invalid_client"),
    });
    let home = home_for(&provider);
    assert_eq!(filled(&home), "token-1");
    let expired = answer_after(&home, 3601);
    assert_eq!((expired.status, expired.stdout.as_str()), (1, "quit=1\n"));
    assert!(
        expired.stderr.contains("(provider-refused)"),
        "{}",
        expired.stderr
    );
}

#[test]
fn a_token_is_renewed_before_it_ends_and_handed_out_to_the_end_where_that_fails() {
    if !need(&["faketime"]) {
        return;
    }
    let provider = Provider::start(|request| match request.number {
        1 => Answer::token("token-1", 3600),
        _ => Answer::empty(503),
    });
    let home = home_for(&provider);
    assert_eq!(filled(&home), "token-1");
    let nearly = answer_after(&home, 3500);
    assert!(
        nearly.answer().contains("password=token-1\n"),
        "{}",
        nearly.stdout
    );
    assert!(provider.count() > 1, "nobody tried to renew it");
}

#[test]
fn a_token_that_has_ended_before_it_arrives_is_not_handed_out() {
    // {"alg":"none"} and {"exp":1000000000}, which was in 2001.
    let jwt = "eyJhbGciOiJub25lIn0.eyJleHAiOjEwMDAwMDAwMDB9.c2ln";
    let body = format!(r#"{{"access_token":"{jwt}","token_type":"Bearer"}}"#);
    let provider = Provider::start(move |_| Answer::json(200, body.clone()));
    let home = home_for(&provider);
    let output = run(
        home.command("git").args(["credential", "fill"]),
        format!("{ASKED}\n"),
    );
    assert_eq!(output.status, 128);
    assert!(!output.stdout.contains("password"), "{}", output.stdout);
    assert!(
        output.stderr.contains("keyfob: error: "),
        "{}",
        output.stderr
    );
}

fn now() -> u64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs()
}
