//! `PROC_TRACE_CTL` of procctl(2).

use rustix::process::{DumpableBehavior, set_dumpable_behavior};

/// Disables core dumps of this process, and debugging, by one system call. If it fails, the process
/// goes on without the protection.
pub fn keep_private() {
    let _ = set_dumpable_behavior(None, DumpableBehavior::NotDumpable);
}

/// Restores what a program would inherit. There is nothing: exec resets the attribute.
pub fn restore_core_dumps() {}
