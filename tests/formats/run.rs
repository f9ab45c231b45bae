//! `keyfob run -- CMD`: CMD in keyfob's place, with the token in its environment and everything else its own.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use super::{Bench, NASTY};
use crate::support::{Output, Server, need, run};

/// `keyfob run --spec ci` with these words.
fn run_with(bench: &Bench, words: &[&str], stdin: &str) -> Output {
    let words = ["run", "--spec", "ci"].iter().chain(words);
    run(&mut bench.home.keyfob(words), stdin)
}

#[test]
fn the_token_is_in_the_environment_and_nothing_else_changes() {
    let bench = Bench::new(NASTY);
    let sorted = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let before = run(bench.home.command("env").arg("-u").arg("X"), "");
    let mut wanted = sorted(before.answer());
    let output = run_with(&bench, &["--", "env"], "");
    assert_eq!(output.stderr, "");
    wanted.push(format!("KEYFOB_TOKEN={NASTY}"));
    wanted.sort();
    assert_eq!(sorted(output.answer()), wanted);
}

#[test]
fn the_variable_may_have_another_name_and_replaces_one_that_is_there() {
    let mut bench = Bench::new("t0ken");
    bench.home.set("GH_TOKEN", "old").set("KEYFOB_TOKEN", "old");
    let show = ["--", "sh", "-c", "echo $GH_TOKEN $KEYFOB_TOKEN"];
    let named = [["--env", "GH_TOKEN"].as_slice(), &show].concat();
    assert_eq!(run_with(&bench, &named, "").answer(), "t0ken old\n");
    assert_eq!(run_with(&bench, &show, "").answer(), "old t0ken\n");
}

#[test]
fn the_exit_status_is_the_commands_own() {
    let bench = Bench::new("t0ken");
    for status in [0, 1, 2, 7, 127, 255] {
        let script = format!("exit {status}");
        let output = run_with(&bench, &["--", "sh", "-c", &script], "");
        assert_eq!(
            (
                output.status,
                output.stdout.as_str(),
                output.stderr.as_str()
            ),
            (status, "", "")
        );
    }
}

#[test]
fn a_command_that_a_signal_ends_is_seen_so_by_the_shell() {
    let bench = Bench::new("t0ken");
    for (signal, status) in [("TERM", 143), ("KILL", 137), ("HUP", 129), ("PIPE", 141)] {
        let script =
            format!("keyfob run --spec ci -- sh -c 'kill -{signal} $$' 2>/dev/null; echo $?");
        assert_eq!(bench.sh(&script), format!("{status}\n"));
    }
}

#[test]
fn a_signal_reaches_the_command_itself() {
    let bench = Bench::new("t0ken");
    for (signal, name) in [
        (Signal::TERM, "TERM"),
        (Signal::INT, "INT"),
        (Signal::HUP, "HUP"),
    ] {
        let script = format!(
            "trap 'echo got {name}; exit 5' {name}; echo pid $$; while :; do sleep 0.05; done"
        );
        let words = ["run", "--spec", "ci", "--", "sh", "-c", &script];
        let mut server = Server::start(&mut bench.home.keyfob(words));
        let pid: u32 = server.wait_for_line("pid ").parse().unwrap();
        assert_eq!(pid, server.pid(), "the command is in keyfob's place");
        let pid = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
        server.wait_for_line("got ");
    }
}

