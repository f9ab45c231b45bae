//! `git credential` fill, approve and reject, and what a 401 does: the token that was handed out is dropped, no other.

use super::{World, gits, newest_git, numbering};
use crate::support::home::KEYFOB;
use crate::support::{Answer, Home, Output, Provider, need, run};

const BY_NAME: &str = "[credential]\n\thelper = keyfob\n";
const ASKED: &str = "protocol=https\nhost=git.example.com\n";

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
    let git = &gits()[0];
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

#[test]
fn a_bearer_token_that_the_server_refuses_is_not_shown_twice() {
    let Some(world) = World::new() else { return };
    let Some(git) = newest_git(&world.home) else {
        return;
    };
    world.spec(&[&world.server.host()]);
    world.configure(BY_NAME);
    world.server.accept(&["token-2"]);
    assert_eq!(
        world
            .git(&git, &["ls-remote", &world.server.url("bearer")])
            .status,
        128
    );
    world
        .git(&git, &["ls-remote", &world.server.url("bearer")])
        .answer();
    assert_eq!(
        world.server.seen(),
        ["none", "Bearer token-1", "none", "Bearer token-2"]
    );
}

/// What `keyfob git get` says when so many seconds have gone by.
fn answer_after(home: &Home, seconds: u32) -> Output {
    let mut faketime = home.command("faketime");
    faketime.args(["-f", &format!("+{seconds}s"), KEYFOB, "git", "get"]);
    run(&mut faketime, ASKED)
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
