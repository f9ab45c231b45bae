//! A page that refuses, fails, ends early or never, or leads elsewhere.

use std::time::Duration;

use super::{Machine, archive_name};
use crate::ci::release_page::{PROGRAMS, VERSION, answer, archive, sha256};
use crate::support::{Answer, Provider, Request, Tls, need};

/// A page that answers so, and the machine that asks it, with curl and with wget.
fn against(
    script: impl Fn(&Request) -> Answer + Clone + Send + Sync + 'static,
) -> Vec<(Machine, Provider)> {
    let checksum = sha256(&archive());
    ["curl", "wget"]
        .into_iter()
        .map(|downloader| {
            let page = Provider::start(script.clone());
            let programs = PROGRAMS.replace("curl", downloader);
            (Machine::new(&programs).told(&page, &checksum), page)
        })
        .collect()
}

#[test]
fn a_page_that_is_not_there_is_asked_once_and_one_that_fails_three_times() {
    if !need(&["python3", "wget"]) {
        return;
    }
    for (status, times, words) in [
        (404, 1, "HTTP status 404"),
        (403, 1, "HTTP status 403"),
        (503, 3, "HTTP status 503; asked 3 times"),
        (429, 3, "HTTP status 429; asked 3 times"),
    ] {
        for (machine, page) in against(move |_| Answer::text(status, "##vso[x]\n::error::x")) {
            let address = page.at(&format!("/v{VERSION}/{}", archive_name()));
            machine.failed(&format!("{address}: {words}"));
            assert_eq!(page.count(), times, "{status}");
        }
    }
}

#[test]
fn a_page_that_recovers_is_forgiven() {
    if !need(&["python3", "wget"]) {
        return;
    }
    let content = archive();
    for (machine, page) in against(move |request| match request.number {
        1 => Answer::empty(502),
        2 => Answer::hang_up(),
        _ => answer(&content),
    }) {
        machine.fetched();
        assert_eq!(page.count(), 3);
    }
}

#[test]
fn a_part_of_the_archive_is_not_taken_for_the_whole() {
    if !need(&["python3", "wget"]) {
        return;
    }
    let content = archive();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n",
        content.len()
    );
    let part = [head.as_bytes(), &content[..content.len() / 2]].concat();
    for (mut machine, page) in against(move |_| Answer::raw(part.clone())) {
        let output = machine.fetch();
        assert!(output.stderr.contains(": no whole answer"), "{output:?}");
        assert_eq!((output.status, page.count()), (1, 3));
        machine.left_nothing_else();
        // What it would say of a mirror that sends less without saying so.
        machine.shell = &["sh"];
        assert!(!machine.folder().join("keyfob").exists());
    }
}

#[test]
fn a_page_that_never_ends_is_left() {
    if !need(&["python3", "wget"]) {
        return;
    }
    let slow = |_: &Request| Answer::text(200, "x".repeat(2000)).drip(1, Duration::from_millis(50));
    for (mut machine, page) in against(slow) {
        machine.tell("SECONDS", "1");
        let output = machine.fetch();
        assert!(output.stderr.contains(": no whole answer"), "{output:?}");
        assert_eq!((output.status, page.count()), (1, 3));
    }
}

#[test]
fn a_redirect_leads_to_https_alone() {
    if !need(&["python3", "wget"]) {
        return;
    }
    let content = archive();
    let checksum = sha256(&content);
    let (tls, plain) = (Tls::new(), Provider::start(|_| panic!("http is not asked")));
    let store = Provider::tls(&tls, move |_| answer(&content));
    let near = store.at("/object");
    let (to_plain, to_ftp) = (plain.at("/object"), "ftp://127.0.0.1/object".to_owned());
    for (to, good) in [(near, true), (to_plain, false), (to_ftp, false)] {
        for downloader in ["curl", "wget"] {
            let location = to.clone();
            let page = Provider::start(move |_| Answer::empty(302).header("Location", &location));
            let programs = PROGRAMS.replace("curl", downloader);
            let mut machine = Machine::new(&programs).told(&page, &checksum);
            machine.home.trust(&tls);
            let address = page.at(&format!("/v{VERSION}/{}", archive_name()));
            let before = store.count();
            if good && downloader == "curl" {
                machine.fetched();
            } else if good {
                // Debian's wget takes no authority from the environment: it goes there, and does not believe it.
                let output = machine.fetch();
                assert!(output.stderr.contains(": no whole answer"), "{output:?}");
                assert_eq!(store.count(), before);
                assert!(store.connections() > 0);
            } else {
                machine.failed(&format!(
                    "{address} leads elsewhere than to https, or in circles"
                ));
                assert_eq!(page.count(), 1);
            }
        }
    }
}

#[test]
fn neither_the_users_configuration_nor_his_credentials_take_part() {
    if !need(&["python3", "wget"]) {
        return;
    }
    let content = archive();
    for (machine, page) in against(move |_| answer(&content)) {
        let home = &machine.home;
        home.write(
            "home/.netrc",
            "machine 127.0.0.1 login me password s3cret\n",
        );
        home.write("home/.curlrc", "netrc\nheader = \"x-mine: 1\"\n");
        home.write(
            "home/.wgetrc",
            "header = x-mine: 1\nuser = me\npassword = s3cret\nauth_no_challenge = on\n",
        );
        machine.fetched();
        let request = page.request();
        assert_eq!(request.header("authorization"), None);
        assert_eq!(request.header("x-mine"), None);
    }
    // Nor are they sent to who asks for them.
    for (machine, page) in
        against(|_| Answer::empty(401).header("WWW-Authenticate", "Basic realm=\"mirror\""))
    {
        machine.home.write(
            "home/.netrc",
            "machine 127.0.0.1 login me password s3cret\n",
        );
        let output = machine.fetch();
        assert!(output.stderr.contains(": HTTP status 401"), "{output:?}");
        assert_eq!(page.request().header("authorization"), None);
    }
}
