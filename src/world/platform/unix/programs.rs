//! How Unix finds, starts and ends programs.

use std::ffi::OsStr;
use std::io;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};

use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid,
};

/// Variables that a program gets whose output is a value.
pub const FIXED_VARIABLES: &[(&str, &str)] = &[];

/// The names of the files in a folder of PATH that a program's name may mean.
pub fn file_names(name: &str) -> Vec<String> {
    vec![name.to_owned()]
}

/// The program that an absolute path names.
pub fn at_path(path: &Path) -> PathBuf {
    path.to_owned()
}

/// Whether the file is a program that this user may run.
pub fn is_program(path: &Path) -> bool {
    path.is_file() && rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok()
}

/// The program that a person typed. The kernel's caller (execvp) finds it on PATH as a shell does,
/// in relative folders too: it is a folder of that person's choice.
pub fn typed(word: &OsStr, _: &dyn Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    Some(PathBuf::from(word))
}

/// The folder for a program whose spec names none: it belongs to the administrator.
pub fn neutral_folder() -> PathBuf {
    PathBuf::from("/")
}

/// Replaces this process. Returns only on an error.
///
/// # Errors
/// The program cannot be started.
pub fn replace(mut command: Command) -> io::Result<i32> {
    Err(command.exec())
}

/// Runs a program to its end beside this process, and returns its exit status. If a signal ended
/// the program, that is 128 plus the signal's number. This process passes SIGINT, SIGTERM, SIGHUP
/// and SIGQUIT on to the program and outlives it.
///
/// # Errors
/// The program cannot be started.
pub fn run_beside(mut command: Command) -> io::Result<i32> {
    let mut signals = signal_hook::iterator::Signals::new(
        [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT].map(Signal::as_raw),
    )?;
    let mut child = command.spawn()?;
    let pid = process_id(&child);
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
    let status = status?;
    let code = status.code();
    Ok(code
        .or_else(|| status.signal().map(|signal| 128 + signal))
        .unwrap_or(1))
}

/// Whether the keys of a terminal send signals to the process group of this process.
fn in_foreground() -> bool {
    let of_terminal = rustix::termios::tcgetpgrp(io::stdin()).ok();
    of_terminal.is_some() && of_terminal == Some(rustix::process::getpgrp())
}

/// Has the program lead a process group of its own, so that [`end`] ends what it started too.
pub fn in_own_group(command: &mut Command) {
    command.process_group(0);
}

/// The exit status of a child, if it has ended. The programs that a failed child started are killed
/// before the child's id is released, because the id names their group.
///
/// # Errors
/// The child cannot be waited for.
pub fn ended(child: &mut Child) -> io::Result<Option<ExitStatus>> {
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

/// Kills a child, and the programs that it started.
pub fn end(child: &mut Child) {
    end_group(child);
    let _ = child.kill();
    let _ = child.wait();
}

fn process_id(child: &Child) -> Option<Pid> {
    let id = i32::try_from(child.id()).ok()?;
    Pid::from_raw(id)
}

fn end_group(child: &Child) {
    if let Some(group) = process_id(child) {
        let _ = kill_process_group(group, Signal::KILL);
    }
}
