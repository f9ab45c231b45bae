//! Protects this process's memory, and identifies the program that called it.

use super::platform;

/// Disables core dumps of this process. Must be called once, before any secret is read.
pub fn keep_private() {
    platform::process::keep_private();
}

/// Restores what a program would inherit that replaces this process or runs beside it.
pub(super) fn as_before() {
    platform::process::restore_core_dumps();
}

/// The program that called this one.
pub trait ParentProcess {
    /// Identifies the calling program together with what it asks for, of which `asker` is a
    /// fingerprint. `None` if the program cannot be distinguished from every other one, past or
    /// present.
    fn caller(&self, asker: u64) -> Option<u64>;

    /// Whether the calling program may call again after a failure or a rejected token, as client-go
    /// does.
    fn caller_retries(&self) -> bool;

    /// The same as [`caller`](Self::caller), but `None` for a program that does not call again.
    fn retrying_caller(&self, asker: u64) -> Option<u64> {
        self.caller(asker).filter(|_| self.caller_retries())
    }
}

/// The program that called this one.
#[cfg(unix)]
#[derive(Debug)]
pub struct Parent {
    number: u32,
    /// Identifies one running program: a process, and the `exec` that started the program in it.
    identity: u64,
}

#[cfg(unix)]
impl Parent {
    /// The program that called this one, if `/proc` shows it (proc(5)).
    ///
    /// A process id alone identifies nothing. Ids are reused, two containers both have a process 1,
    /// and a process that calls `exec` becomes another program with the same id. So the identity
    /// consists of the namespace, the id, the start time in clock ticks, the executable file and
    /// the address of the stack, which the kernel chooses anew for each `exec`.
    #[must_use]
    pub fn find() -> Option<Self> {
        use std::hash::{DefaultHasher, Hash as _, Hasher as _};
        use std::os::unix::fs::MetadataExt as _;
        let number = parent_in_proc()?;
        let stat = Stat::read(&number.to_string())?;
        let executable = std::fs::metadata(format!("/proc/{number}/exe")).ok()?;
        let namespace = std::fs::read_link("/proc/self/ns/pid").ok();
        let mut identity = DefaultHasher::new();
        (namespace, number, stat.started, stat.stack).hash(&mut identity);
        (executable.dev(), executable.ino()).hash(&mut identity);
        Some(Self {
            number,
            identity: identity.finish(),
        })
    }

    /// The identity of this program together with what it asks for, of which `asker` is a
    /// fingerprint.
    #[must_use]
    pub fn asking(&self, asker: u64) -> u64 {
        use std::hash::{DefaultHasher, Hash as _, Hasher as _};
        let mut identity = DefaultHasher::new();
        (self.identity, asker).hash(&mut identity);
        identity.finish()
    }

    /// Whether the program was built by Go. Such programs have their build id in an ELF note of the
    /// owner `Go`, at the beginning of the file (cmd/link, `.note.go.buildid`). Of the
    /// implementations of the exec plugin protocol, only client-go asks again after a 401, and it
    /// is written in Go.
    #[must_use]
    pub fn is_go(&self) -> bool {
        use std::io::Read as _;
        const OWNER_AND_TYPE: &[u8] = b"\x04\0\0\0Go\0\0";
        let mut head = Vec::with_capacity(16 << 10);
        let read = std::fs::File::open(format!("/proc/{}/exe", self.number))
            .and_then(|file| file.take(16 << 10).read_to_end(&mut head));
        read.is_ok()
            && head
                .windows(OWNER_AND_TYPE.len())
                .any(|window| window == OWNER_AND_TYPE)
    }
}

/// The calling program cannot be identified on this system.
#[cfg(not(unix))]
#[derive(Debug)]
pub enum Parent {}

#[cfg(not(unix))]
impl Parent {
    pub(super) fn find() -> Option<Self> {
        None
    }

    pub(super) fn asking(&self, _: u64) -> u64 {
        match *self {}
    }

    pub(super) fn is_go(&self) -> bool {
        match *self {}
    }
}

/// The parent's id in the namespace of `/proc`, which may differ from the namespace of this
/// process.
#[cfg(unix)]
fn parent_in_proc() -> Option<u32> {
    let own = std::fs::read_link("/proc/self").ok()?;
    let number = if own.as_os_str() == std::process::id().to_string().as_str() {
        u32::try_from(rustix::process::getppid()?.as_raw_nonzero().get()).ok()?
    } else {
        Stat::read("self")?.parent
    };
    (number != 0).then_some(number)
}

/// Fields of `/proc/PID/stat` (proc_pid_stat(5)).
#[cfg(unix)]
struct Stat {
    /// Field 4: the parent's id.
    parent: u32,
    /// Field 22: the start time in clock ticks since boot.
    started: u64,
    /// Field 28: the bottom of the stack, or 0 if it is hidden.
    stack: u64,
}

#[cfg(unix)]
impl Stat {
    fn read(process: &str) -> Option<Self> {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
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
