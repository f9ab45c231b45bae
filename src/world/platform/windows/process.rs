//! Core dumps of this process: Windows writes none unless an administrator asked for them
//! (`LocalDumps` of Windows Error Reporting).

pub(super) mod list;

/// Does nothing.
pub fn keep_private() {}

/// Does nothing.
pub fn restore_core_dumps() {}
