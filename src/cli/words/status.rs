//! The arguments of `keyfob status`.

use argh::FromArgs;

/// list every spec and its tokens, never the tokens themselves
#[derive(FromArgs)]
#[argh(subcommand, name = "status", help_triggers("-h", "--help"))]
pub struct StatusWords {
    /// text (default) or json
    #[argh(option, default = "String::from(\"text\")")]
    pub format: String,
}
