//! Links to this program, and the path under which it is named in a configuration file.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::files::FileError;
use super::super::platform::links;
use super::super::platform::names::without_prefix;
use super::super::programs::on_path;
use super::AtLink;

/// What lies at the place of a link.
pub(super) fn at(link: &Path) -> AtLink {
    if fs::symlink_metadata(link).is_err() {
        return AtLink::Nothing;
    }
    if is_this_program(link) || starts_this_program(link) {
        return AtLink::Ours;
    }
    let target = links::dangling(link);
    let name = target.as_deref().and_then(Path::file_name);
    match name.and_then(|name| name.to_str()) {
        Some(name) if name.contains("keyfob") => AtLink::Dangling,
        _ => AtLink::Another,
    }
}

fn this_program() -> Option<PathBuf> {
    std::env::current_exe()
        .and_then(fs::canonicalize)
        .ok()
        .filter(|path| path.is_file())
}

fn is_this_program(file: &Path) -> bool {
    this_program().is_some_and(|program| links::is_this(file, &program))
}

/// Whether a file is the script that a wheel installs in place of a link, beside this program.
fn starts_this_program(script: &Path) -> bool {
    let is_short = fs::metadata(script).is_ok_and(|metadata| metadata.len() < 200);
    let text = is_short.then(|| fs::read_to_string(script).unwrap_or_default());
    let caller = text.as_deref().and_then(|text| {
        let rest = text.strip_prefix("#!/bin/sh\nexec \"${0%/*}/keyfob\" ")?;
        rest.strip_suffix(" \"$@\"\n")
    });
    let is_word = |word: &str| word.bytes().all(|byte| byte.is_ascii_lowercase());
    caller.is_some_and(is_word)
        && fs::canonicalize(script.with_file_name("keyfob"))
            .is_ok_and(|real| is_this_program(&real))
}

pub(super) fn create(link: &Path, program: &Path) -> Result<(), FileError> {
    match at(link) {
        AtLink::Nothing => {}
        AtLink::Ours => return Ok(()),
        AtLink::Dangling => fs::remove_file(link)?,
        AtLink::Another => {
            let why = "another file lies there";
            return Err(FileError::Failed(why.to_owned()));
        }
    }
    Ok(links::create(link, program)?)
}

pub(super) fn remove(link: &Path) -> Result<(), FileError> {
    let is_link = || this_program().is_none_or(|program| links::is_link(link, &program));
    match at(link) {
        AtLink::Nothing => Ok(()),
        AtLink::Ours | AtLink::Dangling if is_link() => Ok(fs::remove_file(link)?),
        _ => Err(FileError::Failed("it is no link to keyfob".to_owned())),
    }
}

/// The path of this program for a configuration file: its entry on PATH, because an update leaves
/// that in place while it may remove a versioned folder; else the path under which it was started;
/// else its file.
pub(super) fn own_program() -> Option<PathBuf> {
    let program = this_program();
    let is_this = |path: &PathBuf| is_this_program(path);
    let started = std::env::args_os().next().map(PathBuf::from);
    let started = started.filter(|path| path.components().count() > 1);
    let started = started.and_then(|path| std::path::absolute(path).ok());
    let is_named = |path: &PathBuf| path.file_stem().is_some_and(|stem| stem == "keyfob");
    on_path("keyfob")
        .filter(is_this)
        .or_else(|| started.filter(is_named).filter(is_this))
        .or_else(|| program.as_deref().map(without_prefix))
}
