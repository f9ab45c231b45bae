//! What `.ci/package` refuses before it writes anything.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::offered::keep_toolchain;
use crate::house::root;
use crate::support::home::keyfob_binary;
use crate::support::{Home, need, run};

#[test]
fn a_folder_with_files_and_programs_that_cannot_be_packed_are_refused() {
    if !need(&["python3"]) {
        return;
    }
    let home = Home::new();
    let package = |words: &[&str]| {
        let mut command = home.command_at(&root().join(".ci/package"));
        command.arg("out").args(words).env("HOME", home.home());
        keep_toolchain(&mut command);
        run(&mut command, "")
    };
    let stand_in = home.write("home/stand-in", "no program\n");
    let other = format!("--program=aarch64-apple-darwin={}", stand_in.display());
    let output = package(&[&other]);
    let why = "package: none of the programs runs on this machine\n";
    assert_eq!((output.status, &*output.stderr), (1, why));

    let older = home.write("home/older", "#!/bin/sh\necho 'keyfob 0.0.1 (unknown)'\n");
    fs::set_permissions(&older, fs::Permissions::from_mode(0o700)).unwrap();
    let older = fs::canonicalize(older).unwrap();
    let output = package(&[&format!(
        "--program=x86_64-unknown-linux-gnu={}",
        older.display()
    )]);
    let why = format!(
        "package: {} is keyfob 0.0.1, and Cargo.toml says {}\n",
        older.display(),
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!((output.status, output.stderr), (1, why));

    let program = keyfob_binary();
    let own = format!("--program=riscv64gc-unknown-linux-gnu={program}");
    let output = package(&[&own]);
    let why = "package: no package is made for riscv64gc-unknown-linux-gnu\n";
    assert_eq!((output.status, &*output.stderr), (1, why));
    assert!(!home.home().join("out").exists());

    home.write("home/out/mine", "");
    let own = format!("--program=x86_64-unknown-linux-gnu={program}");
    let output = package(&[&own]);
    let out = fs::canonicalize(home.home().join("out")).unwrap();
    let why = format!("package: {} is not empty\n", out.display());
    assert_eq!((output.status, output.stderr), (1, why));
}

#[test]
fn an_archive_of_the_source_has_no_commit_of_the_repository_above_it() {
    if !need(&["python3", "git"]) {
        return;
    }
    let home = Home::new();
    let git = |words: &[&str]| {
        let mut command = home.command("git");
        let who = ["-c", "user.name=x", "-c", "user.email=x@example.com"];
        run(command.args(who).args(words).current_dir(home.path("")), "").answer();
    };
    git(&["init", "-q", "."]);
    git(&["commit", "-q", "--allow-empty", "-m", "theirs"]);
    for file in [".ci/package", ".ci/packaging/manifest.py", "Cargo.toml"] {
        let copy = home.path("project").join(file);
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::copy(root().join(file), copy).unwrap();
    }
    let manifest = fs::read_to_string(home.path("project/Cargo.toml")).unwrap();
    for path in manifest.split("path = \"").skip(1) {
        let path = path.split('"').next().unwrap();
        home.write(&format!("project/{path}"), "");
    }
    let version = env!("CARGO_PKG_VERSION");
    let stand_in = format!("#!/bin/sh\necho 'keyfob {version} (unknown)'\n");
    let program = home.write("program", stand_in);
    fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
    let mut command = home.command_at(&home.path("project/.ci/package"));
    let program = format!("--program=x86_64-unknown-linux-gnu={}", program.display());
    keep_toolchain(command.args(["out", &program]));
    let output = run(&mut command, "");
    let why = "package: this is no git repository: set SOURCE_DATE_EPOCH\n";
    assert_eq!((output.status, &*output.stderr), (1, why));
}
