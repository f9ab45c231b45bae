//! `command`: the variables it is given, the time it has, where it runs, and what is told when it fails.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Bench, assert_told};
use crate::support::run;

/// A program that writes down its environment and its working directory, and prints a secret.
fn recorder(bench: &Bench) {
    let to = bench.home.path("tmp");
    let to = to.display();
    bench.home.script(
        "record",
        &format!("cat /proc/$$/environ > {to}/environ; pwd > {to}/folder; echo s3cret"),
    );
}

fn recorded(bench: &Bench, what: &str) -> String {
    let text = std::fs::read(bench.home.path("tmp").join(what)).unwrap();
    String::from_utf8(text).unwrap().replace('\0', "\n")
}

/// What is told of a command that fails.
#[track_caller]
fn told(bench: &Bench, source: Value) -> String {
    let output = bench.token(bench.text(json!({ "client_secret": source })));
    assert_told(&output, 1, "command ");
    assert!(output.stderr.contains(" (secret-unreadable)\n"));
    output.stderr
}

#[cfg(target_os = "linux")]
#[test]
fn a_command_is_given_the_variables_that_it_names_and_a_short_list() {
    let mut bench = Bench::new();
    recorder(&bench);
    for (name, value) in [
        ("NAMED", "n"),
        ("OTHER", "o"),
        ("KEYFOB_SPEC", "none"),
        ("USER", "me"),
        ("LC_ALL", "C"),
        ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere"),
        ("GITHUB_TOKEN", "of the job"),
        ("LD_LIBRARY_PATH", "/nowhere"),
    ] {
        bench.home.set(name, value);
    }
    let source = json!({ "command": ["record"], "variables": ["NAMED", "UNSET"] });
    let output = bench.token(bench.text(json!({ "client_secret": source })));
    assert_eq!(output.json()["access_token"], "token-1");
    let environment = recorded(&bench, "environ");
    let mut names: Vec<&str> = environment
        .lines()
        .filter_map(|line| line.split('=').next())
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "DBUS_SESSION_BUS_ADDRESS",
            "HOME",
            "LANG",
            "LC_ALL",
            "NAMED",
            "PATH",
            "TMPDIR",
            "TZ",
            "USER",
            "XDG_RUNTIME_DIR"
        ]
    );
    assert!(environment.contains("NAMED=n\n"), "{environment}");
}

/// How often the provider was asked after the second of two runs, between which `change` was made.
fn asked_after(source: &Value, change: impl Fn(&mut Bench)) -> usize {
    let mut bench = Bench::new();
    recorder(&bench);
    bench.home.set("NAMED", "of the first job");
    bench.home.set("OTHER", "of the first job");
    let text = bench.text(json!({ "client_secret": source }));
    bench.token(&text).answer();
    change(&mut bench);
    bench.token(&text).answer();
    bench.provider.count()
}

#[test]
fn the_next_job_on_a_runner_does_not_get_the_former_jobs_token() {
    let source = json!({ "command": ["record"], "variables": ["NAMED"] });
    for name in ["NAMED", "HOME", "USER"] {
        let change = |bench: &mut Bench| {
            let folder = bench.home.path("tmp");
            bench.home.set(name, folder);
        };
        assert_eq!(asked_after(&source, change), 2, "{name}");
    }
    let change = |bench: &mut Bench| {
        bench.home.set("OTHER", "of the next job");
    };
    assert_eq!(asked_after(&source, change), 1);
    // A list, a key and a client certificate are no hiding places.
    for hidden in [
        json!([{ "env": "UNSET" }, source]),
        json!([[source], { "env": "UNSET" }]),
    ] {
        let change = |bench: &mut Bench| {
            bench.home.set("NAMED", "of the next job");
        };
        assert_eq!(asked_after(&hidden, change), 2, "{hidden}");
    }
}

