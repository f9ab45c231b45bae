//! The programs of one name on PATH, and whether they are this program. For `keyfob doctor`.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::output::{named, tool_output};
use crate::world::platform;

/// How a program compares with this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likeness {
    /// The same file, or one with the same bytes.
    Same,
    /// A script, which may start this program.
    Script,
    /// Another file.
    Different,
}

/// A program on PATH.
#[derive(Debug)]
pub struct InstalledProgram {
    /// The path by which PATH names it.
    pub path: PathBuf,
    /// Its file, without symbolic links.
    pub file: PathBuf,
    /// How it compares with this program.
    pub likeness: Likeness,
    /// Whether PATH names the working directory here.
    pub is_in_working_directory: bool,
}

/// The programs of this name in the absolute folders of PATH, in their order. A file that several
/// folders name is listed once.
pub(in crate::world) fn all(name: &str) -> Vec<InstalledProgram> {
    let this = std::env::current_exe().and_then(fs::canonicalize).ok();
    let working = std::env::current_dir().and_then(fs::canonicalize).ok();
    let mut programs: Vec<InstalledProgram> = Vec::new();
    for path in named(name).filter(|path| platform::programs::is_program(path)) {
        let Ok(file) = fs::canonicalize(&path) else {
            continue;
        };
        if programs.iter().any(|known| known.file == file) {
            continue;
        }
        let folder = path
            .parent()
            .and_then(|folder| fs::canonicalize(folder).ok());
        programs.push(InstalledProgram {
            likeness: likeness(&file, this.as_deref()),
            is_in_working_directory: folder.is_some() && folder == working,
            path,
            file,
        });
    }
    programs
}

/// The first line that a program prints for `--version`. It gets PATH and HOME alone, and runs in
/// the root folder.
pub(in crate::world) fn version_of(program: &Path) -> Option<String> {
    let kept = ["PATH", "HOME"].map(|name| (name, std::env::var_os(name).unwrap_or_default()));
    let mut command = Command::new(program);
    command
        .arg("--version")
        .env_clear()
        .envs(kept)
        .current_dir(platform::programs::neutral_folder());
    let output = tool_output(command, Duration::from_secs(2), &|_| {}).ok()?;
    output.lines().next().map(str::to_owned)
}

fn likeness(file: &Path, this: Option<&Path>) -> Likeness {
    if this.is_some_and(|this| this == file || has_same_bytes(this, file)) {
        return Likeness::Same;
    }
    let mut start = [0; 2];
    let read = fs::File::open(file).and_then(|mut file| file.read_exact(&mut start));
    match read {
        Ok(()) if start == *b"#!" => Likeness::Script,
        _ => Likeness::Different,
    }
}

fn has_same_bytes(one: &Path, other: &Path) -> bool {
    let length = |path| fs::metadata(path).map(|metadata| metadata.len()).ok();
    let is_as_long = length(one).is_some() && length(one) == length(other);
    is_as_long && matches!((fs::read(one), fs::read(other)), (Ok(one), Ok(other)) if one == other)
}
