//! A target is listed by what names it and by nothing else, however little is changed.

use keyfob::target::{Endpoint, Pattern, Target};

use super::invariants::means;
use super::random::Random;

const HOSTS: &[&str] = &[
    "git.example.com",
    "hub.example.com",
    "example.com",
    "a.git.example.com",
    "git-example.com",
    "git.example.co",
    "127.0.0.1",
    "localhost",
    "[::1]",
    "[2001:db8::1]",
];
const PORTS: &[&str] = &["", ":443", ":80", ":8443", ":1", ":65535"];
const PATHS: &[&str] = &[
    "",
    "/",
    "/team",
    "/team/",
    "/team/a",
    "/teams",
    "/Team",
    "/t%65am/a",
    "/a%20b",
];

fn generated(random: &mut Random) -> String {
    let scheme = random.pick(&["https://", "http://", "", "HTTPS://"]);
    let (host, port) = (random.pick(HOSTS), random.pick(PORTS));
    let path = if scheme.is_empty() {
        ""
    } else {
        random.pick(PATHS)
    };
    let host = if random.once_in(5) {
        host.to_ascii_uppercase()
    } else {
        (*host).to_owned()
    };
    format!("{scheme}{host}{port}{path}")
}

#[test]
fn of_thousands_of_pairs_a_pattern_fits_those_that_it_means() {
    let (mut random, mut fitting, mut others) = (Random::new(1), 0, 0);
    while fitting < 400 || others < 4000 {
        let (mut written, named) = (generated(&mut random), generated(&mut random));
        if random.once_in(4) {
            written = written.replacen("git.", "*.", 1).replacen("GIT.", "*.", 1);
        }
        let (Ok(pattern), Ok(target)) = (Pattern::parse(&written), Target::parse(&named)) else {
            continue;
        };
        let fits = pattern.matches(&target).is_some();
        assert_eq!(fits, means(&written, &named), "{written} and {named}");
        *(if fits { &mut fitting } else { &mut others }) += 1;
    }
}

/// Every text that is one insertion, deletion, replacement or swap away.
fn one_edit_away(text: &str) -> Vec<String> {
    let alphabet = b"aZ0.-_:/@%?#*[]\\ \r\n\0\xc3";
    let bytes = text.as_bytes();
    let mut edits = Vec::new();
    for at in 0..=bytes.len() {
        let (before, after) = bytes.split_at(at);
        for byte in alphabet {
            edits.push([before, &[*byte], after].concat());
            if let [_, behind @ ..] = after {
                edits.push([before, &[*byte], behind].concat());
            }
        }
        if let [first, second, behind @ ..] = after {
            edits.push([before, &[*second, *first], behind].concat());
        }
        if let [_, behind @ ..] = after {
            edits.push([before, behind].concat());
        }
    }
    let texts = edits
        .into_iter()
        .filter_map(|edit| String::from_utf8(edit).ok());
    texts.filter(|edit| edit != text).collect()
}

#[test]
fn one_letter_more_or_less_is_another_target() {
    let mut looked_at = 0;
    for written in [
        "https://git.example.com",
        "https://git.example.com/team/a",
        "https://registry.example.com:5000",
        "https://127.0.0.1:8443/x",
        "https://[2001:db8::1]",
    ] {
        let itself = Target::parse(written).unwrap();
        let pattern = Pattern::parse(written).unwrap();
        assert!(pattern.matches(&itself).is_some());
        for edit in one_edit_away(written) {
            let Ok(target) = Target::parse(&edit) else {
                continue;
            };
            looked_at += 1;
            // The same target in other letters, or something below it: a slash at the end, a whole segment more.
            let below = target.to_string().starts_with(&format!("{itself}/"));
            let fits = pattern.matches(&target).is_some();
            assert_eq!(fits, target == itself || below, "{written} and {edit:?}");
        }
    }
    assert!(looked_at > 1000, "{looked_at}");
}

#[test]
fn an_endpoint_one_letter_away_is_another_one() {
    for url in [
        "https://id.example.com/oauth2/token?a=b",
        "http://127.0.0.1:8080/token",
    ] {
        let itself = Endpoint::parse(url).unwrap();
        for edit in one_edit_away(url) {
            if let Ok(endpoint) = Endpoint::parse(&edit) {
                assert_eq!(
                    endpoint == itself,
                    endpoint.url() == itself.url(),
                    "{edit:?}"
                );
                let same_place = endpoint.origin() == itself.origin();
                let authority =
                    |text: &str| text.split(['/', '?']).nth(2).map(str::to_ascii_lowercase);
                assert!(
                    !same_place || authority(&edit) == authority(url) || edit.contains(":0"),
                    "{edit:?}"
                );
            }
        }
    }
}
