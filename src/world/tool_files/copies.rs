//! A tool's own commands, run on private copies of its configuration files.
//!
//! The copies lie in a folder that only this user can open, in the login session's memory where
//! there is one. They are removed whatever happens, short of a kill.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::super::files::FileError;
use super::super::programs::tool_output;
use super::replace::{create_folders, write};
use super::{Rehearsal, Rehearsed, read};

/// How long one step may take: pnpm and aws are slow to start.
const STEP: Duration = Duration::from_secs(30);

/// The folder of the copies, removed when dropped.
struct Folder(PathBuf);

impl Folder {
    fn create(unique: [u8; 16]) -> Result<Self, FileError> {
        let session = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
        let session = session.filter(|folder| folder.is_absolute() && folder.is_dir());
        let base = session.unwrap_or_else(std::env::temp_dir);
        let base = fs::canonicalize(base)?;
        let name = format!("keyfob-setup-{:032x}", u128::from_ne_bytes(unique));
        let path = base.join(name);
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The place of a copy: the absolute path below the folder.
fn below(root: &Path, path: &Path) -> PathBuf {
    let parts = path.components().filter(|part| {
        use std::path::Component::{Prefix, RootDir};
        !matches!(part, Prefix(_) | RootDir)
    });
    parts.fold(root.to_owned(), |path, part| path.join(part))
}

pub(super) fn rehearse(rehearsal: &Rehearsal, unique: [u8; 16]) -> Result<Rehearsed, FileError> {
    let folder = Folder::create(unique)?;
    let root = folder.0.to_string_lossy().into_owned();
    for (path, content) in &rehearsal.files {
        let copy = below(&folder.0, path);
        create_folders(&copy)?;
        if let Some(content) = content {
            write(&copy, content, unique)?;
        }
    }
    let filled = |text: &String| text.replace("{root}", &root);
    // What a tool writes or prints of its file's place is about the real file.
    let real = |text: String| text.replace(&root, "");
    let mut rehearsed = Rehearsed::default();
    for step in &rehearsal.steps {
        let words: Vec<String> = step.iter().map(filled).collect();
        let Some((program, arguments)) = words.split_first() else {
            continue;
        };
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&folder.0);
        for (name, value) in &rehearsal.variables {
            match value.as_str() {
                "" => command.env_remove(name),
                _ => command.env(name, filled(value)),
            };
        }
        let output = tool_output(command, STEP);
        rehearsed.outputs.push(output.map(real));
    }
    for (path, _) in &rehearsal.files {
        let content = read(&below(&folder.0, path))?;
        rehearsed.files.push(content.map(real));
    }
    Ok(rehearsed)
}
