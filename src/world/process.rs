//! What others may see of this process: no core dump, and on Linux no debugger and no `/proc/PID/mem` for other programs of the same user.
//!
//! Ruled by prctl(2), `PR_SET_DUMPABLE`, which core(5) and ptrace(2) obey also where `kernel.core_pattern` is a program; elsewhere on Unix by
//! setrlimit(2), `RLIMIT_CORE`. Never holds for a program that takes over: exec sets the one anew, and the other is put back first.

#[cfg(any(target_os = "linux", target_os = "android"))]
mod system {
    /// One system call. Where it fails, as under an odd seccomp filter, the process goes on as it is.
    pub(super) fn keep_private() {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }

    pub(super) fn as_before() {}
}

#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
mod system {
    use std::sync::OnceLock;

    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    static BEFORE: OnceLock<Rlimit> = OnceLock::new();

    pub(super) fn keep_private() {
        let before = BEFORE.get_or_init(|| getrlimit(Resource::Core));
        // The lower limit alone: it can be raised again.
        let none = Rlimit {
            current: Some(0),
            ..*before
        };
        let _ = setrlimit(Resource::Core, none);
    }

    pub(super) fn as_before() {
        if let Some(before) = BEFORE.get() {
            let _ = setrlimit(Resource::Core, *before);
        }
    }
}

#[cfg(not(unix))]
mod system {
    pub(super) fn keep_private() {}

    pub(super) fn as_before() {}
}

/// From here on this process leaves no core dump. Called once, before anything secret is read.
pub fn keep_private() {
    system::keep_private();
}

/// What a command that takes over, or runs beside this process, would inherit, as it was.
pub(super) fn as_before() {
    system::as_before();
}

/// The program that called this one.
pub trait ParentProcess {
    /// That program asking for one thing, which `asker` is a fingerprint of: where it can be told from
    /// every other that runs or ran.
    fn caller(&self, asker: u64) -> Option<u64>;

    /// Whether it may run this one again after a failure or a rejected token, as client-go does.
    fn caller_retries(&self) -> bool;

    /// [`caller`](Self::caller), only where it may run this one again.
    fn retrying_caller(&self, asker: u64) -> Option<u64> {
        self.caller(asker).filter(|_| self.caller_retries())
    }
}

/// The program that called this one.
#[cfg(unix)]
#[derive(Debug)]
pub struct Parent {
    number: u32,
    /// One running program: its process, and which `exec` it is the result of.
    identity: u64,
}

#[cfg(unix)]
impl Parent {
    /// The program that called this one, where `/proc` shows it (proc(5)).
    ///
    /// A process id alone identifies nothing: ids are used again, two containers have a process 1 each,
    /// and a process that calls `exec` becomes another program under the same id. So the identity is the
    /// namespace, the id, the start time in clock ticks, the executable file and the address of the
    /// stack, which the kernel chooses anew for each `exec`.
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

    /// The identity of this program asking for one thing, which `asker` is a fingerprint of.
    #[must_use]
    pub fn asking(&self, asker: u64) -> u64 {
        use std::hash::{DefaultHasher, Hash as _, Hasher as _};
        let mut identity = DefaultHasher::new();
        (self.identity, asker).hash(&mut identity);
        identity.finish()
    }

    /// Whether it was built by Go: such programs carry their build id in an ELF note of the owner `Go`, at
    /// the file's beginning (cmd/link, `.note.go.buildid`). Of the implementations of the exec plugin
    /// protocol only client-go, which is Go, asks again after a 401.
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

/// The program that called this one cannot be seen here.
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

/// The parent's id as `/proc` counts. It may show another namespace than the one that this process is in.
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

/// What `/proc/PID/stat` says of a process (proc_pid_stat(5)).
#[cfg(unix)]
struct Stat {
    /// Field 4.
    parent: u32,
    /// Field 22: clock ticks since boot.
    started: u64,
    /// Field 28: the bottom of the stack; 0 where it is not shown.
    stack: u64,
}

#[cfg(unix)]
impl Stat {
    fn read(process: &str) -> Option<Self> {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        // The name, in brackets, may hold blanks and brackets. What follows begins with field 3.
        let (_, behind) = stat.rsplit_once(')')?;
        let mut fields = behind.split_ascii_whitespace();
        Some(Self {
            parent: fields.nth(1)?.parse().ok()?,
            started: fields.nth(17)?.parse().ok()?,
            stack: fields.nth(5)?.parse().ok()?,
        })
    }
}
