//! A tool's own commands, run on private copies of its configuration files.
//!
//! The copies lie in a folder that only this user can open, in the login session's memory where
//! there is one. They are removed whatever happens; what a kill leaves, the next run removes.

use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::super::files::FileError;
use super::super::platform::access;
use super::super::platform::names::without_prefix;
use super::super::platform::rights::Owner;
use super::super::programs::tool_output;
use super::guard::{self, Folder};
use super::replace::{create_folders, write};
use super::{Rehearsal, Rehearsed, below, read};

/// How long one step may take: pnpm and aws are slow to start.
const STEP: Duration = Duration::from_secs(30);

/// How old a folder must be that another run left behind: no run takes that long.
const LEFT: Duration = Duration::from_secs(600);
const NAME: &str = "keyfob-setup-";

fn create(unique: [u8; 16]) -> Result<Folder, FileError> {
    let session = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let session = session.filter(|folder| folder.is_absolute() && folder.is_dir());
    let temporary = std::env::temp_dir();
    for base in session.iter().chain([&temporary]) {
        sweep(base);
    }
    let base = without_prefix(&fs::canonicalize(session.unwrap_or(temporary))?);
    let path = base.join(format!("{NAME}{:032x}", u128::from_ne_bytes(unique)));
    let private = |path: &Path| access::create_private_folder(path, false);
    Ok(Folder::create(path, &private)?)
}

/// Removes this user's folders that earlier runs could not remove.
fn sweep(base: &Path) {
    for entry in fs::read_dir(base).into_iter().flatten().flatten() {
        let is_named = entry
            .file_name()
            .to_str()
            .is_some_and(|name| name.starts_with(NAME));
        let Some(metadata) = entry.metadata().ok().filter(|_| is_named) else {
            continue;
        };
        let is_ours = access::owner(&entry.path(), &metadata) == Owner::User;
        let age = metadata
            .modified()
            .ok()
            .and_then(|then| then.elapsed().ok());
        if is_ours && metadata.is_dir() && age.is_some_and(|age| age > LEFT) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Takes the folder of the copies out of a text. What a tool writes or prints of its file's place
/// is about the real file, and Windows' tools write paths in three ways.
fn real(text: String, root: &Path, files: &[(PathBuf, Option<String>)]) -> String {
    let mut places: Vec<(String, String)> = Vec::new();
    for (path, _) in files {
        let drive = path
            .components()
            .next()
            .filter(|part| matches!(part, Component::Prefix(_)));
        let drive = drive.map(|part| part.as_os_str().to_string_lossy().into_owned());
        let drive = drive.unwrap_or_default();
        let place = match drive.as_str() {
            "" => root.to_owned(),
            drive => root.join(below(Path::new(drive))),
        };
        let place = place.to_string_lossy().into_owned();
        if !places.iter().any(|(other, _)| *other == place) {
            places.push((place, drive));
        }
    }
    let mut text = text;
    for (place, drive) in places {
        text = text.replace(&place, &drive);
        if !drive.is_empty() {
            text = text.replace(&place.replace('\\', "/"), &drive.replace('\\', "/"));
            text = text.replace(&place.replace('\\', "\\\\"), &drive.replace('\\', "\\\\"));
        }
    }
    text
}

pub(super) fn rehearse(rehearsal: &Rehearsal, unique: [u8; 16]) -> Result<Rehearsed, FileError> {
    let folder = create(unique)?;
    let root = folder.path().to_string_lossy().into_owned();
    guard::undisturbed(|| -> Result<(), FileError> {
        for (path, content) in &rehearsal.files {
            let copy = folder.path().join(below(path));
            create_folders(&copy)?;
            if let Some(content) = content {
                write(&copy, content, unique)?;
            }
        }
        Ok(())
    })?;
    let filled = |text: &String| text.replace("{root}", &root);
    let real = |text: String| real(text, folder.path(), &rehearsal.files);
    let mut rehearsed = Rehearsed::default();
    for step in &rehearsal.steps {
        let words: Vec<String> = step.iter().map(filled).collect();
        let Some((program, arguments)) = words.split_first() else {
            continue;
        };
        let mut command = Command::new(program);
        command.args(arguments).current_dir(folder.path());
        for (name, value) in &rehearsal.variables {
            match value.as_str() {
                "" => command.env_remove(name),
                _ => command.env(name, filled(value)),
            };
        }
        let output = tool_output(command, STEP, &guard::runs);
        guard::runs(0);
        rehearsed.outputs.push(output.map(real));
    }
    for (path, _) in &rehearsal.files {
        let content = read(&folder.path().join(below(path)))?;
        rehearsed.files.push(content.map(real));
    }
    Ok(rehearsed)
}
