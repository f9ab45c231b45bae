//! Folders of Linux.

use crate::world::platform::layout::{self, Layout};

/// The folders of this platform.
pub const LAYOUT: Layout = layout::XDG;

/// The file of `git config --system`, if every git of this platform has the same.
pub const GIT_SYSTEM: Option<&str> = Some("/etc/gitconfig");
