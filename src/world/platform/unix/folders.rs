//! Folders of Unix systems.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
mod other;

#[cfg(target_os = "linux")]
pub use linux::{GIT_SYSTEM, LAYOUT};
#[cfg(target_os = "macos")]
pub use macos::{GIT_SYSTEM, LAYOUT};
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
pub use other::{GIT_SYSTEM, LAYOUT};
