//! `.ci/cut-release` in a copy of the project: what it writes, and what it refuses.

use std::fs;
use std::path::Path;

use crate::house::root;
use crate::support::{Home, Output, need, run};

const FILES: [&str; 7] = [
    ".ci/cut-release",
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "integrations/man/keyfob-spec.5",
    "integrations/man/keyfob.1",
    "tests/fuzz/Cargo.lock",
];

fn git(home: &Home, words: &[&str]) -> Output {
    let mut command = home.command("git");
    let who = ["-c", "user.name=x", "-c", "user.email=x@example.com"];
    command
        .args(who)
        .args(words)
        .current_dir(home.path("project"));
    run(&mut command, "")
}

/// A repository with what the script reads; `change` lists something to release.
fn project() -> Home {
    let home = Home::new();
    for file in FILES {
        let place = home.path("project").join(file);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::copy(root().join(file), place).unwrap();
    }
    let changelog = "# Changelog\n\n## [Unreleased]\n\n### Fixed\n\n* One thing.\n\n## [0.0.9] - 2026-01-02\n\n* All.\n";
    home.write("project/CHANGELOG.md", changelog);
    git(&home, &["init", "-q"]).answer();
    git(&home, &["add", "."]).answer();
    git(&home, &["commit", "-qm", "all"]).answer();
    home
}

fn cut(home: &Home, words: &[&str]) -> Output {
    let script = home.path("project/.ci/cut-release");
    run(home.command_at(&script).args(words), "")
}

fn text(home: &Home, file: &str) -> String {
    fs::read_to_string(home.path("project").join(file)).unwrap()
}

#[test]
fn a_version_is_cut_into_every_file_that_states_it_and_nothing_else_changes() {
    if !need(&["python3", "git"]) {
        return;
    }
    let home = project();
    let output = cut(&home, &["9.8.7", "2026-12-01"]);
    let written = output.answer();
    assert_eq!(written.lines().collect::<Vec<_>>(), &FILES[1..]);
    let changed = git(&home, &["diff", "--numstat"]);
    for line in changed.answer().lines() {
        let lines: Vec<&str> = line.split('\t').collect();
        let expected = match lines[2] {
            "CHANGELOG.md" => ["2", "0"],
            _ => ["1", "1"],
        };
        assert_eq!(lines[..2], expected, "{line}");
    }
    assert!(text(&home, "CHANGELOG.md").contains(
        "## [Unreleased]\n\n## [9.8.7] - 2026-12-01\n\n### Fixed\n\n* One thing.\n\n## [0.0.9]"
    ));
    assert!(text(&home, "Cargo.toml").contains("\nversion = \"9.8.7\"\n"));
    for page in ["keyfob.1", "keyfob-spec.5"] {
        assert!(text(&home, &format!("integrations/man/{page}")).contains("\"keyfob 9.8.7\""));
    }
    // cargo takes both as they are. The dependencies are here already.
    for folder in [Path::new(""), Path::new("tests/fuzz")] {
        let lock = text(&home, folder.join("Cargo.lock").to_str().unwrap());
        assert!(lock.contains("name = \"keyfob\"\nversion = \"9.8.7\"\n"));
    }
    // The tag has to be that of this version, and its notes are its part of the changelog.
    assert_eq!(cut(&home, &["--check", "v9.8.7"]).answer(), "9.8.7\n");
    let notes = cut(&home, &["--notes", "v9.8.7"]);
    assert_eq!(notes.answer(), "### Fixed\n\n* One thing.\n");
    let other = cut(&home, &["--check", "v9.8.6"]);
    assert_eq!((other.status, other.stdout.as_str()), (1, ""));
}

#[test]
fn nothing_is_cut_from_a_changed_tree_or_for_a_version_that_was_there() {
    if !need(&["python3", "git"]) {
        return;
    }
    let home = project();
    let refused = |words: [&str; 2], why: &str| {
        let before = FILES.map(|file| text(&home, file));
        let output = cut(&home, &words);
        assert_eq!((output.status, output.stdout.as_str()), (1, ""));
        assert!(output.stderr.contains(why), "{words:?}: {}", output.stderr);
        assert_eq!(FILES.map(|file| text(&home, file)), before, "{words:?}");
    };
    let current = env!("CARGO_PKG_VERSION");
    let date = "2026-12-01";
    refused([current, date], "is not later than");
    refused(["0.0.9", date], "is not later than");
    refused(["9.8", date], "is not a version");
    refused(["v9.8.7", date], "is not a version");
    refused(["9.8.07", date], "is not a version");
    refused(["9.8.7-rc.1", date], "9.8.7-rc.1 is a pre-release");
    refused(["9.8.7", "2026-13-01"], "is not a date");
    refused(["9.8.7", "2026-1-1"], "is not a date");
    git(&home, &["tag", "v9.8.7"]).answer();
    refused(["9.8.7", date], "the tag v9.8.7 exists");
    home.write("project/new", "");
    refused(["9.8.8", date], "not committed");
    fs::remove_file(home.path("project/new")).unwrap();
    let log = "# Changelog\n\n## [Unreleased]\n\n## [0.0.9] - 2026-01-02\n\n* All.\n";
    home.write("project/CHANGELOG.md", log);
    git(&home, &["commit", "-qam", "empty"]).answer();
    refused(["9.8.8", date], "nothing is listed");
}
