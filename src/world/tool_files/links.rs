//! Links to this program, and the path under which it is named in a configuration file.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::files::FileError;
use super::super::programs::on_path;
use super::AtLink;

/// What lies at the place of a link.
pub(super) fn at(link: &Path) -> AtLink {
    let Ok(metadata) = fs::symlink_metadata(link) else {
        return AtLink::Nothing;
    };
    match fs::canonicalize(link) {
        Ok(real) if is_this_program(&real) || starts_this_program(&real) => AtLink::Ours,
        Err(_) if metadata.is_symlink() => {
            let target = fs::read_link(link).unwrap_or_default();
            let name = target.file_name().and_then(|name| name.to_str());
            match name.is_some_and(|name| name.contains("keyfob")) {
                true => AtLink::Dangling,
                false => AtLink::Another,
            }
        }
        _ => AtLink::Another,
    }
}

fn this_program() -> Option<PathBuf> {
    std::env::current_exe()
        .and_then(fs::canonicalize)
        .ok()
        .filter(|path| path.is_file())
}

fn is_this_program(real: &Path) -> bool {
    this_program().is_some_and(|program| program == real)
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

#[cfg(unix)]
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
    // A link beside the program stays right if the folder is moved.
    let beside = program.parent() == link.parent();
    let target = match program.file_name().filter(|_| beside) {
        Some(name) => Path::new(name),
        None => program,
    };
    Ok(std::os::unix::fs::symlink(target, link)?)
}

/// Links need a privilege on this system, so that a copy stands in for one.
#[cfg(not(unix))]
pub(super) fn create(link: &Path, program: &Path) -> Result<(), FileError> {
    match at(link) {
        AtLink::Ours => Ok(()),
        AtLink::Nothing => Ok(fs::hard_link(program, link)?),
        AtLink::Dangling | AtLink::Another => {
            Err(FileError::Failed("another file lies there".to_owned()))
        }
    }
}

pub(super) fn remove(link: &Path) -> Result<(), FileError> {
    let is_link = fs::symlink_metadata(link).is_ok_and(|metadata| metadata.is_symlink());
    match at(link) {
        AtLink::Nothing => Ok(()),
        AtLink::Ours | AtLink::Dangling if is_link => Ok(fs::remove_file(link)?),
        _ => Err(FileError::Failed("it is no link to keyfob".to_owned())),
    }
}

/// The path of this program for a configuration file: its entry on PATH, because an update leaves
/// that in place while it may remove a versioned folder; else the path under which it was started;
/// else its file.
pub(super) fn own_program() -> Option<PathBuf> {
    let program = this_program();
    let is_this = |path: &PathBuf| {
        let real = fs::canonicalize(path).ok();
        real.is_some() && real == program
    };
    let started = std::env::args_os().next().map(PathBuf::from);
    let started = started.filter(|path| path.components().count() > 1);
    let started = started.and_then(|path| std::path::absolute(path).ok());
    let is_named = |path: &PathBuf| path.file_stem().is_some_and(|stem| stem == "keyfob");
    on_path("keyfob")
        .filter(is_this)
        .or_else(|| started.filter(is_named).filter(is_this))
        .or_else(|| program.clone())
}
