//! Folders of macOS.

use crate::world::platform::layout::{self, Layout};

/// The folders of this platform.
pub const LAYOUT: Layout = layout::MACOS;

/// The file of `git config --system`, if every git of this platform has the same. Apple's git has
/// it in the tools of Xcode, of which there may be several, and Homebrew's in its own folder.
pub const GIT_SYSTEM: Option<&str> = None;
