//! Killed before each system call of a run: the cache reads as before or as after, nobody waits, and nothing is left lying about.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::callers::Caller;
use super::{
    content, each, entry, files, holds_no_secret, home, near_renewal, numbering, spec, token,
};
use crate::support::home::keyfob_binary;
use crate::support::{Home, Provider, Server, need, run, tally};

/// The system calls that leave a trace or wait for something.
const SET: &str = "%file,%desc,%network,getrandom,exit_group";

fn traced(home: &Home, caller: Caller, options: &[&str]) -> Command {
    let mut command = home.command("strace");
    command.args(["-f", "-qq", "-e", &format!("trace={SET}"), "-o"]);
    command.arg(home.path("trace")).args(options);
    command.arg(keyfob_binary()).args(caller.arguments());
    command
}

/// The system calls from the reading of the spec to the end, each with the number that strace counts it by: what comes before is the loader's.
fn calls(home: &Home, caller: Caller) -> Vec<(String, usize)> {
    caller.token(&run(&mut traced(home, caller, &[]), caller.stdin()));
    let trace = fs::read_to_string(home.path("trace")).unwrap();
    let mut seen = BTreeMap::new();
    let calls = trace.lines().map(|line| {
        let call = line.split_once('(').unwrap().0;
        let call = call.rsplit(' ').next().unwrap();
        let number = seen.entry(call).and_modify(|seen| *seen += 1).or_insert(1);
        (call.to_owned(), *number)
    });
    let calls: Vec<_> = calls.collect();
    let own = trace.lines().position(|line| line.contains("/config"));
    let calls = calls[own.unwrap()..].to_vec();
    assert!(calls.len() > 40, "{trace}");
    calls
}

/// A home in which this caller has been served before, or not.
fn prepared(provider: &Provider, renewal: bool) -> (Home, Option<String>) {
    let home = home(&spec(&provider.at("/token")));
    let before = renewal.then(|| {
        let before = token(&home);
        near_renewal(&home);
        before
    });
    (home, before)
}

/// The files of this home that hold a token.
fn with_a_token(home: &Home) -> Vec<std::path::PathBuf> {
    let mut files = files(&home.path(""));
    files.retain(|path| {
        let text = fs::read(path).unwrap();
        text.windows(6).any(|bytes| bytes == b"token-") && !path.ends_with("trace")
    });
    files
}

fn killed_anywhere(caller: Caller, renewal: bool) {
    if !need(&["strace"]) {
        return;
    }
    let provider = numbering();
    let calls = calls(&prepared(&provider, renewal).0, caller);
    tally("kill points, of the faults", calls.len());
    let half_written = AtomicUsize::new(0);
    let cases = calls
        .into_iter()
        .map(|call| (format!("before {call:?}"), call));
    each(3, cases, |(call, number)| {
        let provider = numbering();
        let (home, before) = prepared(&provider, renewal);
        let kill = format!("inject={call}:signal=KILL:when={number}");
        let output = run(&mut traced(&home, caller, &["-e", &kill]), caller.stdin());
        assert_eq!(output.status, 128 + 9, "{output:?}");
        holds_no_secret(&home);

        let after = format!("token-{}", 1 + usize::from(renewal));
        let kept = entry(&home).map(|entry| content(&entry)["token"]["access_token"].clone());
        let kept = kept.map(|token| token.as_str().unwrap().to_owned());
        assert!(
            kept == before || kept.as_ref() == Some(&after),
            "neither before nor after: {kept:?}"
        );
        let others = with_a_token(&home).len() - usize::from(kept.is_some());
        half_written.fetch_add(others, Ordering::SeqCst);

        // Who was killed after it had asked costs one request; nobody waits for its lock.
        let begun = Instant::now();
        let next = caller.token(&caller.ask(&home));
        assert!(begun.elapsed() < Duration::from_secs(4), "a stale lock");
        assert!(kept.as_ref() != Some(&after) || next == after, "{next}");
        assert_ne!(Some(&next), before.as_ref(), "it was due");
        assert!(provider.count() <= 2 + usize::from(renewal));
        assert_eq!(with_a_token(&home), [entry(&home).unwrap()]);
        assert_eq!(
            content(&entry(&home).unwrap())["token"]["access_token"],
            next
        );
        holds_no_secret(&home);
    });
    assert!(half_written.into_inner() > 0, "never killed while writing");
}

#[test]
fn killed_before_any_system_call_of_a_first_mint() {
    killed_anywhere(Caller::Script, false);
}

#[test]
fn killed_before_any_system_call_of_a_renewal() {
    killed_anywhere(Caller::Kubectl, true);
}

#[test]
fn what_was_killed_while_writing_is_forgotten_too() {
    if !need(&["strace"]) {
        return;
    }
    for forget in [&["forget", "--all"][..], &["forget", "--spec", "ci"]] {
        let provider = numbering();
        let home = home(&spec(&provider.at("/token")));
        let kill = ["-e", "inject=rename,renameat,renameat2:signal=KILL"];
        let output = run(&mut traced(&home, Caller::Script, &kill), "");
        assert_eq!(output.status, 128 + 9, "{output:?}");
        assert_eq!(with_a_token(&home).len(), 1, "half written");
        assert_eq!(run(&mut home.keyfob(forget), "").status, 0);
        assert_eq!(with_a_token(&home), Vec::<std::path::PathBuf>::new());
    }
}

#[test]
fn what_a_living_process_is_writing_is_left_alone() {
    if !need(&["strace"]) {
        return;
    }
    let provider = numbering();
    let home = home(&spec(&provider.at("/token")));
    let mut other = spec(&provider.at("/token"));
    other["scope"] = "other".into();
    home.spec("other", other.to_string());
    let stop = ["-e", "inject=write:signal=STOP:when=1"];
    let mut stopped = Server::start(&mut traced(&home, Caller::Script, &stop));
    let half_written = stopped.wait_until("stopped", |_| with_a_token(&home).pop());
    run(&mut home.keyfob(["token", "--spec", "other"]), "").answer();
    assert!(half_written.exists());

    // Named `KEY.PROCESS-NUMBER.tmp`.
    let name = half_written.file_name().unwrap().to_str().unwrap();
    let process = name.split(['.', '-']).nth(1).unwrap().parse().unwrap();
    kill_process(Pid::from_raw(process).unwrap(), Signal::CONT).unwrap();
    stopped.wait_for_line("token-1");
    assert_eq!(token(&home), "token-1");
    assert!(!half_written.exists());
}
