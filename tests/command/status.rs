//! `keyfob status`: every spec and its tokens, for a person on a terminal and for programs.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::support::client::{SECRET_VARIABLE, numbering};
use crate::support::{Answer, Home, Output, Provider, need, run};

/// keyfob with standard output on a terminal of this width.
fn on_terminal(home: &Home, columns: u16, words: &[&str]) -> Output {
    let program = "
import fcntl, os, pty, struct, sys, termios
columns, program = int(sys.argv[1]), sys.argv[2:]
child, terminal = pty.fork()
if child == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack('HHHH', 40, columns, 0, 0))
    os.execv(program[0], program)
text = b''
while True:
    try:
        read = os.read(terminal, 65536)
    except OSError:
        break
    if not read:
        break
    text += read
sys.stdout.buffer.write(text.replace(b'\\r\\n', b'\\n'))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
";
    let mut command = home.command("python3");
    command.args(["-c", program, &columns.to_string()]);
    command
        .arg(crate::support::home::keyfob_binary())
        .args(words);
    run(&mut command, "")
}

fn spec(provider: &Provider, scope: &str) -> Value {
    json!({
        "provider": "client_credentials",
        "token_url": provider.at("/token"),
        "client_id": "ci",
        "client_secret": {"env": SECRET_VARIABLE},
        "scope": scope,
        "targets": ["git.example.com"],
    })
}

fn home(provider: &Provider) -> Home {
    let mut home = Home::new();
    home.spec("ci", spec(provider, "ci").to_string());
    home.set(SECRET_VARIABLE, "hunter2");
    home
}

/// The fields of each line.
fn fields(home: &Home) -> Vec<Vec<String>> {
    let output = run(&mut home.keyfob(["status"]), "");
    assert_eq!(output.stderr, "");
    let lines = output.answer().lines();
    let fields = |line: &str| line.split('\t').map(str::to_owned).collect::<Vec<_>>();
    lines.map(fields).collect()
}

fn json(home: &Home) -> Vec<Value> {
    let output = run(&mut home.keyfob(["status", "--format", "json"]), "");
    output.json().as_array().unwrap().clone()
}

#[track_caller]
fn token(home: &Home, spec: &str) {
    run(&mut home.keyfob(["token", "--spec", spec]), "").answer();
}

#[test]
fn where_nothing_is_there_nothing_is_listed() {
    let home = Home::new();
    assert_eq!(run(&mut home.keyfob(["status"]), ""), Output::success(""));
    assert_eq!(json(&home), [Value::Null; 0]);
    if need(&["python3"]) {
        let told = on_terminal(&home, 80, &["status"]);
        assert_eq!(told.answer(), "no specs and no tokens\n");
    }
}

#[test]
fn a_spec_without_a_token_is_listed_with_its_provider_its_targets_and_its_file() {
    let provider = numbering();
    let home = home(&provider);
    let file = home.path("config/ci.json").display().to_string();
    let expected = [
        "ci",
        "client_credentials",
        "git.example.com",
        "none",
        "-",
        "-",
        "-",
        &file,
        "-",
    ];
    assert_eq!(fields(&home), [expected.map(str::to_owned).to_vec()]);
    let listed = &json(&home)[0];
    assert_eq!(listed["state"], "none");
    assert_eq!(listed["targets"], json!(["git.example.com"]));
    assert_eq!(listed["from"], file);
    assert_eq!(listed["usable"], false);
    assert_eq!(listed["issued_at"], Value::Null);
    assert_eq!(provider.count(), 0);
}

#[test]
fn a_token_is_fresh_then_due_then_expired() {
    if !need(&["faketime"]) {
        return;
    }
    let provider = numbering();
    let home = home(&provider);
    token(&home, "ci");
    let listed = fields(&home);
    assert_eq!(listed[0][3], "fresh");
    assert!(
        listed[0][4] > listed[0][5],
        "it is renewed before it expires"
    );
    let state_at = |seconds| {
        let output = run(&mut home.keyfob_at(seconds, ["status"]), "");
        output.answer().split('\t').nth(3).unwrap().to_owned()
    };
    assert_eq!(state_at(3500), "due");
    assert_eq!(state_at(3700), "expired");
    assert_eq!(provider.count(), 1);
}

#[test]
fn a_cool_down_is_told_with_its_end() {
    let provider = Provider::start(|_| Answer::empty(429).header("Retry-After", "600"));
    let home = home(&provider);
    assert_eq!(
        run(&mut home.keyfob(["token", "--spec", "ci"]), "").status,
        1
    );
    let listed = &fields(&home)[0];
    assert_eq!(listed[3], "cooling-down");
    assert!(listed[8].starts_with("rate-limited until 2"), "{listed:?}");
    let inline = spec(&provider, "other").to_string();
    assert_eq!(
        run(&mut home.keyfob(["token", "--spec", &inline]), "").status,
        1
    );
    let listed = &fields(&home)[1];
    assert_eq!(
        listed[..4],
        ["inline", "client_credentials", "-", "cooling-down"]
    );
    assert_eq!(listed[7], "-");
}

