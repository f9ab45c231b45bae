//! The arguments of `keyfob revoke`.

use argh::FromArgs;

/// revoke the cached token at the provider, then forget it
#[derive(FromArgs)]
#[argh(subcommand, name = "revoke", help_triggers("-h", "--help"))]
pub struct RevokeWords {
    /// the spec
    #[argh(option)]
    pub spec: Option<String>,
}
