//! The shipped presets against a server that plays their vendor: what must go over the wire, and what comes of each answer.
//!
//! Requests, answers and error bodies are those of the vendors' documentation; nothing but loopback is ever reached.

mod assertion;
mod autodesk;
mod aws;
mod azure;
mod chains;
mod checked;
mod clock;
mod conversations;
mod cool_down;
mod datadog;
mod datadog_mint;
mod discovered;
mod google;
mod lent;
mod mongodb_atlas;
mod pingone_aic;
mod plain;
mod recipes;
mod revoked;
mod talend;
mod unshipped;
mod used;

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::support::{Answer, Home, Output, Provider, Request, run};

/// The name under which every preset's spec lies in the configuration folder.
const NAME: &str = "ci";
/// The variable that holds the secret.
const VARIABLE: &str = "VENDOR_SECRET";

/// A home whose spec `ci` is this one, with the secret in the environment.
fn home(spec: &Value, secret: &str) -> Home {
    let mut home = Home::new();
    home.spec(NAME, spec.to_string());
    home.set(VARIABLE, secret);
    home
}

/// `keyfob token --spec ci`.
fn token(home: &Home) -> Output {
    run(&mut home.keyfob(["token", "--spec", NAME]), "")
}

/// A request whose `host`, `user-agent` and `content-length` are the connection's own: every other header, in order of name.
fn headers(request: &Request) -> Vec<(String, String)> {
    let mut headers: Vec<(String, String)> = request
        .headers
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
        .collect();
    headers.sort();
    let own = ["content-length", "host", "user-agent"];
    for name in own {
        let count = headers.iter().filter(|(known, _)| known == name).count();
        assert_eq!(count, 1, "{name}: {headers:?}");
    }
    headers.retain(|(name, _)| !own.contains(&name.as_str()));
    headers
}

/// One failure: a fresh home, one answer for every request; gives what was said and how many requests there were.
fn failure(spec: impl Fn(&Provider) -> Value, secret: &str, answer: &Answer) -> (Output, usize) {
    let scripted = answer.clone();
    let provider = Provider::start(move |_| scripted.clone());
    let home = home(&spec(&provider), secret);
    let mut output = token(&home);
    assert_eq!(output.stdout, "", "a failure says nothing here");
    assert!(!output.stderr.contains(secret), "{}", output.stderr);
    output.stderr = output.stderr.replace(&provider.url(), "PROVIDER");
    (output, provider.count())
}

/// Seconds since 1970 by this machine's clock.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

/// Seconds since 1970 of `YYYY-MM-DDThh:mm:ssZ`.
#[track_caller]
fn unix(text: &str) -> i64 {
    let moment = keyfob::time::Timestamp::parse_rfc3339(text);
    moment.unwrap_or_else(|| panic!("no date: {text}")).unix()
}

/// The IMF-fixdate of RFC 9110 §5.6.7.
fn http_date(unix: i64) -> String {
    let text = keyfob::time::Timestamp::from_unix(unix).rfc3339();
    let day = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        [usize::try_from(unix.div_euclid(86_400).rem_euclid(7)).unwrap()];
    let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let month = months[text[5..7].parse::<usize>().unwrap() - 1];
    format!(
        "{day}, {} {month} {} {} GMT",
        &text[8..10],
        &text[..4],
        &text[11..19]
    )
}

/// Asserts an answer of `token` whose end is `life` seconds from between these two moments.
#[track_caller]
fn assert_life(output: &Output, life: i64, before: i64, after: i64) {
    let answer = output.json();
    let end = unix(answer["expires_at"].as_str().unwrap());
    assert!(
        (before + life..=after + life).contains(&end),
        "{answer}: {life} s from {before}…{after} is wanted"
    );
}

#[test]
fn dates_of_this_room_are_those_of_the_rfc() {
    assert_eq!(http_date(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
}

#[test]
fn a_preset_is_shown_with_what_it_takes_and_expands_to() {
    let home = Home::new();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/providers");
    for name in keyfob::spec::preset::names() {
        let text = std::fs::read_to_string(folder.join(name).join("preset.txt")).unwrap();
        let output = run(&mut home.keyfob(["providers", name]), "");
        assert_eq!(
            (output.answer(), output.stderr.as_str()),
            (text.as_str(), "")
        );
    }
    let list = run(&mut home.keyfob(["providers"]), "");
    for name in keyfob::spec::preset::names() {
        let line = format!("{name}\t");
        let found = list.answer().lines().filter(|l| l.starts_with(&line));
        assert_eq!(found.count(), 1, "{}", list.stdout);
    }
}

#[test]
fn a_preset_that_is_not_there_is_told_with_those_that_are() {
    let home = Home::new();
    for name in ["mongodb", "../talend", "TALEND", ""] {
        let output = run(&mut home.keyfob(["providers", name]), "");
        assert_eq!((output.status, output.stdout.as_str()), (2, ""), "{name}");
        assert!(
            output
                .stderr
                .starts_with("keyfob: error: there is no such preset (usage)\n"),
            "{}",
            output.stderr
        );
    }
}
