//! The parent, as macOS (`proc_pidinfo`) and the BSDs (`sysctl`) show it.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::os::unix::fs::MetadataExt as _;

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind};

use crate::world::platform::calling_program::CallingProgram;

/// The program that called this one, if the system shows it.
///
/// The identity consists of the process id, the start time in seconds and the executable file. It
/// is weaker than that of Linux: a process that executes the same program anew within one process
/// id keeps it.
pub fn find() -> Option<CallingProgram> {
    let number = u32::try_from(rustix::process::getppid()?.as_raw_nonzero().get()).ok()?;
    let id = Pid::from_u32(number);
    let mut system = System::new();
    system.refresh_processes_specifics(
        ProcessesToUpdate::Some(&[id]),
        true,
        ProcessRefreshKind::nothing().with_exe(UpdateKind::Always),
    );
    let parent = system.process(id)?;
    let file = parent.exe()?.to_owned();
    let executable = fs::metadata(&file).ok()?;
    let mut identity = DefaultHasher::new();
    (number, parent.start_time()).hash(&mut identity);
    (executable.dev(), executable.ino()).hash(&mut identity);
    Some(CallingProgram {
        identity: identity.finish(),
        file,
    })
}