#[test]
fn another_program_of_the_same_name_is_another_key() {
    let source = json!({ "command": ["record"] });
    let change = |bench: &mut Bench| {
        let there = bench.home.path("tmp/record");
        std::fs::copy(bench.home.path("bin/record"), &there).unwrap();
        let path = format!("{}:/usr/bin:/bin", bench.home.path("tmp").display());
        bench.home.set("PATH", path);
    };
    assert_eq!(asked_after(&source, change), 2);
    // The same program, found on another way.
    let change = |bench: &mut Bench| {
        let path = format!("/nowhere:{}:/usr/bin:/bin", bench.home.bin().display());
        bench.home.set("PATH", path);
    };
    assert_eq!(asked_after(&source, change), 1);
}

#[test]
fn variables_are_names_and_belong_to_a_command() {
    let bench = Bench::new();
    for (source, why) in [
        (
            json!({ "command": ["x"], "variables": "NAME" }),
            "`/client_secret/variables`: an array is wanted here, not a string",
        ),
        (
            json!({ "command": ["x"], "variables": ["A=b"] }),
            "`/client_secret/variables/0`: a variable's name holds no `=`",
        ),
        (
            json!({ "env": "X", "variables": ["A"] }),
            "`/client_secret/variables`: this member is not known here",
        ),
        (
            json!({ "command": ["x"], "timeout": 0 }),
            "`/client_secret/timeout`: a whole number from 1 to 120 is wanted here",
        ),
        (
            json!({ "command": ["x"], "timeout": "5" }),
            "`/client_secret/timeout`: a number is wanted here, not a string",
        ),
    ] {
        bench.refuses(bench.text(json!({ "client_secret": source })), why);
    }
}

#[test]
fn a_command_has_one_limit_for_all_that_it_does() {
    let bench = Bench::new();
    for (name, body) in [
        ("prints-nothing", "sleep 60"),
        ("closes-its-output", "echo s3cret; exec >&-; sleep 60"),
        ("closes-late", "sleep 1.5; echo s3cret; exec >&-; sleep 60"),
        ("closes-both", "exec >&- 2>&-; sleep 60"),
    ] {
        bench.home.script(name, body);
        let begun = Instant::now();
        let told = told(&bench, json!({ "command": [name], "timeout": 2 }));
        let took = begun.elapsed();
        assert!(told.contains(": it did not end within 2 s ("), "{told}");
        assert!(took >= Duration::from_secs(2), "{name}: {took:?}");
        assert!(took < Duration::from_millis(3400), "{name}: {took:?}");
    }
    bench.home.script("slow", "sleep 1; echo s3cret");
    let source = json!({ "command": ["slow"], "timeout": 60 });
    let output = bench.token(bench.text(json!({ "client_secret": source })));
    assert_eq!(output.stderr, "");
}

/// An agent that a program starts, as gpg does, outlives it; what is left of one that failed does not.
#[test]
fn a_command_that_fails_is_ended_with_what_it_started_and_one_that_succeeds_is_not() {
    let bench = Bench::new();
    let script = |name: &str, end: &str| {
        let mark = bench.home.path(format!("mark-{name}"));
        let begin = format!("(sleep 1; touch {}) >/dev/null 2>&1 &", mark.display());
        bench.home.script(name, &format!("{begin} {end}"));
        mark
    };
    let failed = [
        ("fails", "exit 3", "exit status 3"),
        ("is-killed", "kill -TERM $$", "signal: 15 (SIGTERM)"),
    ];
    let failed = failed.map(|(name, end, why)| {
        let mark = script(name, end);
        let told = told(&bench, json!({ "command": [name] }));
        assert!(
            told.contains(&format!(": it failed with {why} (")),
            "{told}"
        );
        mark
    });
    let mark = script("succeeds", "echo s3cret");
    let source = json!({ "command": ["succeeds"] });
    bench
        .token(bench.text(json!({ "client_secret": source })))
        .answer();
    std::thread::sleep(Duration::from_secs(2));
    assert!(mark.exists(), "an agent was ended");
    for mark in failed {
        assert!(!mark.exists(), "what the command started went on: {mark:?}");
    }
}

