//! What `.ci/package` refuses before it writes anything.

use std::fs;

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
