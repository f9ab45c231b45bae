//! A program whose standard output is a value: how it is found, what it inherits and how long it
//! may run.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::last_line::LastLine;
use super::{ProgramError, start_error};
use crate::credential::Secret;
use crate::source;
use crate::world::platform;

const MOST: u64 = 1 << 20;
/// Initial capacity for a program's output, in bytes. Output that fits leaves no copy behind,
/// because the buffer does not grow.
const ROOM: usize = 64 << 10;

/// The first program of this name in the absolute folders of PATH. Empty and relative folders are
/// skipped: they depend on the folder in which git or docker runs, and a repository may have put a
/// program there.
#[must_use]
pub fn on_path(name: &str) -> Option<PathBuf> {
    named(name).find(|program| platform::programs::is_program(program))
}

/// The paths at which a program of this name could be stored.
pub(super) fn named(name: &str) -> impl Iterator<Item = PathBuf> {
    let names = platform::programs::file_names(name);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let absolute = folders.into_iter().filter(|folder| folder.is_absolute());
    absolute.flat_map(move |folder| {
        let files = names.iter().map(|name| folder.join(name));
        files.collect::<Vec<_>>()
    })
}

/// The file that the first word of a command names.
fn program_of(word: &str) -> Result<PathBuf, ProgramError> {
    let path = Path::new(word);
    if path.is_absolute() {
        return Ok(platform::programs::at_path(path));
    }
    // A relative path became absolute when the spec was read. A name is all that is left.
    let name = path.components().count() == 1;
    match on_path(word).filter(|_| name) {
        Some(program) => Ok(program),
        None if name && named(word).any(|there| there.is_file()) => {
            Err(ProgramError::Start("permission denied".to_owned()))
        }
        None => Err(ProgramError::Missing),
    }
}

/// Runs a program and returns its standard output.
///
/// The program gets the variables that the spec lists and a short fixed list. It runs in the folder
/// that the spec names, by default in one of the administrator's, and never in the caller's folder.
/// `limit` covers its whole run. The last line of its standard error becomes part of the error.
/// After a success, standard error is ignored.
///
/// # Errors
/// [`ProgramError`]: the program is missing, cannot be started, fails, exceeds `limit`, or prints
/// more than 1 MiB.
pub fn output(written: &source::Command, limit: Duration) -> Result<Secret, ProgramError> {
    let begun = Instant::now();
    let (program, arguments) = written.argv.split_first().ok_or(ProgramError::Missing)?;
    let neutral = platform::programs::neutral_folder();
    let folder = written.directory.as_deref().unwrap_or(&neutral);
    let mut command = Command::new(program_of(program)?);
    let listed = [
        source::Command::USER_VARIABLES,
        source::Command::SYSTEM_VARIABLES,
    ];
    let listed = listed.into_iter().flatten().copied();
    let names = listed.chain(written.variables.iter().map(String::as_str));
    command
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs(platform::programs::FIXED_VARIABLES.iter().copied())
        .envs(names.filter_map(|name| Some((name, std::env::var_os(name)?))));
    let known = || {
        let given = written.variables.iter().filter_map(std::env::var_os);
        given
            .map(|value| Secret::new(value.into_encoded_bytes()))
            .collect()
    };
    collect(command, limit, begun, &|_| {}, &known).map_err(|why| match why {
        ProgramError::Missing | ProgramError::Start(_) if !folder.is_dir() => {
            ProgramError::Start(format!("there is no folder {}", folder.display()))
        }
        why => why,
    })
}

/// Runs a tool that edits or shows its own configuration, and returns its standard output.
/// `started` is told the process group.
///
/// # Errors
/// As for [`output`].
pub fn tool_output(
    command: Command,
    limit: Duration,
    started: &dyn Fn(u32),
) -> Result<String, ProgramError> {
    let output = collect(command, limit, Instant::now(), started, &Vec::new)?;
    Ok(String::from_utf8_lossy(output.expose()).into_owned())
}

/// Runs a command. `started` is told its process group, and `known` returns the secrets that were
/// given to it.
fn collect(
    mut command: Command,
    limit: Duration,
    begun: Instant,
    started: &dyn Fn(u32),
    known: &dyn Fn() -> Vec<Secret>,
) -> Result<Secret, ProgramError> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    platform::programs::in_own_group(&mut command);
    let mut child = command.spawn().map_err(|error| start_error(&error))?;
    started(child.id());
    let last_line = LastLine::of(child.stderr.take());
    let Some(stdout) = child.stdout.take() else {
        return Err(ProgramError::Missing);
    };
    let (sender, receiver) = mpsc::channel();
    // `thread::spawn` would panic if no thread can be started.
    let reading = std::thread::Builder::new().spawn(move || {
        let mut bytes = Vec::with_capacity(ROOM);
        let read = stdout.take(MOST + 1).read_to_end(&mut bytes);
        let bytes = Secret::new(bytes);
        let _ = sender.send(read.map(|_| bytes));
    });
    let read = reading.map(|_| receiver.recv_timeout(limit));
    let bytes = match read {
        Ok(Ok(Ok(bytes))) => bytes,
        Ok(Ok(Err(error))) | Err(error) => {
            platform::programs::end(&mut child);
            return Err(start_error(&error));
        }
        Ok(Err(_)) => {
            platform::programs::end(&mut child);
            return Err(ProgramError::TimedOut(limit));
        }
    };
    if bytes.len() as u64 > MOST {
        platform::programs::end(&mut child);
        return Err(ProgramError::TooMuch);
    }
    let status = wait(&mut child, begun, limit)?;
    if status.success() {
        return Ok(bytes);
    }
    let mut known = known();
    known.push(bytes);
    Err(ProgramError::Status {
        status: status.to_string().replace("exit status:", "exit status"),
        last_line: last_line.if_harmless(&known),
    })
}

/// Waits for a child that has closed its output, until `limit` has passed since `begun`.
fn wait(
    child: &mut Child,
    begun: Instant,
    limit: Duration,
) -> Result<std::process::ExitStatus, ProgramError> {
    let mut pause = Duration::from_micros(200);
    loop {
        match platform::programs::ended(child) {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if begun.elapsed() >= limit => {
                platform::programs::end(child);
                return Err(ProgramError::TimedOut(limit));
            }
            Ok(None) => {}
            Err(error) => return Err(ProgramError::Start(error.to_string())),
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}
