//! `integrations/screens.md` shows what a terminal shows: each session is played at a pseudo-terminal, and the page is compared with it.
//!
//! Addresses, paths and times of the run are replaced by those of the page. With `KEYFOB_WRITE_SCREENS=1` this test writes the page.

use super::{console, file};
use crate::house::root;
use crate::keyring::desktop::Desktop;
use crate::support::{Answer, Home, Provider, Typist, need};

const PAGE: &str = "integrations/screens.md";
const SECRET: &str = "s3cret-of-the-screens";
/// What stands above the sessions.
const HEAD: &str = "# Screens\n\nWhat the commands look like at a terminal. A test plays these sessions and compares them with this page.\n";

/// The sessions: a heading, and the command.
const SESSIONS: &[(&str, &str)] = &[
    ("Add a spec", ""),
    ("Set up git", "keyfob setup git"),
    (
        "Explain a target",
        "keyfob explain git https://git.example.com/team/app.git",
    ),
    (
        "Explain a near miss",
        "keyfob explain docker registry.example.com:5001",
    ),
    ("List the tokens", "keyfob status"),
    ("Look for problems", "keyfob doctor"),
];

/// The answer of a person to a question.
fn answer(question: &str) -> &'static str {
    match () {
        () if question.starts_with("which? ") => "1",
        () if question.ends_with("] ") => "y",
        () if question.starts_with("client_secret") => SECRET,
        () => "",
    }
}

fn play(home: &Home, line: &str) -> String {
    let mut shell = home.command("sh");
    let mut typist = Typist::start(shell.args(["-c", line]));
    while let Some(question) = typist.question() {
        typist.types(answer(&question)).types("\r");
    }
    let (_, screen) = typist.ends();
    screen
}

/// The screen without what differs from run to run.
fn of_the_page(screen: &str, home: &Home, provider: &Provider) -> String {
    let mut text = screen.replace(
        &provider.at("/token"),
        "https://login.example.com/oauth/token",
    );
    let root = home.home();
    let run = home.path("");
    text = text.replace(root.to_str().unwrap(), "/home/you");
    let run = run.to_str().unwrap().trim_end_matches('/');
    text = text.replace(&format!("{run}/bin/keyfob"), "/home/you/.cargo/bin/keyfob");
    text = text.replace(run, "/run/you");
    text = text.replace(
        keyfob::version::VERSION,
        "keyfob 0.1.0 (9f2c1a7b40de, x86_64-unknown-linux-gnu)",
    );
    let mut same = String::new();
    for line in text.lines() {
        same.push_str(&same_times(line));
        same.push('\n');
    }
    same
}

/// The line with a fixed date in place of each, and without what the machine has.
fn same_times(line: &str) -> String {
    if let Some((what, _)) = line.split_once(" certificates from ") {
        let (what, _) = what.rsplit_once(' ').unwrap_or_default();
        return format!("{what} 142 certificates from the system's bundle");
    }
    let mut words: Vec<String> = Vec::new();
    for word in line.split(' ') {
        let digits: String = word
            .chars()
            .map(|c| if c.is_ascii_digit() { '0' } else { c })
            .collect();
        let is_date = digits.contains("0000-00-00T00:00:00Z");
        words.push(match is_date {
            true => digits.replace("0000-00-00T00:00:00Z", "2026-11-30T12:00:00Z"),
            false => word.to_owned(),
        });
    }
    words.join(" ")
}

#[test]
fn the_page_of_screens_shows_what_a_terminal_shows() {
    if !need(&["git"]) {
        return;
    }
    let Some(mut desktop) = Desktop::unlocked() else {
        return;
    };
    let provider = Provider::start(|request| match request.basic() {
        // "in 1 h" is said for the 59 seconds that a session may take.
        Some((_, secret)) if secret == SECRET => Answer::token("token-1", 3659),
        _ => Answer::error("invalid_client"),
    });
    desktop
        .home
        .set("NO_COLOR", "1")
        .unset("KEYFOB_CONFIG_DIR")
        .unset("KEYFOB_CACHE_DIR");
    let home = &desktop.home;
    let add = console("README.md", "first user").remove(0);
    let mut page = HEAD.to_owned();
    for (heading, line) in SESSIONS {
        let shown = match *line {
            "" => add.as_str(),
            line => line,
        };
        let run = shown.replace(
            "https://login.example.com/oauth/token",
            &provider.at("/token"),
        );
        let screen = of_the_page(&play(home, &run), home, &provider);
        assert!(!screen.contains(SECRET), "{screen}");
        page.push_str(&format!(
            "\n## {heading}\n\n```console\n$ {shown}\n{screen}```\n"
        ));
    }
    if std::env::var_os("KEYFOB_WRITE_SCREENS").is_some() {
        std::fs::write(root().join(PAGE), &page).unwrap();
    }
    assert_eq!(file(PAGE), page, "KEYFOB_WRITE_SCREENS=1 writes it");
}
