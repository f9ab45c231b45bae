//! Core dumps of this process.
//!
//! No core dump is written. On Linux, other programs of the same user can neither debug the process
//! nor read `/proc/PID/mem`.
//!
//! On Linux this is `PR_SET_DUMPABLE` of prctl(2), which core(5) and ptrace(2) obey even if
//! `kernel.core_pattern` is a program. On other Unix systems it is `RLIMIT_CORE` of setrlimit(2). A
//! program that replaces this process is not affected: exec resets the first, and the second is
//! restored before.

#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod other;

#[cfg(any(target_os = "linux", target_os = "android"))]
pub use linux::{keep_private, restore_core_dumps};
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub use other::{keep_private, restore_core_dumps};
