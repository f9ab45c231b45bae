//! System calls that fail, descriptors and disks that run out: the answer or one error, and nothing broken for the next run.

use std::fs;
use std::process::Command;

use serde_json::json;

use super::callers::{ALL, Caller, the_error};
use super::{each, home, numbered, numbering, spec, token};
use crate::support::home::keyfob_binary;
use crate::support::{Home, Output, Provider, Tls, need, run};

/// System calls and what they fail with.
const CALLS: &[(&str, &[&str])] = &[
    ("openat", &["EMFILE", "EACCES", "EIO"]),
    ("read", &["EIO", "EINTR"]),
    ("write", &["ENOSPC", "EIO", "EINTR"]),
    ("socket", &["EMFILE", "EAFNOSUPPORT"]),
    ("connect", &["ENETUNREACH", "EINTR", "ECONNREFUSED"]),
    ("sendto", &["ECONNRESET", "EPIPE", "EINTR"]),
    ("recvfrom", &["ECONNRESET", "EINTR", "ENOMEM"]),
    ("setsockopt", &["EINVAL"]),
    ("ioctl", &["EINVAL"]),
    ("poll", &["EINTR"]),
    ("flock", &["ENOLCK", "EINTR"]),
    ("rename", &["EXDEV", "ENOSPC"]),
    ("mkdir", &["ENOSPC"]),
    ("statx", &["EIO", "EACCES"]),
    ("getdents64", &["EIO"]),
    ("getrandom", &["EINTR", "ENOSYS"]),
    ("fcntl", &["EINVAL"]),
    ("clone,clone3,vfork", &["EAGAIN"]),
    ("pipe2", &["EMFILE"]),
    ("execve", &["ENOMEM"]),
    ("wait4", &["EINTR"]),
];

/// How the run began: before this there is only the loader, whose failures are its own.
fn is_the_loaders(output: &Output) -> bool {
    output.status == 127
        && output
            .stderr
            .contains("error while loading shared libraries")
}

/// The token or one error; or nothing but an exit status, where the words were what failed.
#[track_caller]
fn is_sound(output: &Output, trace: &str) {
    if is_the_loaders(output) {
        return;
    }
    let unheard = || {
        let mut writes = trace.lines().filter(|line| line.contains("write(2, "));
        writes.any(|line| line.contains("(INJECTED)"))
    };
    match output.status {
        0 => assert!(output.stdout.starts_with("token-"), "{output:?}"),
        1 | 2 if output.stderr.is_empty() && unheard() => {}
        1 | 2 => {
            let code = the_error(&output.stderr);
            let nothing = output.stdout.is_empty() || code == "output-failed";
            assert!(nothing, "{output:?}");
        }
        _ => panic!("it broke: {output:?}"),
    }
}

/// A home whose secret comes from a program and whose cache is yet to be made, so that every kind of call is made.
fn with_a_command(provider: &Provider, tls: &Tls) -> Home {
    let mut spec = spec(&provider.at("/token"));
    spec["client_secret"] = json!({"command": ["cat", "secret"]});
    let mut home = home(&spec);
    home.write("config/secret", "s3cret\n");
    let cache = home.path("new/cache");
    home.set("KEYFOB_CACHE_DIR", cache).trust(tls);
    home
}

/// keyfob under strace, which makes one call fail and leaves its record in `trace`.
fn injected(home: &Home, call: &str, error: &str, number: usize) -> Command {
    let what = format!("inject={call}:error={error}:when={number}");
    let mut command = home.command("strace");
    command.args([
        "-f",
        "-qq",
        "-e",
        &format!("trace={call}"),
        "-e",
        &what,
        "-o",
    ]);
    command.arg(home.path("trace")).arg(keyfob_binary());
    command.args(Caller::Script.arguments());
    command
}

#[test]
fn any_system_call_may_fail() {
    if !need(&["strace"]) {
        return;
    }
    let tls = Tls::new();
    let cases = CALLS
        .iter()
        .flat_map(|(call, errors)| errors.iter().map(move |error| (*call, *error)));
    let cases = cases.map(|case| (format!("{case:?}"), case));
    each(3, cases, |(call, error)| {
        for number in 1.. {
            assert!(number < 100, "it does not end");
            let provider = Provider::tls(&tls, numbered);
            let home = with_a_command(&provider, &tls);
            let output = run(&mut injected(&home, call, error, number), "");
            let trace = fs::read_to_string(home.path("trace")).unwrap();
            is_sound(&output, &trace);
            // What could not be said can still be asked for again; a failure is shared for a moment.
            run(&mut home.keyfob(["forget", "--spec", "ci"]), "").answer();
            assert!(token(&home).starts_with("token-"));
            if !trace.contains("INJECTED") {
                assert!(number > 1, "{call} is never called");
                break;
            }
        }
    });
}

#[test]
fn without_descriptors_there_is_an_answer_or_one_error() {
    let cases =
        (3..14).flat_map(|most| ALL.map(|caller| (format!("{most} {caller:?}"), (most, caller))));
    each(4, cases, |(most, caller)| {
        let provider = numbering();
        let home = home(&spec(&provider.at("/token")));
        let script = format!("ulimit -n {most}; exec \"$0\" \"$@\"");
        let mut command = home.command("sh");
        command
            .args(["-c", &script, keyfob_binary()])
            .args(caller.arguments());
        let output = caller.ask_by(&mut command);
        if is_the_loaders(&output) {
            assert!(most < 5, "the loader needs that many");
            return;
        }
        let answered = match caller {
            Caller::Cargo => output.stdout.contains("token-1"),
            _ => output.status == 0,
        };
        match answered {
            true => assert_eq!(caller.token(&output), "token-1"),
            false => drop(caller.error(&output)),
        }
        assert!(answered || most < 8, "{output:?}");
        run(&mut home.keyfob(["forget", "--spec", "ci"]), "").answer();
        assert!(caller.token(&caller.ask(&home)).starts_with("token-"));
    });
}

#[test]
fn a_lookup_without_a_thread_is_one_error() {
    if !need(&["strace"]) {
        return;
    }
    let home = home(&spec("https://provider.invalid/token"));
    let output = run(&mut injected(&home, "clone3,clone", "EAGAIN", 1), "");
    assert_eq!(Caller::Script.error(&output), "provider-unreachable");
}
