//! Names without an address, a resolver that never answers, and proxies that will not.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, UdpSocket};
use std::process::Command;
use std::thread;

use rustix::process::geteuid;
use serde_json::{Value, json};

use super::callers::{ALL, Caller};
use super::{each, entry, home, spec};
use crate::support::home::keyfob_binary;
use crate::support::{Home, Provider, run};

/// Cold it is one error, and a token that is due for renewal is handed out; `by` is the way to the program.
#[track_caller]
fn fails(caller: Caller, home: &Home, by: &dyn Fn(&Home) -> Command) {
    let output = caller.ask_by(&mut by(home));
    assert_eq!(caller.error(&output), "provider-unreachable");

    // The failure is shared; in its place, a token from a time when all was well.
    let path = entry(home).expect("a failure is shared");
    let mut entry = super::content(&path);
    let now = entry["failure"]["at"].as_i64().unwrap();
    entry["failure"] = Value::Null;
    entry["token"] = json!({
        "access_token": "token-0", "scope": null, "issued_at": now - 60, "renew_at": now - 1,
        "expires_at": now + 3600, "use_until": now + 3600,
    });
    std::fs::write(path, format!("{entry}\n")).unwrap();
    let output = caller.ask_by(&mut by(home));
    assert_eq!(caller.token(&output), "token-0", "what is still good");
}

#[test]
fn a_name_without_an_address_is_one_error() {
    let cases = ALL.map(|caller| (format!("{caller:?}"), caller));
    each(4, cases, |caller| {
        let home = home(&spec("https://provider.invalid/token"));
        let direct = |home: &Home| caller.command(home);
        fails(caller, &home, &direct);
    });
}

#[test]
fn a_resolver_that_never_answers_is_waited_for_no_longer_than_the_provider() {
    if !geteuid().is_root() {
        return; // nobody else can put another resolver in place
    }
    // Hears every question and answers none.
    let Ok(_silent) = UdpSocket::bind(("127.9.9.9", 53)) else {
        return;
    };
    let cases = ALL.map(|caller| (format!("{caller:?}"), caller));
    each(4, cases, |caller| {
        let home = home(&spec("https://provider.example/token"));
        let resolver = "nameserver 127.9.9.9\noptions timeout:30 attempts:5\n";
        let resolver = home.write("home/resolv.conf", resolver);
        let script = format!(
            "mount --bind {} /etc/resolv.conf || exit 77\nexec \"$0\" \"$@\"",
            resolver.display()
        );
        let inside = |home: &Home, program: &str| {
            let mut command = home.command("unshare");
            command.args(["-m", "sh", "-c", &script, program]);
            command
        };
        if run(&mut inside(&home, "true"), "").status != 0 {
            return; // no mounts here
        }
        let by = |home: &Home| {
            let mut command = inside(home, keyfob_binary());
            command.args(caller.arguments());
            command
        };
        fails(caller, &home, &by);
    });
}

/// A proxy that says this to everybody, or nothing for ever.
fn proxy(words: Option<&'static str>) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || {
                let _ = stream.read(&mut [0; 4096]);
                match words {
                    Some(words) => drop(stream.write_all(words.as_bytes())),
                    None => drop(stream.read_to_end(&mut Vec::new())),
                }
            });
        }
    });
    format!("http://user:p4ssword-of-the-proxy@{address}")
}

#[test]
fn a_proxy_that_will_not_is_one_error_without_its_password() {
    let rows = [
        Some("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"),
        Some("HTTP/1.1 407 X\r\nProxy-Authenticate: Basic\r\n\r\n"),
        Some("HTTP/1.1 502 X\r\n\r\n"),
        Some("SSH-2.0-x\r\n\r\n"),
        Some(""),
        None,
    ];
    let cases = rows
        .into_iter()
        .flat_map(|words| ALL.map(|caller| (format!("{words:?} {caller:?}"), (words, caller))));
    each(24, cases, |(words, caller)| {
        let mut home = home(&spec("https://provider.example/token"));
        let proxy = proxy(words);
        home.set("HTTPS_PROXY", &proxy);
        let by = |home: &Home| {
            let mut command = caller.command(home);
            command.env("HTTPS_PROXY", &proxy);
            command
        };
        let output = caller.ask(&home);
        let told = format!("{}{}", output.stdout, output.stderr);
        assert!(!told.contains("p4ssword"), "{told}");
        fails(caller, &home, &by);
    });
}

#[test]
fn a_proxy_that_is_not_there_is_one_error() {
    let provider = Provider::start(super::numbered);
    let cases = ALL.map(|caller| (format!("{caller:?}"), caller));
    each(4, cases, |caller| {
        let mut home = home(&spec("https://provider.example/token"));
        home.set("HTTPS_PROXY", "http://127.0.0.1:1");
        assert_eq!(caller.error(&caller.ask(&home)), "provider-unreachable");
        home.spec("ci", spec(&provider.at("/token")).to_string());
        assert!(caller.token(&caller.ask(&home)).starts_with("token-"));
    });
}
