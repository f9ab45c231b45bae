//! The arguments of `keyfob run`.

use argh::FromArgs;

/// run a command with the token in its environment
#[derive(FromArgs)]
#[argh(subcommand, name = "run", help_triggers("-h", "--help"))]
pub struct RunWords {
    /// the spec
    #[argh(option)]
    pub spec: Option<String>,
    /// name of the variable (default KEYFOB_TOKEN)
    #[argh(option)]
    pub env: Option<String>,
    /// revoke the token when the command has ended
    #[argh(switch)]
    pub revoke: bool,
}
