//! The parent, as `/proc` shows it (proc(5)).

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use crate::world::platform::calling_program::CallingProgram;

/// The program that called this one, if `/proc` shows it.
///
/// A process id alone identifies nothing. Ids are reused, two containers both have a process 1, and
/// a process that calls `exec` becomes another program with the same id. So the identity consists
/// of the namespace, the id, the start time in clock ticks, the executable file and the address of
/// the stack, which the kernel chooses anew for each `exec`.
pub fn find() -> Option<CallingProgram> {
    let number = parent_in_proc()?;
    let stat = Stat::read(&number.to_string())?;
    let file = PathBuf::from(format!("/proc/{number}/exe"));
    let executable = fs::metadata(&file).ok()?;
    let namespace = fs::read_link("/proc/self/ns/pid").ok();
    let mut identity = DefaultHasher::new();
    (namespace, number, stat.started, stat.stack).hash(&mut identity);
    (executable.dev(), executable.ino()).hash(&mut identity);
    Some(CallingProgram {
        identity: identity.finish(),
        file,
    })
}

/// The parent's id in the namespace of `/proc`, which may differ from the namespace of this
/// process.
fn parent_in_proc() -> Option<u32> {
    let own = fs::read_link("/proc/self").ok()?;
    let number = if own.as_os_str() == std::process::id().to_string().as_str() {
        u32::try_from(rustix::process::getppid()?.as_raw_nonzero().get()).ok()?
    } else {
        Stat::read("self")?.parent
    };
    (number != 0).then_some(number)
}

/// Fields of `/proc/PID/stat` (proc_pid_stat(5)).
struct Stat {
    /// Field 4: the parent's id.
    parent: u32,
    /// Field 22: the start time in clock ticks since boot.
    started: u64,
    /// Field 28: the bottom of the stack, or 0 if it is hidden.
    stack: u64,
}

impl Stat {
    fn read(process: &str) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        // The program's name is in parentheses and may hold blanks and parentheses. Field 3 follows
        // it.
        let (_, behind) = stat.rsplit_once(')')?;
        let mut fields = behind.split_ascii_whitespace();
        Some(Self {
            parent: fields.nth(1)?.parse().ok()?,
            started: fields.nth(17)?.parse().ok()?,
            stack: fields.nth(5)?.parse().ok()?,
        })
    }
}
