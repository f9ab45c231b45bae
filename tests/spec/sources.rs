//! Where a secret comes from: `env`, `file`, `command` and lists of them; absent is told apart from every other failure.

use std::os::unix::fs::symlink;
use std::time::Instant;

use serde_json::{Value, json};

use super::{Bench, assert_told};
use crate::support::Output;

/// The secret that arrived for this source.
#[track_caller]
fn arrives(bench: &Bench, source: Value) -> String {
    let more = json!({ "client_secret": source, "token_endpoint_auth_method": "basic_raw" });
    let output = bench.token(bench.text(more));
    assert_eq!(output.stderr, "");
    output.answer();
    bench.provider.request().basic().unwrap().1
}

/// What is said where the source gives nothing; nobody may be asked.
#[track_caller]
fn fails(bench: &Bench, source: Value, told: &str) -> Output {
    let output = bench.token(bench.text(json!({ "client_secret": source })));
    assert_told(&output, 1, told);
    assert_eq!(bench.provider.connections(), 0, "{told}");
    output
}

fn file(bench: &Bench, name: &str, content: &[u8]) -> String {
    bench.home.write(name, content).to_str().unwrap().to_owned()
}

#[test]
fn a_variable_a_file_and_a_program_each_give_the_secret() {
    let mut bench = Bench::new();
    bench.home.set("A", "from env");
    assert_eq!(arrives(&bench, json!({ "env": "A" })), "from env");
    let table: [(&[u8], &str); 5] = [
        (b"from file", "from file"),
        (b"from file\n", "from file"),
        (b"from file\r\n", "from file"),
        (b" from file \n", " from file "),
        ("s\u{e9}cret".as_bytes(), "s\u{e9}cret"),
    ];
    for (content, wanted) in table {
        let bench = Bench::new();
        let path = file(&bench, "secret", content);
        assert_eq!(arrives(&bench, json!({ "file": path })), wanted);
    }
    for (body, wanted) in [
        ("echo from command", "from command"),
        ("printf 'no line break'", "no line break"),
        ("echo noise >&2; echo quiet", "quiet"),
        ("read line && echo $line; echo no-terminal", "no-terminal"),
    ] {
        let bench = Bench::new();
        bench.home.script("helper", body);
        assert_eq!(arrives(&bench, json!({ "command": ["helper"] })), wanted);
    }
}

#[test]
fn a_commands_words_are_seen_by_no_shell() {
    let bench = Bench::new();
    let words = json!({ "command": ["printf", "%s", "$HOME `id`; 'x' \"y\" *"] });
    assert_eq!(arrives(&bench, words), "$HOME `id`; 'x' \"y\" *");
}

#[test]
fn a_pointer_takes_one_value_out_of_a_json_file() {
    let content = br#"{"a":{"b/c":["x","deep"]},"n":12345678,"":"","null":null}"#;
    for (pointer, wanted) in [("/a/b~1c/1", "deep"), ("/n", "12345678")] {
        let bench = Bench::new();
        let path = file(&bench, "s.json", content);
        let source = json!({ "file": path, "pointer": pointer });
        assert_eq!(arrives(&bench, source), wanted);
    }
    for (pointer, code) in [
        ("/nope", "secret-missing"),
        ("/null", "secret-missing"),
        ("/", "secret-missing"),
        ("/a/b~1c", "secret-unreadable"),
    ] {
        let bench = Bench::new();
        let path = file(&bench, "s.json", content);
        let source = json!({ "file": path, "pointer": pointer });
        let output = fails(&bench, source, "");
        assert!(output.stderr.contains(&format!(" ({code})\n")));
        assert!(!output.stderr.contains("deep"));
    }
    let bench = Bench::new();
    let path = file(&bench, "s.json", b"hunter2 is no JSON");
    let source = json!({ "file": path, "pointer": "/a" });
    let told = format!("`/a` in file {path}: it is not JSON (secret-unreadable)\n");
    assert!(!fails(&bench, source, &told).stderr.contains("hunter2"));
}

#[test]
fn what_is_absent_is_told_as_missing() {
    let mut bench = Bench::new();
    bench.home.set("EMPTY", "");
    bench.home.script("silent", "exit 0");
    bench.home.script("only-a-line-break", "echo");
    let empty = file(&bench, "empty", b"");
    let blank = file(&bench, "blank", b"\n");
    let dangling = bench.home.path("dangling");
    symlink("/nowhere/at/all", &dangling).unwrap();
    for (source, shown) in [
        (
            json!({ "env": "UNSET" }),
            "environment variable UNSET".to_owned(),
        ),
        (
            json!({ "env": "EMPTY" }),
            "environment variable EMPTY".to_owned(),
        ),
        (
            json!({ "file": "/nowhere/at/all" }),
            "file /nowhere/at/all".to_owned(),
        ),
        (
            json!({ "file": format!("{empty}/below") }),
            format!("file {empty}/below"),
        ),
        (
            json!({ "file": dangling }),
            format!("file {}", dangling.display()),
        ),
        (json!({ "file": empty }), format!("file {empty}")),
        (json!({ "file": blank }), format!("file {blank}")),
        (
            json!({ "command": ["silent"] }),
            "command silent".to_owned(),
        ),
        (
            json!({ "command": ["only-a-line-break"] }),
            "command only-a-line-break".to_owned(),
        ),
        (
            json!([{ "env": "UNSET" }, { "env": "EMPTY" }]),
            "environment variable UNSET, else environment variable EMPTY".to_owned(),
        ),
    ] {
        let told = format!("there is no secret in {shown} (secret-missing)\nkeyfob: hint: ");
        fails(&bench, source, &told);
    }
}

