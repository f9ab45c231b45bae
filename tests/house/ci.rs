//! What CI runs starts on a fresh machine: nothing that a user's home holds helps it to pass.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::{files_below, root};
use crate::support::{Home, run};

/// A copy of what `.ci/run` reads, with a `tests/run` that says where it runs.
fn project(home: &Home) -> PathBuf {
    let support = files_below(&root().join("tests/support"));
    let files = ["Cargo.lock", "tests/setup", ".ci/run"]
        .map(|file| root().join(file))
        .into_iter()
        .chain(support);
    for file in files.filter(|file| !file.components().any(|part| part.as_os_str() == "target")) {
        let place = home
            .path("project")
            .join(file.strip_prefix(root()).unwrap());
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::copy(&file, place).unwrap();
    }
    let tests = home.write(
        "project/tests/run",
        "#!/bin/sh\nenv\necho \"KEPT=$(ls -A $CARGO_HOME $KEYFOB_TEST_TOOLS | tr '\\n' ' ')\"\n\
         echo \"INPUT=$(cat)\"\necho \"NPMRC=$(cat $HOME/.npmrc)\"\n\
         echo \"CARGO=$(cat $CARGO_HOME/config.toml)\"\necho \"FILES=$(ls $HOME)\"\n\
         echo \"SAFE=$(git config --global safe.directory)\"\n\
         : >$HOME/left; : >$KEYFOB_TEST_TOOLS/tool; echo \"ARGUMENTS=$*\"; exit ${STATUS:-0}\n",
    );
    fs::set_permissions(&tests, fs::Permissions::from_mode(0o700)).unwrap();
    home.path("project")
}

/// What the stand-in for `tests/run` said, by name.
fn ci(home: &Home, project: &Path) -> BTreeMap<String, String> {
    let mut command = home.command_at(&project.join(".ci/run"));
    let said = run(command.arg("git::"), "never read").answer().to_owned();
    said.lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

#[test]
fn ci_starts_with_an_empty_home_and_keeps_tools_only_for_the_same_lock_files() {
    let mut home = Home::new();
    let rustup = std::env::var_os("RUSTUP_HOME").map_or_else(
        || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".rustup"),
        PathBuf::from,
    );
    let (kept, caches) = (home.path("kept"), home.path("cache"));
    home.set("RUSTUP_HOME", &rustup)
        .set("KEYFOB_CI_CACHE", kept)
        .set("KEYFOB_SPEC", "mine")
        .set("XDG_CACHE_HOME", caches);
    home.write("home/.npmrc", "fund=false");
    home.write("home/.cargo/config.toml", "[net]\n");
    home.write("home/.cargo/registry/mine", "");
    let project = project(&home);

    let first = ci(&home, &project);
    let inside = |name: &str| PathBuf::from(&first[name]);
    assert!(inside("CARGO_HOME").starts_with(home.path("kept")));
    assert!(inside("KEYFOB_TEST_TOOLS").starts_with(home.path("kept")));
    assert!(!inside("HOME").exists(), "the home of a run is left behind");
    assert_eq!(inside("RUSTUP_HOME"), rustup);
    assert_eq!((&*first["CI"], &*first["ARGUMENTS"]), ("true", "git::"));
    assert_eq!((&*first["INPUT"], &*first["FILES"]), ("", ""));
    let own = fs::canonicalize(&project).unwrap();
    assert_eq!(Path::new(&first["SAFE"]), own);
    assert_eq!(
        (&*first["NPMRC"], &*first["CARGO"]),
        ("fund=false", "[net]")
    );
    assert!(!first.contains_key("KEYFOB_SPEC") && !first.contains_key("XDG_CACHE_HOME"));
    assert!(!first["KEPT"].contains("tool ") && !first["KEPT"].contains("registry"));

    let second = ci(&home, &project);
    assert_eq!(second["CARGO_HOME"], first["CARGO_HOME"]);
    assert!(second["KEPT"].contains("tool "), "{}", second["KEPT"]);
    assert_eq!(second["FILES"], "");

    home.write("project/tests/support/oidc/package-lock.json", "{}");
    let other = ci(&home, &project);
    assert_ne!(other["CARGO_HOME"], first["CARGO_HOME"]);
    assert!(!other["KEPT"].contains("tool "), "{}", other["KEPT"]);

    home.set("STATUS", "7");
    let failed = run(&mut home.command_at(&project.join(".ci/run")), "");
    assert_eq!(failed.status, 7);
}
