//! The tools that call keyfob: where each keeps its configuration, and which helpers are configured
//! there. `keyfob setup` writes these files, and `keyfob doctor` reads them. Nothing here writes.

pub mod called;
mod files;
pub mod git_config;
mod helpers;
pub mod kuberc;
pub mod redact;

pub use crate::find::home;
pub use files::{config_home, expand_home, files, json, kuberc};
pub use helpers::{Helper, helpers, helpers_in, spec_in};

/// The tools whose configuration can name keyfob.
pub const TOOLS: &str =
    "kubectl git docker podman cargo terraform go pnpm bazel vault aws google askpass";