/// Sources that are there and give nothing, with what is said of them. None of them may be passed over in a list.
fn broken(bench: &Bench) -> Vec<(Value, String)> {
    let root = bench.home.path("");
    let root = root.to_str().unwrap().trim_end_matches('/').to_owned();
    symlink("loop", bench.home.path("loop")).unwrap();
    let huge = file(bench, "huge", &vec![b'x'; (1 << 20) + 1]);
    bench.home.script(
        "fails",
        "echo half-a-secret; echo half-a-secret >&2; exit 3",
    );
    bench.home.script("dies", "kill -9 $$");
    bench.home.script("talks", "exec head -c 2000000 /dev/zero");
    bench
        .home
        .write("bin/no-program", "#!/bin/sh\necho s3cret\n");
    vec![
        (
            json!({ "file": root }),
            format!("file {root}: it is not a regular file"),
        ),
        (
            json!({ "file": "/dev/zero" }),
            "file /dev/zero: it is not a regular file".to_owned(),
        ),
        (
            json!({ "file": huge }),
            format!("file {huge}: it is larger than 1 MiB"),
        ),
        (
            json!({ "file": format!("{root}/loop") }),
            format!("file {root}/loop: too many levels of symbolic links"),
        ),
        (
            json!({ "command": ["fails"] }),
            "command fails: it failed with exit status 3".to_owned(),
        ),
        (
            json!({ "command": ["dies"] }),
            "command dies: it failed with signal: 9".to_owned(),
        ),
        (
            json!({ "command": ["talks"] }),
            "command talks: it printed more than 1 MiB".to_owned(),
        ),
        (
            json!({ "command": ["nowhere-to-be-found"] }),
            "command nowhere-to-be-found: there is no such program".to_owned(),
        ),
        (
            json!({ "command": ["no-program"] }),
            "command no-program: it cannot be started: permission denied".to_owned(),
        ),
    ]
}

#[test]
fn what_is_there_and_cannot_be_read_is_told_as_unreadable() {
    let bench = Bench::new();
    for (source, told) in broken(&bench) {
        let output = fails(&bench, source, &told);
        assert!(output.stderr.contains(" (secret-unreadable)\n"), "{told}");
        assert!(!output.stderr.contains("half-a-secret"));
    }
}

#[test]
fn in_a_list_a_failure_is_an_error_and_only_the_absent_is_passed_over() {
    let bench = Bench::new();
    for (source, told) in broken(&bench) {
        let list = json!([{ "env": "UNSET" }, source, { "command": ["open-secret"] }]);
        fails(&bench, list, &told);
    }
    assert!(!bench.opened(), "the next source was never asked");
    let list = json!([
        { "env": "UNSET" }, { "file": "/nowhere" }, [{ "env": "UNSET" }, { "command": ["true"] }],
        { "command": ["open-secret"] }, { "command": ["false"] },
    ]);
    assert_eq!(arrives(&bench, list), "s3cret");
}

#[test]
fn a_command_may_print_a_mebibyte() {
    let begin = "printf s3cret; head -c";
    for (newlines, told) in [
        ((1 << 20) - 6, None),
        ((1 << 20) - 5, Some("more than 1 MiB")),
    ] {
        let bench = Bench::new();
        let body = format!("{begin} {newlines} /dev/zero | tr '\\0' '\\n'");
        bench.home.script("prints", &body);
        let source = json!({ "command": ["prints"] });
        let output = bench.token(bench.text(json!({ "client_secret": source })));
        assert_eq!(output.status, i32::from(told.is_some()), "{output:?}");
        assert!(output.stderr.contains(told.unwrap_or_default()));
    }
}

#[test]
fn a_fifo_is_no_file_and_is_not_waited_for() {
    let bench = Bench::new();
    let fifo = bench.home.path("fifo");
    let made = std::process::Command::new("mkfifo").arg(&fifo).status();
    assert!(made.unwrap().success());
    let begun = Instant::now();
    let told = format!(
        "file {}: it is not a regular file (secret-unreadable)\n",
        fifo.display()
    );
    fails(&bench, json!({ "file": fifo }), &told);
    let spec = crate::support::run(
        &mut bench
            .home
            .keyfob(["token", "--spec", fifo.to_str().unwrap()]),
        "",
    );
    let told = format!(
        "spec {} cannot be used: it is not a regular file (spec-invalid)\n",
        fifo.display()
    );
    assert_told(&spec, 2, &told);
    assert!(begun.elapsed().as_secs() < 5);
}

#[test]
fn a_command_that_hangs_is_ended_with_what_it_started() {
    let bench = Bench::new();
    let mark = bench.home.path("grandchild");
    bench.home.script("hangs", "sleep 60");
    bench.home.script(
        "leaves-a-child",
        &format!("(sleep 13; touch {}) & sleep 60", mark.display()),
    );
    // Both at once: each takes the ten seconds that a command has.
    std::thread::scope(|scope| {
        for name in ["hangs", "leaves-a-child"] {
            let bench = &bench;
            scope.spawn(move || {
                let begun = Instant::now();
                let told = format!(
                    "command {name}: it did not end within 10 s (secret-unreadable)\nkeyfob: hint: "
                );
                fails(bench, json!({ "command": [name] }), &told);
                assert!((10..14).contains(&begun.elapsed().as_secs()));
            });
        }
    });
    std::thread::sleep(std::time::Duration::from_secs(4));
    assert!(!mark.exists(), "what the command started went on");
}
