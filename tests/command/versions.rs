//! What a build says of itself, and what `keyfob doctor` says where PATH holds two of them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use crate::support::{Home, Output, run};

/// The line that the program under test says of itself.
fn version(home: &Home) -> String {
    run(&mut home.keyfob(["--version"]), "")
        .answer()
        .trim_end()
        .to_owned()
}

fn doctor(home: &Home) -> Output {
    run(&mut home.keyfob(["doctor"]), "")
}

/// What is said under `two versions`, with its hint.
fn told(output: &Output) -> Vec<String> {
    let mut lines = output.stdout.lines().peekable();
    let mut told = Vec::new();
    while let Some(line) = lines.next() {
        if let Some(says) = line.strip_prefix("note\ttwo versions: ") {
            let hint = lines.peek().and_then(|next| next.strip_prefix("\thint: "));
            told.push(format!("{says}; {}", hint.expect("a hint")));
        }
    }
    told
}

/// A folder that comes after the home's own on PATH, with a script of this name.
fn second(home: &mut Home, name: &str, body: &str) -> PathBuf {
    let path = home.write(&format!("second/{name}"), format!("#!/bin/sh\n{body}\n"));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    let folders = [home.bin(), home.path("second"), "/usr/bin".into()];
    home.set("PATH", std::env::join_paths(folders).unwrap());
    path
}

#[test]
fn version_states_the_version_the_commit_and_the_target() {
    let home = Home::new();
    let line = version(&home);
    let start = format!("keyfob {} (", env!("CARGO_PKG_VERSION"));
    let build = line
        .strip_prefix(&start)
        .and_then(|it| it.strip_suffix(')'));
    let (commit, target) = build
        .and_then(|it| it.split_once(", "))
        .unwrap_or_else(|| panic!("{line}"));
    let bare = commit.trim_end_matches("-modified");
    let is_commit = bare.len() == 12 && bare.chars().all(|digit| digit.is_ascii_hexdigit());
    assert!(commit == "unknown" || is_commit, "{line}");
    assert!(target.split('-').count() >= 3, "{line}");
    let word = run(&mut home.keyfob(["version"]), "");
    assert_eq!(word.answer(), format!("{line}\n"));
}

#[test]
fn one_program_under_all_its_names_is_one_version() {
    let mut home = Home::new();
    home.link("docker-credential-keyfob");
    // A copy, as on a system without links, and the script that a wheel installs.
    let copy = home.bin().join("git-credential-keyfob");
    fs::copy(home.bin().join("keyfob"), copy).unwrap();
    second(
        &mut home,
        "cargo-credential-keyfob",
        "exec keyfob cargo \"$@\"",
    );
    second(&mut home, "keyfob-askpass", "exec keyfob askpass \"$@\"");
    let output = doctor(&home);
    assert_eq!(told(&output), [""; 0], "{output:?}");
    let line = format!("ok\tversion: {}\n", version(&home));
    assert!(output.stdout.contains(&line), "{output:?}");
    assert_eq!(output.stderr, "");
}

#[test]
fn a_second_keyfob_on_path_is_told_with_its_version_and_which_comes_first() {
    let mut home = Home::new();
    let old = second(
        &mut home,
        "keyfob",
        "echo keyfob 0.0.1; env >$HOME/environment; pwd >$HOME/at",
    );
    home.set("SECRET", "hunter2");
    let output = doctor(&home);
    let first = home.bin().join("keyfob");
    let expected = format!(
        "first on PATH is {} ({}), then {} (keyfob 0.0.1); remove the program that is not wanted, \
         or put the folder of the other first on PATH",
        first.display(),
        version(&home),
        old.display()
    );
    assert_eq!(told(&output), [expected], "{output:?}");
    let given = fs::read_to_string(home.path("home/environment")).unwrap();
    assert!(!given.contains("hunter2"), "{given}");
    let at = fs::read_to_string(home.path("home/at")).unwrap();
    assert_eq!(at, "/\n");

    // The other one wins, and this one is not on PATH at all.
    fs::remove_file(&first).unwrap();
    let told = told(&doctor(&home));
    let says = format!(
        "first on PATH is {} (keyfob 0.0.1); this program is {}; remove",
        old.display(),
        version(&home)
    );
    assert!(told[0].starts_with(&says), "{told:?}");
    assert_eq!(told.len(), 1, "{told:?}");
}

#[test]
fn a_name_that_starts_another_version_is_told_once_for_all_such_names() {
    let mut home = Home::new();
    second(&mut home, "git-credential-keyfob", "echo keyfob 0.0.1");
    second(&mut home, "docker-credential-keyfob", "echo keyfob 0.0.1");
    // Another project's program.
    second(&mut home, "keyring", "echo 25.0");
    let told = told(&doctor(&home));
    assert_eq!(told.len(), 1, "{told:?}");
    let says = format!(
        "first on PATH is {0}/git-credential-keyfob, {0}/docker-credential-keyfob (keyfob 0.0.1); \
         this program is {1}; remove it, and `keyfob setup links`",
        home.path("second").display(),
        version(&home)
    );
    assert!(told[0].starts_with(&says), "{told:?}");
}

#[test]
fn a_program_that_hangs_fails_or_lies_in_the_working_directory_does_not_hold_doctor_up() {
    let mut home = Home::new();
    second(&mut home, "keyfob", "exec sleep 60");
    let told_of_sleep = told(&doctor(&home));
    assert!(
        told_of_sleep[0].contains("/second/keyfob (it does not say its version)"),
        "{told_of_sleep:?}"
    );
    second(&mut home, "keyfob", ": >$HOME/was-run; echo keyfob 0.0.1");
    // A relative folder of PATH is nobody's, and the working directory's programs are not run.
    let folders = ["bin", "second", "/usr/bin"].map(|folder| home.path(folder));
    let relative = std::env::join_paths([".".into(), folders[0].clone()]).unwrap();
    let mut command = home.keyfob(["doctor"]);
    command
        .current_dir(home.path("second"))
        .env("PATH", relative);
    assert_eq!(told(&run(&mut command, "")), [""; 0]);
    let mut command = home.keyfob(["doctor"]);
    let output = run(command.current_dir(home.path("second")), "");
    assert!(
        told(&output)[0].contains("/second/keyfob (another file)"),
        "{output:?}"
    );
    assert!(!home.path("home/was-run").exists());
}
