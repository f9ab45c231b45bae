//! Folders of FreeBSD and other Unix systems.

use crate::world::platform::layout::{self, Layout};

/// The folders of this platform.
pub const LAYOUT: Layout = layout::XDG;

/// The file of `git config --system`, if every git of this platform has the same. It depends on the
/// folder into which packages are installed.
pub const GIT_SYSTEM: Option<&str> = None;
