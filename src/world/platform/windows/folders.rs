//! Folders of Windows.

use crate::world::platform::layout::{self, Layout};

/// The folders of this platform.
pub const LAYOUT: Layout = layout::WINDOWS;

/// The file of `git config --system`, if every git of this platform has the same. Git for Windows
/// has it in its own folder.
pub const GIT_SYSTEM: Option<&str> = None;
