//! keyfob.exe, run under Wine (see `support::wine`): what differs on Windows, and that the callers' languages do not.

mod callers;
mod console;
mod files;
mod links;
mod parent;
mod programs;
mod roots;
mod secrets;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::Windows;

/// A spec whose token is in a variable, which [`keyfob`] sets to `t0ken`.
const STORED: &str = r#"{
    "provider": "static",
    "token": {"env": "TEST_TOKEN"},
    "targets": ["https://git.example.com"]
}"#;

fn keyfob<I: IntoIterator<Item: AsRef<OsStr>>>(user: &Windows, arguments: I) -> Command {
    let mut command = user.keyfob(arguments);
    command.env("TEST_TOKEN", "t0ken");
    command
}

/// keyfob.exe.
fn program() -> PathBuf {
    let program = std::env::var_os("KEYFOB_WINDOWS");
    program.map(PathBuf::from).unwrap()
}

/// Wine's folder, in which all tests run.
fn prefix() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("wine/prefix")
}

/// `bin/NAME`, a Windows program of this source in C.
fn compile(user: &Windows, name: &str, source: &str) -> PathBuf {
    let source = user.home().write(&format!("{name}.c"), source);
    let file = user.home().path("bin").join(name);
    let mut compiler = Command::new("x86_64-w64-mingw32-gcc-win32");
    let status = compiler.arg("-o").arg(&file).arg(source).status();
    assert!(status.unwrap().success());
    file
}