#[test]
fn the_last_line_of_a_failing_commands_standard_error_is_told() {
    let mut bench = Bench::new();
    bench.home.set("PASSWORD", "hunter2").set("SHORT", "den");
    let longest = "no way ".repeat(28) + "now!";
    let long = format!("echo '{longest}' >&2");
    for (body, last) in [
        (&*long, &*longest),
        (
            "echo first >&2; echo 'Error: ci is not in the password store.' >&2",
            "Error: ci is not in the password store.",
        ),
        (
            "printf 'no line break: permission denied' >&2",
            "no line break: permission denied",
        ),
        ("printf 'denied\\r\\n\\n  \\n' >&2", "denied"),
        ("printf '\\033[31m\\ndenied\\033[0m' >&2", "denied [0m"),
        (
            "(yes noise | head -c 3000000; echo; echo denied) >&2",
            "denied",
        ),
    ] {
        bench.home.script("fails", &format!("{body}; exit 3"));
        let source = json!({ "command": ["fails"], "variables": ["PASSWORD", "SHORT"] });
        let told = told(&bench, source);
        let line = format!("command fails: it failed with exit status 3: {last} (secret-");
        // What is named, and does not stand in the line, withholds nothing.
        assert!(told.contains(&line), "{body}\n{told}");
        assert!(!told.contains('\u{1b}'));
    }
}

#[test]
fn a_line_that_could_hold_a_secret_is_withheld() {
    let mut bench = Bench::new();
    bench.home.set("PASSWORD", "hunter2");
    let too_long = "no way ".repeat(28) + "now!!";
    for line in [
        &*too_long,
        "wrong token ghp_0123456789abcdefghij",
        "no access for aGVsbG8gd29ybGQ+/0==",
        "correct-horse-battery-staple is no password",
        "login failed for ci with hunter2",
        "login failed for ci with HUNTER2",
        "secret of the output: 0utput",
    ] {
        bench
            .home
            .script("fails", &format!("echo 0utput; echo '{line}' >&2; exit 1"));
        let source = json!({ "command": ["fails"], "variables": ["PASSWORD"] });
        let told = told(&bench, source);
        assert!(!told.contains("0utput") && !told.to_lowercase().contains("hunter2"));
        for word in line.split(' ').filter(|word| word.len() >= 20) {
            assert!(!told.contains(word), "{told}");
        }
        assert!(
            told.contains(
                "it failed with exit status 1 (secret-unreadable)\n\
                 keyfob: hint: its standard error is not shown, for it could hold a secret; run the command by hand to see it\n"
            ),
            "{told}"
        );
    }
}

#[test]
fn a_command_leaves_what_it_says_on_success_untold() {
    let bench = Bench::new();
    bench.home.script(
        "talks",
        "echo noise >&2; (sleep 3; echo late >&2) & echo s3cret",
    );
    // What goes on behind it keeps its output open, not its standard error.
    bench.home.script(
        "leaves-a-daemon",
        "(exec >/dev/null; sleep 3; echo late >&2) & echo s3cret",
    );
    let begun = Instant::now();
    let source = json!({ "command": ["leaves-a-daemon"] });
    let output = bench.token(bench.text(json!({ "client_secret": source })));
    assert_eq!(output.stderr, "");
    output.answer();
    assert!(begun.elapsed() < Duration::from_secs(3));
}

#[test]
fn a_command_runs_in_the_folder_of_its_spec_and_never_in_the_callers() {
    let bench = Bench::new();
    recorder(&bench);
    let text = bench.text(json!({ "client_secret": { "command": ["record"] } }));
    bench.token(&text).answer();
    assert_eq!(recorded(&bench, "folder"), "/\n");
    bench.home.spec("ci", &text);
    run(&mut bench.home.keyfob(["token", "--spec", "ci"]), "").answer();
    let folder = format!("{}\n", bench.home.config().display());
    assert_eq!(recorded(&bench, "folder"), folder);
    bench.home.write("home/own/spec.json", &text);
    let spec = ["token", "--spec", "own/spec.json"];
    run(&mut bench.home.keyfob(spec), "").answer();
    let folder = format!("{}/own\n", bench.home.home().display());
    assert_eq!(recorded(&bench, "folder"), folder);
    assert_eq!(bench.provider.count(), 3, "the folder is part of the key");
}