#[test]
fn what_is_typed_at_a_terminal_reaches_a_command_beside_keyfob_once() {
    if !need(&["script"]) {
        return;
    }
    let bench = Bench::new("t0ken");
    // It waits in `read`, which a signal ends at once: two of them are counted as two.
    bench.home.script(
        "counts",
        "n=0; trap 'n=$((n + 1)); echo got $n' INT; echo ready; \
         until read -r x; do :; done; echo times $n",
    );
    let spec = json!({
        "provider": "client_credentials", "token_url": bench.provider.at("/token"),
        "client_id": "ci", "client_secret": { "env": "SECRET" },
        "revocation_url": bench.provider.at("/revoke"),
    });
    bench.home.spec("lent", spec.to_string());
    let mut command = bench.home.command("script");
    let line = "keyfob run --revoke --spec lent -- counts";
    command.args(["-qec", line, "/dev/null"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = || lines.next().unwrap().unwrap();
    while !next().contains("ready") {}
    let mut keys = child.stdin.take().unwrap();
    for typed in 1..4 {
        keys.write_all(b"\x03").unwrap();
        let got = format!("got {typed}");
        while !next().contains(&got) {}
    }
    keys.write_all(b"end\n").unwrap();
    let told = loop {
        let line = next();
        if let Some((_, times)) = line.split_once("times ") {
            break times.trim().to_owned();
        }
    };
    drop(keys);
    child.wait().unwrap();
    assert_eq!(told, "3");
}

#[test]
fn signals_and_open_files_are_as_a_program_finds_them() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let bench = Bench::new("t0ken");
    let script = "grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status; ls /proc/self/fd";
    let plain = run(bench.home.command("sh").args(["-c", script]), "");
    let output = run_with(&bench, &["--", "sh", "-c", script], "");
    assert_eq!(
        output.answer(),
        plain.answer(),
        "no lock, no socket, SIGPIPE as ever"
    );
}

#[test]
fn standard_input_and_output_pass_through() {
    let bench = Bench::new("t0ken");
    let output = run_with(&bench, &["--", "cat"], "one\ntwo");
    assert_eq!((output.answer(), output.stderr.as_str()), ("one\ntwo", ""));
    let output = run_with(&bench, &["--", "sh", "-c", "cat >&2"], "x");
    assert_eq!((output.answer(), output.stderr.as_str()), ("", "x"));
}

#[test]
fn arguments_arrive_as_they_are() {
    let bench = Bench::new("t0ken");
    let words = [
        "--", "printf", "<%s>", "", " ", "--spec", "--", "-v", "--help", "a=b", "*",
    ];
    let output = run_with(&bench, &words, "");
    assert_eq!(output.answer(), "<>< ><--spec><--><-v><--help><a=b><*>");
    let mut command = bench.home.keyfob(["run", "--spec", "ci", "--", "sh", "-c"]);
    command.args(["printf %s \"$1\" | od -An -tx1", "x"]);
    command.arg(OsStr::from_bytes(b"\xff\xfe\x80"));
    let output = run(&mut command, "");
    assert_eq!(
        output.answer().trim(),
        "ff fe 80",
        "not all bytes are UTF-8"
    );
}

#[test]
fn a_word_before_the_dashes_that_is_not_utf_8_is_told() {
    let bench = Bench::new("t0ken");
    let mut command = bench.home.keyfob(["run", "--spec"]);
    command.arg(OsStr::from_bytes(b"\xff")).args(["--", "true"]);
    let output = run(&mut command, "");
    assert_eq!((output.status, output.stdout.as_str()), (2, ""));
    assert!(
        output
            .stderr
            .starts_with("keyfob: error: an argument is not UTF-8 (usage)\n")
    );
}

#[test]
fn without_a_command_there_is_nothing_to_run() {
    let bench = Bench::new("t0ken");
    for words in [&[][..], &["--"], &["echo", "hello"], &["--", ""]] {
        let output = run_with(&bench, words, "");
        assert_ne!(output.status, 0, "{words:?}");
        assert_eq!(output.stdout, "");
        assert!(
            output.stderr.starts_with("keyfob: error: "),
            "{}",
            output.stderr
        );
    }
    let output = run_with(&bench, &["--"], "");
    assert_eq!(
        (output.status, output.stderr.as_str()),
        (
            2,
            "keyfob: error: there is no command to run (usage)\nkeyfob: hint: keyfob run --spec SPEC -- CMD ARGUMENTS\n"
        )
    );
}

#[test]
fn a_command_that_cannot_be_started_is_told() {
    let bench = Bench::new("t0ken");
    let file = bench.home.write("no-program", "x");
    for (program, why) in [
        ("nowhere-to-be-found", "there is no such program"),
        ("/nowhere/at/all", "there is no such program"),
        (
            file.to_str().unwrap(),
            "it cannot be started: permission denied",
        ),
    ] {
        let output = run_with(&bench, &["--", program, "hunter2"], "");
        assert_eq!((output.status, output.stdout.as_str()), (1, ""));
        assert!(
            output
                .stderr
                .starts_with(&format!("keyfob: error: {program}: {why}"))
                && output.stderr.contains(" (command-failed)\n"),
            "{}",
            output.stderr
        );
        assert!(!output.stderr.contains("hunter2") && !output.stderr.contains("t0ken"));
    }
}

#[test]
fn without_a_token_the_command_is_not_run() {
    let bench = Bench::new("t0ken\n");
    let mark = bench.home.path("mark");
    let output = run_with(&bench, &["--", "touch", mark.to_str().unwrap()], "");
    assert_eq!((output.status, output.stdout.as_str()), (1, ""));
    assert!(output.stderr.contains(" (provider-nonsense)\n"));
    assert!(!mark.exists());
}
