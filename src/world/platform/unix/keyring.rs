//! The keyring of Unix systems: the Keychain on macOS, elsewhere a program on the session bus.

#[cfg(not(target_os = "macos"))]
mod desktop;
#[cfg(target_os = "linux")]
mod kernel;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(not(target_os = "linux"))]
mod no_kernel;
#[cfg(not(target_os = "macos"))]
mod secret_service;

#[cfg(not(target_os = "macos"))]
pub use desktop::{NAME, NEEDS_SESSION_BUS, SHOWS_DIALOGS, WORD, keeps_deadline, meaning, open};
#[cfg(target_os = "linux")]
pub use kernel::{HAS_KERNEL_KEYRING, open_kernel};
#[cfg(target_os = "macos")]
pub use macos::{NAME, NEEDS_SESSION_BUS, SHOWS_DIALOGS, WORD, keeps_deadline, meaning, open};
#[cfg(not(target_os = "linux"))]
pub use no_kernel::{HAS_KERNEL_KEYRING, open_kernel};

use std::collections::HashMap;

/// Modifiers for a new entry whose defaults in the store do not fit.
pub fn modifiers() -> Option<HashMap<&'static str, &'static str>> {
    None
}
