//! `.ci/commit`: what a build states as its commit.

use std::fs;

use crate::house::root;
use crate::support::{Home, need, run};

/// What it prints in a copy of the project, which is a part of `repository` or of none.
fn commit(home: &Home) -> String {
    let script = home.path("project/.ci/commit");
    let printed = run(&mut home.command_at(&script), "");
    printed.answer().trim_end().to_owned()
}

fn git(home: &Home, folder: &str, words: &[&str]) -> String {
    let mut command = home.command("git");
    let who = ["-c", "user.name=x", "-c", "user.email=x@example.com"];
    command.args(who).args(words).current_dir(home.path(folder));
    run(&mut command, "").answer().trim_end().to_owned()
}

#[test]
fn a_build_states_its_commit_that_its_tree_differs_or_that_nobody_knows() {
    if !need(&["git"]) {
        return;
    }
    let mut home = Home::new();
    home.write("project/.ci/.keep", "");
    fs::copy(root().join(".ci/commit"), home.path("project/.ci/commit")).unwrap();
    assert_eq!(commit(&home), "unknown");
    // An archive of the source, unpacked below somebody's repository.
    git(&home, "", &["init", "-q", "."]);
    git(&home, "", &["add", "project"]);
    git(&home, "", &["commit", "-qm", "theirs"]);
    assert_eq!(commit(&home), "unknown");

    git(&home, "project", &["init", "-q", "."]);
    assert_eq!(commit(&home), "unknown", "there is no commit yet");
    git(&home, "project", &["add", "."]);
    git(&home, "project", &["commit", "-qm", "ours"]);
    let head = git(&home, "project", &["rev-parse", "HEAD"]);
    assert_eq!(commit(&home), head[..12]);
    home.write("project/untracked", "");
    assert_eq!(commit(&home), head[..12]);
    home.write("project/.ci/.keep", "changed");
    assert_eq!(commit(&home), format!("{}-modified", &head[..12]));
    home.set("KEYFOB_COMMIT", "told");
    assert_eq!(commit(&home), "told");
}
