//! Other programs: one whose output is a secret, one that replaces this process, and one that runs
//! beside it.
//!
//! A program whose output is read runs without a shell and with an empty standard input. A program
//! that does not end in time is killed, with the programs that it started; on Unix these are killed
//! after a failure too. `platform::programs` says how a system finds and ends programs.

pub mod installed;
mod last_line;
mod output;

use std::ffi::OsString;
use std::fmt;
use std::process::Command;
use std::time::Duration;

pub use output::{on_path, output, tool_output};

use super::{platform, process};
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
/// only on an error. Where no process can be replaced (Windows), runs the program to its end and
/// returns its exit status.
///
/// # Errors
/// [`ProgramError::Missing`] or [`ProgramError::Start`]: the program cannot be started.
pub fn replace(
    program: &OsString,
    arguments: &[OsString],
    variable: &str,
    value: &Secret,
) -> Result<i32, ProgramError> {
    let command = with_variable(program, arguments, variable, value)?;
    platform::programs::replace(command).map_err(|error| start_error(&error))
}

/// Runs a program to its end beside this process, and returns its exit status. This process
/// outlives the program, also if Ctrl-C ends that.
///
/// # Errors
/// [`ProgramError::Missing`] or [`ProgramError::Start`]: the program cannot be started.
pub fn run_with_variable(
    program: &OsString,
    arguments: &[OsString],
    variable: &str,
    value: &Secret,
) -> Result<i32, ProgramError> {
    let command = with_variable(program, arguments, variable, value)?;
    platform::programs::run_beside(command).map_err(|error| start_error(&error))
}

/// A program that a person typed, with a token in its environment.
fn with_variable(
    program: &OsString,
    arguments: &[OsString],
    variable: &str,
    value: &Secret,
) -> Result<Command, ProgramError> {
    let program = platform::programs::typed(program, &on_path).ok_or(ProgramError::Missing)?;
    process::as_before();
    let mut command = Command::new(program);
    // A token is printable ASCII.
    command
        .args(arguments)
        .env(variable, value.expose_text().unwrap_or_default());
    Ok(command)
}
