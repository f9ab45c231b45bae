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

/// The folder of the machine's own specs and of its policy.
#[must_use]
pub fn machine() -> &'static str {
    "/etc/keyfob"
}

/// The policy. It counts in the machine's folder alone.
#[must_use]
pub fn policy() -> &'static str {
    "/etc/keyfob/policy.json"
}

/// Whether ordinary users can make the machine's folder before an administrator does.
#[must_use]
pub fn users_make_machine() -> bool {
    false
}
