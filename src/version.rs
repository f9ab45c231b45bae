//! What this build is, as `keyfob version` states it.

/// The version, the commit that the build was told, and the target. Programs that parse it read
/// the first two words.
pub const VERSION: &str = concat!(
    "keyfob ",
    env!("CARGO_PKG_VERSION"),
    " (",
    env!("COMMIT_AND_TARGET"),
    ")"
);
