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

/// The number of the process that called this one, where it can be seen.
#[cfg(unix)]
#[must_use]
pub fn parent() -> Option<u32> {
    u32::try_from(rustix::process::getppid()?.as_raw_nonzero().get()).ok()
}
