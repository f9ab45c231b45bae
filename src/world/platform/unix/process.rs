//! Core dumps of this process.
//!
//! No core dump is written. On Linux and FreeBSD, other programs of the same user can neither debug
//! the process nor read its memory.
//!
//! On Linux this is `PR_SET_DUMPABLE` of prctl(2), which core(5) and ptrace(2) obey even if
//! `kernel.core_pattern` is a program. On FreeBSD it is `PROC_TRACE_CTL` of procctl(2), and on
//! other Unix systems `RLIMIT_CORE` of setrlimit(2). A program that replaces this process is not
//! affected: exec resets the first two, and the last is restored before.

#[cfg(target_os = "freebsd")]
mod freebsd;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux;
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
mod other;

#[cfg(target_os = "freebsd")]
pub use freebsd::{keep_private, restore_core_dumps};
#[cfg(any(target_os = "linux", target_os = "android"))]
pub use linux::{keep_private, restore_core_dumps};
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
pub use other::{keep_private, restore_core_dumps};
