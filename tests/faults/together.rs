//! Two hundred processes at once on an empty cache, and what becomes of many when the one that asks dies at any moment.

use std::thread;
use std::time::{Duration, Instant, SystemTime};

use rustix::process::{Pid, Signal, kill_process};

use super::callers::{ALL, Caller};
use super::{TOKEN, each, entry, files, home, spec, token};
use crate::support::{Answer, Home, Output, Provider, Server, run};

const THINKING: Duration = Duration::from_millis(300);

/// What so many processes get that are started at once, as many for each caller; `then` happens meanwhile.
fn at_once(home: &Home, count: usize, then: impl FnOnce()) -> Vec<(Caller, Output)> {
    thread::scope(|scope| {
        let callers = (0..count).map(|number| ALL[number % ALL.len()]);
        let one = |caller: Caller| (caller, run(&mut caller.command(home), caller.stdin()));
        let running: Vec<_> = callers
            .map(|caller| scope.spawn(move || one(caller)))
            .collect();
        then();
        running.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

#[test]
fn two_hundred_processes_ask_for_one_token() {
    let provider = Provider::start(|request| super::numbered(request).after(THINKING));
    let home = home(&spec(&provider.at("/token")));
    for (caller, output) in at_once(&home, 200, || {}) {
        assert_eq!(caller.token(&output), "token-1");
    }
    assert_eq!(provider.count(), 1);
}

#[test]
fn two_hundred_processes_share_what_failed() {
    let limit = Answer::empty(429).header("Retry-After", "60");
    for (answer, code) in [
        (limit, "rate-limited"),
        (Answer::error("invalid_client"), "provider-refused"),
    ] {
        let provider = Provider::start(move |_| answer.clone().after(THINKING));
        let home = home(&spec(&provider.at("/token")));
        let begun = Instant::now();
        for (caller, output) in at_once(&home, 200, || {}) {
            assert_eq!(caller.error(&output), code);
        }
        // A limit holds as long as it says; a refusal is for those who waited for it, and one asks at a time.
        let times = match code {
            "rate-limited" => 1,
            _ => 1 + begun.elapsed().as_millis() / THINKING.as_millis(),
        };
        assert!(provider.count() as u128 <= times, "{}", provider.count());
    }
}

fn signal(process: &Server, signal: Signal) {
    let pid = Pid::from_raw(process.pid().try_into().unwrap()).unwrap();
    // Whoever has ended by itself needs none.
    let _ = kill_process(pid, signal);
}

/// A moment of the holder's life, another one each time.
fn any_moment() -> Duration {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap();
    Duration::from_micros(u64::from(now.subsec_nanos()) / 7 % 400_000)
}

/// The tokens of those who come while a holder is at work, to whom this signal is sent at any moment.
fn while_the_holder_gets(sent: Signal, home: &Home) -> (Server, Vec<String>) {
    let holder = Server::start(&mut home.keyfob(TOKEN));
    let moment = any_moment();
    let outputs = at_once(home, 8, || {
        thread::sleep(moment);
        signal(&holder, sent);
    });
    let tokens = outputs.iter().map(|(caller, output)| {
        assert_eq!(output.status, 0, "after {moment:?}: {output:?}");
        caller.token(output)
    });
    let tokens = tokens.collect();
    (holder, tokens)
}

/// What it still lays into the cache lies there now.
#[track_caller]
fn wait_for_its_end(process: &Server) {
    let deadline = Instant::now() + Duration::from_secs(20);
    let state = || std::fs::read_to_string(format!("/proc/{}/stat", process.pid()));
    while state().is_ok_and(|state| !state.contains(") Z ")) {
        assert!(Instant::now() < deadline, "it does not end");
        thread::sleep(Duration::from_millis(20));
    }
}

/// No file but the entry holds a token.
#[track_caller]
fn leaves_nothing_else(home: &Home) {
    let entry = entry(home).unwrap();
    for path in files(&home.path("")) {
        let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
        assert!(
            path == entry || !text.contains("token-"),
            "{} holds {text}",
            path.display()
        );
    }
}

#[test]
fn a_holder_that_is_killed_at_any_moment_costs_one_request_at_most() {
    let cases = (0..16).map(|round| (format!("round {round}"), ()));
    each(2, cases, |()| {
        let provider = Provider::start(|request| super::numbered(request).after(THINKING));
        let home = home(&spec(&provider.at("/token")));
        let (_killed, tokens) = while_the_holder_gets(Signal::KILL, &home);
        assert!(tokens.iter().all(|token| *token == tokens[0]), "{tokens:?}");
        assert!(provider.count() <= 2, "{}", provider.count());
        let begun = Instant::now();
        assert_eq!(token(&home), tokens[0]);
        assert!(begun.elapsed() < Duration::from_secs(4));
        leaves_nothing_else(&home);
    });
}

#[test]
fn a_holder_that_is_stopped_at_any_moment_delays_nobody_beyond_the_bound() {
    let cases = (0..8).map(|round| (format!("round {round}"), ()));
    each(8, cases, |()| {
        let provider = Provider::start(|request| super::numbered(request).after(THINKING));
        let home = home(&spec(&provider.at("/token")));
        let begun = Instant::now();
        let (stopped, tokens) = while_the_holder_gets(Signal::STOP, &home);
        // The spec's two seconds, the grace of three, and a busy machine's share.
        assert!(
            begun.elapsed() < Duration::from_secs(5 + 8),
            "{:?}",
            begun.elapsed()
        );
        assert!(tokens.iter().all(|token| token.starts_with("token-")));
        assert!(token(&home).starts_with("token-"));

        // Woken up, it ends as it can, and nothing is worse than before.
        signal(&stopped, Signal::CONT);
        wait_for_its_end(&stopped);
        let kept = token(&home);
        assert!(kept.starts_with("token-"));
        assert_eq!(token(&home), kept);
        leaves_nothing_else(&home);
    });
}