#[test]
fn a_spec_that_cannot_be_used_is_broken_whatever_the_cache_holds() {
    let provider = numbering();
    let home = home(&provider);
    token(&home, "ci");
    home.spec("ci", r#"{"provider": "talend", "client_id": 7}"#);
    home.spec(
        "base",
        r#"{"provider": "static", "token": {"token": "nowhere"}}"#,
    );
    home.spec(
        "circle",
        r#"{"provider": "static", "token": {"token": "circle"}}"#,
    );
    home.spec("not-json", "{");
    let unsafe_spec = home.spec("unsafe", spec(&provider, "x").to_string());
    std::fs::set_permissions(unsafe_spec, std::fs::Permissions::from_mode(0o666)).unwrap();
    let listed = fields(&home);
    let told: Vec<_> = listed
        .iter()
        .map(|fields| {
            let code = fields[8].rsplit(" (").next().unwrap().trim_end_matches(')');
            (fields[0].as_str(), fields[3].as_str(), code)
        })
        .collect();
    assert_eq!(
        told,
        [
            ("base", "broken", "spec-not-found"),
            ("ci", "broken", "spec-invalid"),
            ("circle", "broken", "spec-invalid"),
            ("not-json", "broken", "spec-invalid"),
            ("unsafe", "broken", "spec-unsafe"),
        ]
    );
    let ci = &json(&home)[1];
    assert_eq!(ci["usable"], false);
    assert_eq!(ci["error"]["code"], "spec-invalid");
}

#[test]
fn two_specs_that_share_a_token_are_both_fresh_and_two_tokens_of_one_spec_are_two_lines() {
    let provider = numbering();
    let mut home = home(&provider);
    let mut same = spec(&provider, "ci");
    same["targets"] = json!(["other.example.com"]);
    home.spec("same", same.to_string());
    token(&home, "ci");
    let states = |home: &Home| {
        let listed = fields(home);
        let state = |fields: &Vec<String>| (fields[0].clone(), fields[3].clone());
        listed.iter().map(state).collect::<Vec<_>>()
    };
    let row = |name: &str, state: &str| (name.to_owned(), state.to_owned());
    assert_eq!(states(&home), [row("ci", "fresh"), row("same", "fresh")]);
    home.set(SECRET_VARIABLE, "hunter3");
    token(&home, "ci");
    let expected = [row("ci", "fresh"), row("ci", "fresh"), row("same", "fresh")];
    assert_eq!(states(&home), expected);
}

#[test]
fn a_token_whose_spec_is_gone_is_listed_and_forgotten_by_the_name_that_is_shown() {
    let provider = numbering();
    let home = home(&provider);
    let file = home.write("home/by-path.json", spec(&provider, "by-path").to_string());
    token(&home, "ci");
    token(&home, file.to_str().unwrap());
    std::fs::remove_file(home.path("config/ci.json")).unwrap();
    std::fs::remove_file(file).unwrap();
    let listed = fields(&home);
    assert_eq!(listed.len(), 2, "{listed:?}");
    for fields in listed {
        assert_eq!(fields[8], "its spec no longer exists");
        run(&mut home.keyfob(["forget", "--spec", &fields[0]]), "").answer();
    }
    assert!(fields(&home).is_empty());
}

#[test]
fn on_a_terminal_there_is_a_table_that_fits_and_colour_only_where_it_is_wanted() {
    if !need(&["python3"]) {
        return;
    }
    let provider = numbering();
    let mut home = home(&provider);
    home.set("TERM", "xterm");
    let mut long = spec(&provider, "x");
    long["targets"] = json!([
        "a-very-long-host-name.of-a-department.example.com",
        "b.example.com"
    ]);
    home.spec("鍵-größe", long.to_string());
    home.spec("evil\u{1b}[31m\nname\twith-everything", "{}");
    token(&home, "ci");
    let wide = on_terminal(&home, 200, &["status"]);
    let lines: Vec<&str> = wide.answer().lines().collect();
    assert_eq!(lines.len(), 4, "{wide:?}");
    assert!(
        lines[0].starts_with("NAME  ") && lines[0].ends_with("FROM"),
        "{wide:?}"
    );
    assert!(lines[1].contains("\u{1b}[32mfresh for "), "{wide:?}");
    assert!(wide.stdout.contains("none yet"), "{wide:?}");
    assert!(!wide.stdout.contains("\u{1b}[31m\n"), "{wide:?}");
    home.set("NO_COLOR", "1");
    for columns in [20, 40, 60, 80, 100, 120] {
        let table = on_terminal(&home, columns, &["status"]);
        assert_eq!(table.answer().lines().count(), 4, "{columns}: {table:?}");
        assert!(!table.stdout.contains('\u{1b}'), "{columns}: {table:?}");
        for line in table.stdout.lines() {
            // Each wide character of the name takes two columns.
            let wide = line.chars().filter(|c| *c == '鍵').count();
            let count = line.chars().count() + wide;
            assert!(count <= usize::from(columns), "{columns}: {line:?}");
        }
        // A name is whole; the file is left out, and the targets are cut.
        let name = "evil [31m name with-everything".len();
        assert!(
            columns < 80 || table.stdout.contains("with-everything "),
            "{name}: {table:?}"
        );
    }
    let piped = run(&mut home.keyfob(["status"]), "");
    assert_eq!(piped.answer().lines().count(), 3);
    let lines = piped.stdout.lines();
    assert!(
        lines.into_iter().all(|line| line.split('\t').count() == 9),
        "{piped:?}"
    );
}
