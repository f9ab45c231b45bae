//! keyfob.exe at a console: Ctrl-C, on a pseudo-terminal.

use super::{STORED, compile, keyfob};
use crate::support::client::{SECRET_VARIABLE, spec};
use crate::support::{Answer, Provider, Typist, Windows};

/// Says `ready`, and how Ctrl-C found it.
const CHILD: &str = r#"
#include <windows.h>
static volatile LONG seen;
static void say(const char *line) {
    DWORD count;
    WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), line, lstrlenA(line), &count, NULL);
}
static BOOL WINAPI note(DWORD event) { InterlockedExchange(&seen, 1); return TRUE; }
int main(void) {
    SetConsoleCtrlHandler(note, TRUE);
    say("ready\r\n");
    for (int i = 0; i < 150 && !seen; i++) Sleep(100);
    say(seen ? "interrupted\r\n" : "late\r\n");
    return seen ? 42 : 43;
}
"#;

#[test]
fn ctrl_c_reaches_the_command_and_keyfob_ends_with_its_status() {
    let Some(user) = Windows::new() else { return };
    compile(&user, "child.exe", CHILD);
    user.spec("ci", STORED);
    let command = keyfob(&user, ["run", "--spec", "ci", "--", "child"]);
    let mut typist = Typist::start(&command);
    typist.sees("ready").types("\x03").sees("interrupted");
    let (status, screen) = typist.ends();
    assert_eq!(status, 42, "{screen}");
}

#[test]
fn ctrl_c_does_not_keep_run_from_revoking_the_token() {
    let Some(user) = Windows::new() else { return };
    compile(&user, "child.exe", CHILD);
    let provider = Provider::start(|request| match request.path.as_str() {
        "/revoke" => Answer::text(200, ""),
        _ => Answer::token("t0ken", 3600),
    });
    let mut spec = spec(&provider, &[]);
    spec["revocation_url"] = provider.at("/revoke").into();
    user.spec("ci", spec.to_string());
    let mut command = user.keyfob(["run", "--revoke", "--spec", "ci", "--", "child"]);
    command.env(SECRET_VARIABLE, "s3cret");
    let mut typist = Typist::start(&command);
    typist.sees("ready").types("\x03").sees("interrupted");
    let (status, screen) = typist.ends();
    assert_eq!(status, 42, "{screen}");
    let paths: Vec<String> = provider
        .requests()
        .into_iter()
        .map(|one| one.path)
        .collect();
    assert_eq!(paths, ["/token", "/revoke"]);
}
