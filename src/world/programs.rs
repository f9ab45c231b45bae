//! Other programs: one whose output is a secret, one that replaces this process, and one that runs
//! beside it.
//!
//! A program whose output is read runs without a shell and with an empty standard input. A program
//! that does not end in time is killed. On Unix, the programs that it started are killed too, also
//! after a failure.

pub mod installed;
mod last_line;
mod output;

use std::ffi::OsString;
use std::fmt;
use std::process::Command;
use std::time::Duration;

pub use output::{on_path, output, tool_output};

use super::process;
use crate::credential::Secret;

/// Why a program returned nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProgramError {
    /// The path, or the absolute folders of PATH, hold no such program.
    Missing,
    /// The program cannot be started.
    Start(String),
    /// The program failed.
    Status {
        /// The exit status or signal.
        status: String,
        /// The last line of the program's standard error.
        last_line: StderrLine,
    },
    /// The program did not end within this time.
    TimedOut(Duration),
    /// The program printed more than 1 MiB.
    TooMuch,
}

impl std::error::Error for ProgramError {}

impl ProgramError {
    /// A hint for a `command` source that returned nothing.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Missing => {
                "write its absolute path; it is looked for in the absolute folders of PATH only"
            }
            Self::Status {
                last_line: StderrLine::Withheld,
                ..
            } => {
                "its standard error is not shown, for it could hold a secret; run the command by \
                 hand to see it"
            }
            _ => {
                "run the command by hand; it is given HOME, PATH and the like, and what its \
                 `variables` name"
            }
        }
    }
}

/// The last line of a failed program's standard error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StderrLine {
    /// Standard error is empty or could not be read.
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
            Self::Status { status, last_line } => match last_line {
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

/// Replaces this process with a program, so that signals and the exit status are its own. Returns
/// only on an error.
///
/// The program is found on PATH as a shell finds it, in relative folders too: a person typed its
/// name, in a folder of their choice.
///
/// # Errors
/// [`ProgramError::Missing`] or [`ProgramError::Start`]: the program cannot be started.
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

/// Runs a program to its end and returns its exit status.
///
/// # Errors
/// [`ProgramError::Missing`] or [`ProgramError::Start`]: the program cannot be started.
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

/// Runs a program to its end beside this process, and returns its exit status. If a signal ended
/// the program, that is 128 plus the signal's number. This process passes SIGINT, SIGTERM, SIGHUP
/// and SIGQUIT on to the program and outlives it.
///
/// # Errors
/// [`ProgramError::Missing`] or [`ProgramError::Start`]: the program cannot be started.
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
    // If no thread can be started, the program runs all the same. Signals to the program itself
    // still reach it.
    let passing_on = std::thread::Builder::new().spawn(move || {
        for signal in signals.forever() {
            // A key at the terminal (Ctrl-C) sends a signal to the whole process group, which
            // includes the program. Many programs take a second signal as a forced kill.
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

/// Whether the keys of a terminal send signals to the process group of this process.
#[cfg(unix)]
fn in_foreground() -> bool {
    let of_terminal = rustix::termios::tcgetpgrp(std::io::stdin()).ok();
    of_terminal.is_some() && of_terminal == Some(rustix::process::getpgrp())
}

/// Runs a program to its end and returns its exit status.
///
/// # Errors
/// [`ProgramError::Missing`] or [`ProgramError::Start`]: the program cannot be started.
#[cfg(not(unix))]
pub fn run_with_variable(
    program: &OsString,
    arguments: &[OsString],
    variable: &str,
    value: &Secret,
) -> Result<u8, ProgramError> {
    replace(program, arguments, variable, value)
}
