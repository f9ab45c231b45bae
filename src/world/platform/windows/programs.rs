//! How Windows finds, starts and ends programs.
//!
//! std starts a `.bat` or `.cmd` by the `cmd.exe` of the system folder, and quotes the arguments so
//! that they are words and nothing else (CVE-2024-24576). It refuses an argument with a line break,
//! for which `cmd` has no quotation.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};

use super::process::list;
use crate::world::platform::program_names;

/// Variables that a program gets whose output is a value. With this one `cmd`, which runs batch
/// files, finds no program in the working directory.
pub const FIXED_VARIABLES: &[(&str, &str)] = &[("NoDefaultCurrentDirectoryInExePath", "1")];

/// The names of the files in a folder of PATH that a program's name may mean.
pub fn file_names(name: &str) -> Vec<String> {
    let extensions = std::env::var("PATHEXT").ok();
    program_names::file_names(name, extensions.as_deref())
}

/// The program that an absolute path names, with its extension.
pub fn at_path(path: &Path) -> PathBuf {
    let name = path.file_name().and_then(OsStr::to_str);
    let beside = |name: &str| path.with_file_name(name);
    let mut files = file_names(name.unwrap_or_default()).into_iter();
    let found = files.find_map(|name| Some(beside(&name)).filter(|file| is_program(file)));
    found.unwrap_or_else(|| path.to_owned())
}

/// Whether the file is a program.
pub fn is_program(path: &Path) -> bool {
    let name = path.file_name().and_then(OsStr::to_str);
    name.is_some_and(program_names::is_startable) && path.is_file()
}

/// The program that a person typed: a path, or a name that `on_path` finds. A name is not looked
/// for in the working directory.
pub fn typed(word: &OsStr, on_path: &dyn Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    let is_path = word
        .as_encoded_bytes()
        .iter()
        .any(|byte| b"/\\:".contains(byte));
    match is_path {
        true => Some(at_path(&std::path::absolute(word).ok()?)).filter(|file| is_program(file)),
        false => on_path(word.to_str()?),
    }
}

/// The folder for a program whose spec names none: it belongs to the administrator. `/` would be
/// the root of the current drive, in which users may create files.
pub fn neutral_folder() -> PathBuf {
    let windows = std::env::var_os("SystemRoot").map(PathBuf::from);
    let windows = windows.filter(|folder| folder.is_absolute());
    windows.unwrap_or_else(|| PathBuf::from(r"C:\Windows"))
}

/// Runs a program to its end in place of this process, which Windows cannot replace.
///
/// # Errors
/// The program cannot be started.
pub fn replace(command: Command) -> io::Result<i32> {
    run_beside(command)
}

/// Runs a program to its end beside this process, and returns its exit status. The console tells
/// every program in it of Ctrl-C and Ctrl-Break: the program does with it what it likes, and this
/// process outlives it.
///
/// # Errors
/// The program cannot be started.
pub fn run_beside(mut command: Command) -> io::Result<i32> {
    // A second handler would be refused, and the first one does the same.
    let _ = ctrlc::set_handler(|| {});
    let status = command.spawn()?.wait()?;
    Ok(status.code().unwrap_or(1))
}

/// Does nothing: [`end`] finds the programs that a child started by their parents.
pub fn in_own_group(_: &mut Command) {}

/// The exit status of a child, if it has ended.
///
/// # Errors
/// The child cannot be waited for.
pub fn ended(child: &mut Child) -> io::Result<Option<ExitStatus>> {
    child.try_wait()
}

/// Kills a child, and the programs that it started.
pub fn end(child: &mut Child) {
    let started = list::started_by(child.id());
    let _ = child.kill();
    let _ = child.wait();
    list::end(&started);
}
