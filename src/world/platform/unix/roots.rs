//! The system's trusted roots: a certificate store, or a bundle of PEM certificates.

#[cfg(target_os = "macos")]
mod macos;
#[cfg(not(target_os = "macos"))]
mod other;

#[cfg(target_os = "macos")]
pub use macos::{BUNDLES, store};
#[cfg(not(target_os = "macos"))]
pub use other::{BUNDLES, store};
