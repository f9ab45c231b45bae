//! Other programs: one whose output is a secret, and one that takes this process's place.
//!
//! No shell, no terminal, no waiting without end: a program that does not answer is ended with everything that it started.

use std::ffi::OsString;
use std::fmt;
use std::io::Read as _;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use super::process;
use crate::credential::Secret;

/// Why a program gave nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProgramError {
    /// There is no such program on PATH.
    Missing,
    /// It cannot be started.
    Start(String),
    /// It ended with a failure.
    Status(String),
    /// It did not end in time.
    TimedOut(Duration),
    /// It printed more than 1 MiB.
    TooMuch,
}

impl fmt::Display for ProgramError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("there is no such program"),
            Self::Start(why) => write!(f, "it cannot be started: {why}"),
            Self::Status(status) => write!(f, "it failed with {status}"),
            Self::TimedOut(limit) => write!(f, "it did not end within {} s", limit.as_secs()),
            Self::TooMuch => f.write_str("it printed more than 1 MiB"),
        }
    }
}

const MOST: u64 = 1 << 20;
/// Room for what a program prints, in bytes: where it is enough, nothing grows and leaves a copy behind.
const ROOM: usize = 64 << 10;

fn start_error(error: &std::io::Error) -> ProgramError {
    match error.kind() {
        std::io::ErrorKind::NotFound => ProgramError::Missing,
        _ => ProgramError::Start(error.to_string().to_lowercase()),
    }
}

/// Runs a program and takes its standard output, less one line break at its end. Its standard error is dropped: it could hold what it
/// should not, and on success nothing may be said there.
///
/// # Errors
/// [`ProgramError`].
pub fn output(words: &[String], limit: Duration) -> Result<Secret, ProgramError> {
    let (program, arguments) = words.split_first().ok_or(ProgramError::Missing)?;
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn().map_err(|error| start_error(&error))?;
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
    let status = wait(&mut child, limit)?;
    if !status.success() {
        return Err(ProgramError::Status(
            status.to_string().replace("exit status:", "exit status"),
        ));
    }
    let bytes = bytes.expose();
    let line = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    Ok(Secret::new(
        line.strip_suffix(b"\r").unwrap_or(line).to_vec(),
    ))
}

/// Waits for a child that has closed its output.
fn wait(child: &mut Child, limit: Duration) -> Result<std::process::ExitStatus, ProgramError> {
    let mut waited = Duration::ZERO;
    let mut pause = Duration::from_micros(200);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if waited >= limit => {
                end(child);
                return Err(ProgramError::TimedOut(limit));
            }
            Ok(None) => {}
            Err(error) => return Err(ProgramError::Start(error.to_string())),
        }
        std::thread::sleep(pause);
        waited += pause;
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

fn end(child: &mut Child) {
    #[cfg(unix)]
    if let Some(group) = i32::try_from(child.id())
        .ok()
        .and_then(rustix::process::Pid::from_raw)
    {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// Puts a program in this process's place, so that signals and its exit status are its own: comes back only with an error.
///
/// # Errors
/// It cannot be started.
#[cfg(unix)]
pub fn replace(
    program: &OsString,
    arguments: &[OsString],
    variable: &str,
    value: &Secret,
) -> Result<u8, ProgramError> {
    use std::os::unix::ffi::OsStrExt as _;
    let value = std::ffi::OsStr::from_bytes(value.expose());
    process::as_before();
    let mut command = Command::new(program);
    Err(start_error(&std::os::unix::process::CommandExt::exec(
        command.args(arguments).env(variable, value),
    )))
}

/// Runs a program to its end; gives its exit status.
///
/// # Errors
/// It cannot be started.
#[cfg(not(unix))]
pub fn replace(
    program: &OsString,
    arguments: &[OsString],
    variable: &str,
    value: &Secret,
) -> Result<u8, ProgramError> {
    let value = value.expose_text().unwrap_or_default();
    let status = Command::new(program)
        .args(arguments)
        .env(variable, value)
        .status();
    let code = status
        .map(|status| status.code().unwrap_or(1))
        .map_err(|error| start_error(&error))?;
    Ok(u8::try_from(code).unwrap_or(1))
}

/// Runs a program to its end beside this process, which passes SIGINT, SIGTERM, SIGHUP and SIGQUIT on to it and outlives it. Gives its exit
/// status, 128 and the signal's number where a signal ended it.
///
/// # Errors
/// It cannot be started.
#[cfg(unix)]
pub fn attend(
    program: &OsString,
    arguments: &[OsString],
    variable: &str,
    value: &Secret,
) -> Result<u8, ProgramError> {
    use rustix::process::{Pid, Signal, kill_process};
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::process::ExitStatusExt as _;
    let mut signals = signal_hook::iterator::Signals::new(
        [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT].map(Signal::as_raw),
    )
    .map_err(|error| start_error(&error))?;
    process::as_before();
    let mut child = Command::new(program)
        .args(arguments)
        .env(variable, std::ffi::OsStr::from_bytes(value.expose()))
        .spawn()
        .map_err(|error| start_error(&error))?;
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let handle = signals.handle();
    let from_terminal = in_foreground();
    // Where there are no more threads the program runs all the same, and signals to it alone still reach it.
    let passing_on = std::thread::Builder::new().spawn(move || {
        for signal in signals.forever() {
            // What is typed at the terminal (Ctrl-C) reaches the whole group, the program too: a second one would be a forced kill.
            if from_terminal
                && [Signal::INT, Signal::QUIT]
                    .map(Signal::as_raw)
                    .contains(&signal)
            {
                continue;
            }
            if let (Some(pid), Some(signal)) = (pid, Signal::from_named_raw(signal)) {
                let _ = kill_process(pid, signal);
            }
        }
    });
    let status = child.wait();
    handle.close();
    let _ = passing_on.map(std::thread::JoinHandle::join);
    let status = status.map_err(|error| start_error(&error))?;
    let code = status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal))
        .unwrap_or(1);
    Ok(u8::try_from(code).unwrap_or(1))
}

/// Whether this process is of the group that a terminal's keys send signals to.
#[cfg(unix)]
fn in_foreground() -> bool {
    let of_terminal = rustix::termios::tcgetpgrp(std::io::stdin()).ok();
    of_terminal.is_some() && of_terminal == Some(rustix::process::getpgrp())
}

/// Runs a program to its end beside this process; gives its exit status.
///
/// # Errors
/// It cannot be started.
#[cfg(not(unix))]
pub fn attend(
    program: &OsString,
    arguments: &[OsString],
    variable: &str,
    value: &Secret,
) -> Result<u8, ProgramError> {
    replace(program, arguments, variable, value)
}
