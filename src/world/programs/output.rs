//! A program whose standard output is a value: which file it is, what it is given, and how long it may take.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::last_line::LastLine;
use super::{ProgramError, start_error};
use crate::credential::Secret;
use crate::source;

const MOST: u64 = 1 << 20;
/// Room for what a program prints, in bytes: where it is enough, nothing grows and leaves a copy behind.
const ROOM: usize = 64 << 10;

/// The program of that name in the folders of PATH, as far as these are absolute: an empty or relative one is the folder in which git or docker
/// runs, and what lies there came with somebody's repository.
#[must_use]
pub fn on_path(name: &str) -> Option<PathBuf> {
    named(name).find(|program| is_program(program))
}

/// Where a program of that name could be.
fn named(name: &str) -> impl Iterator<Item = PathBuf> {
    let suffix = match name.ends_with(std::env::consts::EXE_SUFFIX) {
        true => "",
        false => std::env::consts::EXE_SUFFIX,
    };
    let name = format!("{name}{suffix}");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let absolute = folders.into_iter().filter(|folder| folder.is_absolute());
    absolute.map(move |folder| folder.join(&name))
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    path.is_file() && rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok()
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

/// The file that a command's first word means.
fn program_of(word: &str) -> Result<PathBuf, ProgramError> {
    let path = Path::new(word);
    if path.is_absolute() {
        return Ok(path.to_owned());
    }
    // A relative path was made absolute when the spec was read: what is left is a name.
    let name = path.components().count() == 1;
    match on_path(word).filter(|_| name) {
        Some(program) => Ok(program),
        None if name && named(word).any(|there| there.is_file()) => {
            Err(ProgramError::Start("permission denied".to_owned()))
        }
        None => Err(ProgramError::Missing),
    }
}

/// Runs a program and takes its standard output. It gets the variables that it names and a short list besides, runs in its own folder or the
/// root's and never in the caller's, and has this long for all that it does. Of its standard error the last line is told where it fails;
/// on success nothing may be said there.
///
/// # Errors
/// [`ProgramError`].
pub fn output(written: &source::Command, limit: Duration) -> Result<Secret, ProgramError> {
    let begun = Instant::now();
    let (program, arguments) = written.words.split_first().ok_or(ProgramError::Missing)?;
    let folder = written.directory.as_deref().unwrap_or(Path::new("/"));
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
        .envs(names.filter_map(|name| Some((name, std::env::var_os(name)?))))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn().map_err(|error| match folder.is_dir() {
        true => start_error(&error),
        false => ProgramError::Start(format!("there is no folder {}", folder.display())),
    })?;
    let last_line = LastLine::of(child.stderr.take());
    let Some(stdout) = child.stdout.take() else {
        return Err(ProgramError::Missing);
    };
    let (sender, receiver) = mpsc::channel();
    // Not `thread::spawn`, which panics where there are no more threads.
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
            end(&mut child);
            return Err(start_error(&error));
        }
        Ok(Err(_)) => {
            end(&mut child);
            return Err(ProgramError::TimedOut(limit));
        }
    };
    if bytes.len() as u64 > MOST {
        end(&mut child);
        return Err(ProgramError::TooMuch);
    }
    let status = wait(&mut child, begun, limit)?;
    if status.success() {
        return Ok(bytes);
    }
    let given = written.variables.iter().filter_map(std::env::var_os);
    let mut known: Vec<Secret> = given
        .map(|value| Secret::new(value.into_encoded_bytes()))
        .collect();
    known.push(bytes);
    Err(ProgramError::Status {
        status: status.to_string().replace("exit status:", "exit status"),
        said: last_line.told(&known),
    })
}

/// Waits for a child that has closed its output, until so long after it began.
fn wait(
    child: &mut Child,
    begun: Instant,
    limit: Duration,
) -> Result<std::process::ExitStatus, ProgramError> {
    let mut pause = Duration::from_micros(200);
    loop {
        match ended(child) {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if begun.elapsed() >= limit => {
                end(child);
                return Err(ProgramError::TimedOut(limit));
            }
            Ok(None) => {}
            Err(error) => return Err(ProgramError::Start(error.to_string())),
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

/// How a child ended, if it has. What one that failed started is ended too, before the child's id is given up: it names their group.
#[cfg(unix)]
fn ended(child: &mut Child) -> std::io::Result<Option<std::process::ExitStatus>> {
    use rustix::process::{WaitId, WaitIdOptions, waitid};
    let Some(id) = process_id(child) else {
        return child.try_wait();
    };
    let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    let Some(status) = waitid(WaitId::Pid(id), look)? else {
        return Ok(None);
    };
    if status.exit_status() != Some(0) {
        end_group(child);
    }
    child.wait().map(Some)
}

#[cfg(not(unix))]
fn ended(child: &mut Child) -> std::io::Result<Option<std::process::ExitStatus>> {
    child.try_wait()
}

#[cfg(unix)]
fn process_id(child: &Child) -> Option<rustix::process::Pid> {
    let id = i32::try_from(child.id()).ok()?;
    rustix::process::Pid::from_raw(id)
}

#[cfg(unix)]
fn end_group(child: &Child) {
    if let Some(group) = process_id(child) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
}

fn end(child: &mut Child) {
    #[cfg(unix)]
    end_group(child);
    let _ = child.kill();
    let _ = child.wait();
}
