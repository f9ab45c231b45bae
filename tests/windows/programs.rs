//! Programs that keyfob.exe starts: how they are found, what they are given, how they end.

use serde_json::json;

use super::{STORED, keyfob, program};
use crate::support::wine::windows_path;
use crate::support::{Output, Windows, run};

/// A batch file that shows its arguments as `cmd` sees them.
const SHOWING: &str = "@echo off\r\necho 1=%1 2=%2 token=%KEYFOB_TOKEN%\r\nexit /b 7\r\n";

fn user() -> Option<Windows> {
    let user = Windows::new()?;
    user.spec("ci", STORED);
    Some(user)
}

fn ran(user: &Windows, words: &[&str]) -> Output {
    let words = ["run", "--spec", "ci", "--"].iter().chain(words);
    run(&mut keyfob(user, words), "")
}

#[test]
fn a_batch_file_is_found_by_its_bare_name_and_its_arguments_are_words() {
    let Some(user) = user() else { return };
    user.home().write("bin/shim.cmd", SHOWING);
    for (argument, shown) in [
        ("plain", "plain"),
        ("a&b", "\"a&b\""),
        ("\"&ver&\"", "\"\"\"&ver&\"\"\""),
        ("a|b>c", "\"a|b>c\""),
        ("x y", "\"x y\""),
        ("", "\"\""),
    ] {
        let output = ran(&user, &["shim", argument, "last"]);
        let line = format!("1={shown} 2=last token=t0ken");
        assert_eq!(output.stdout.trim_end(), line, "{output:?}");
        assert_eq!(output.status, 7);
    }
    let broken = ran(&user, &["shim", "a\nver"]);
    assert_eq!(
        (
            broken.status,
            broken.stdout.as_str(),
            broken.stderr.as_str()
        ),
        (
            1,
            "",
            "keyfob: error: shim: it cannot be started: batch file arguments are invalid \
             (command-failed)\n"
        )
    );
}

#[test]
fn a_program_of_the_working_directory_is_never_taken() {
    let Some(user) = user() else { return };
    // `keyfob` runs in the profile; a repository may lie there.
    for name in ["shim.cmd", "shim.bat", "shim.exe", "shim.com", "git.bat"] {
        let planted = "@echo off\r\necho planted\r\n";
        user.home().write(&format!("profile/{name}"), planted);
    }
    let missing = ran(&user, &["shim"]);
    let said = "keyfob: error: shim: there is no such program (command-failed)\n";
    assert_eq!((missing.status, missing.stderr.as_str()), (1, said));
    // Neither by a folder of PATH that is relative.
    let mut command = keyfob(&user, ["run", "--spec", "ci", "--", "shim"]);
    let path = ".;bin;C:\\windows\\system32";
    let relative = run(command.env("WIN_PATH", path), "");
    assert_eq!(relative.stderr, said);
    // Nor as the program of a spec.
    let spec = json!({"provider": "static", "token": {"command": ["shim"]}});
    user.spec("planted", spec.to_string());
    let command = run(&mut user.keyfob(["token", "--spec", "planted"]), "");
    assert!(
        command.stderr.contains("there is no such program"),
        "{command:?}"
    );
    // A path was typed: that is meant.
    assert_eq!(ran(&user, &[".\\shim.bat"]).stdout.trim_end(), "planted");
}

#[test]
fn a_command_source_may_be_a_batch_file_and_gets_the_variables_of_windows() {
    let Some(user) = user() else { return };
    let shows = "@echo off\r\necho %SystemRoot%,%NoDefaultCurrentDirectoryInExePath%,\
                 [%KEYFOB_OTHER%]\r\n";
    user.home().write("bin/mint.cmd", shows);
    let spec = json!({"provider": "static", "token": {"command": ["mint", "a&b"]}});
    user.spec("minted", spec.to_string());
    let mut command = user.keyfob(["token", "--spec", "minted", "--format", "token"]);
    let output = run(command.env("KEYFOB_OTHER", "not passed on"), "");
    assert_eq!(output.stdout, "C:\\windows,1,[]\n", "{output:?}");
}

#[test]
fn a_batch_file_that_takes_too_long_is_ended_with_what_it_started() {
    let Some(user) = user() else { return };
    let slow = "@echo off\r\nping -n 60 127.0.0.1\r\necho late\r\n";
    user.home().write("bin/slow.cmd", slow);
    let spec = json!({
        "provider": "static",
        "token": {"command": ["slow"], "timeout": 2},
    });
    user.spec("slow", spec.to_string());
    let output = run(&mut user.keyfob(["token", "--spec", "slow"]), "");
    assert!(
        output.stderr.contains("did not end within 2 s"),
        "{output:?}"
    );
}

#[test]
fn an_exit_status_is_kept_above_255_and_below_zero() {
    let Some(user) = user() else { return };
    let keyfob = windows_path(&program());
    let script = [300, -5, 0, 255].map(|status| {
        format!("\"{keyfob}\" run --spec ci -- cmd /c exit {status}\r\necho %errorlevel%\r\n")
    });
    let script = format!("@echo off\r\n{}", script.concat());
    user.home().write("bin/statuses.cmd", script);
    let mut command = user.command("cmd", ["/c", "..\\bin\\statuses.cmd"]);
    let output = run(command.env("TEST_TOKEN", "t0ken"), "");
    let lines: Vec<&str> = output.stdout.lines().map(str::trim).collect();
    assert_eq!(lines, ["300", "-5", "0", "255"], "{output:?}");
}

#[test]
fn a_copy_answers_by_its_name_in_any_case() {
    let Some(user) = user() else { return };
    let spec = json!({
        "provider": "static",
        "token": {"env": "TEST_TOKEN"},
        "targets": ["https://git.example.com"],
    });
    user.spec("ci", spec.to_string());
    for name in ["git-credential-keyfob.exe", "GIT-CREDENTIAL-KEYFOB.EXE"] {
        let copy = user.home().path("bin").join(name);
        std::fs::hard_link(program(), &copy)
            .or_else(|_| std::fs::copy(program(), &copy).map(|_| ()))
            .unwrap();
        let mut command = user.command(&windows_path(&copy), ["get"]);
        command.env("TEST_TOKEN", "t0ken");
        let asked = "protocol=https\r\nhost=git.example.com\r\n\r\n";
        let output = run(&mut command, asked);
        assert!(output.answer().contains("password=t0ken\n"), "{output:?}");
        std::fs::remove_file(copy).unwrap();
    }
}
