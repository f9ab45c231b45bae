//! Other programs: one whose output is a secret, and one that takes this process's place.
//!
//! No shell, no terminal, no waiting without end: a program that does not answer, or fails, is ended with everything that it started.

mod last_line;
mod output;

use std::ffi::OsString;
use std::fmt;
use std::process::Command;
use std::time::Duration;

pub use output::{on_path, output};

use super::process;
use crate::credential::Secret;

/// Why a program gave nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProgramError {
    /// There is no such program at its path, or in the absolute folders of PATH.
    Missing,
    /// It cannot be started.
    Start(String),
    /// It ended with a failure.
    Status {
        /// Exit status or signal.
        status: String,
        /// The last line of its standard error.
        said: StderrLine,
    },
    /// It did not end in time.
    TimedOut(Duration),
    /// It printed more than 1 MiB.
    TooMuch,
}

impl std::error::Error for ProgramError {}

impl ProgramError {
    /// What to do about a `command` that gave nothing.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Missing => {
                "write its absolute path; it is looked for in the absolute folders of PATH only"
            }
            Self::Status {
                said: StderrLine::Withheld,
                ..
            } => {
                "its standard error is not shown, for it could hold a secret; run the command by hand to see it"
            }
            _ => {
                "run the command by hand; it is given HOME, PATH and the like, and what its `variables` name"
            }
        }
    }
}

/// What a program that failed said last on its standard error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StderrLine {
    /// Nothing.
    Nothing,
    /// A line that holds nothing that could be a secret.
    Line(String),
    /// A line that could hold a secret.
    Withheld,
}

impl fmt::Display for ProgramError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("there is no such program"),
            Self::Start(why) => write!(f, "it cannot be started: {why}"),
            Self::Status { status, said } => match said {
                StderrLine::Line(line) => write!(f, "it failed with {status}: {line}"),
                StderrLine::Nothing | StderrLine::Withheld => write!(f, "it failed with {status}"),
            },
            Self::TimedOut(limit) => write!(f, "it did not end within {} s", limit.as_secs()),
            Self::TooMuch => f.write_str("it printed more than 1 MiB"),
        }
    }
}

fn start_error(error: &std::io::Error) -> ProgramError {
    match error.kind() {
        std::io::ErrorKind::NotFound => ProgramError::Missing,
        _ => ProgramError::Start(error.to_string().to_lowercase()),
    }
}

/// Puts a program in this process's place, so that signals and its exit status are its own: comes back only with an error. It is found on PATH as
/// the shell finds it, in relative folders too: a person typed it, in a folder of their choice.
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
pub fn run_with_variable(
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
pub fn run_with_variable(
    program: &OsString,
    arguments: &[OsString],
    variable: &str,
    value: &Secret,
) -> Result<u8, ProgramError> {
    replace(program, arguments, variable, value)
}
