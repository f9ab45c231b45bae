//! The arguments of `keyfob forget`.

use argh::FromArgs;

/// drop cached tokens, and the times until which no provider is asked
#[derive(FromArgs)]
#[argh(subcommand, name = "forget", help_triggers("-h", "--help"))]
pub struct ForgetWords {
    /// only the tokens of this spec
    #[argh(option)]
    pub spec: Option<String>,
    /// the tokens of every spec
    #[argh(switch)]
    pub all: bool,
}
