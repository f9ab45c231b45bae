//! The arguments of `keyfob completions`.

use argh::FromArgs;

/// print a script that completes keyfob's words in a shell
#[derive(FromArgs)]
#[argh(subcommand, name = "completions", help_triggers("-h", "--help"))]
pub struct CompletionsWords {
    /// bash, zsh, fish or powershell
    #[argh(positional)]
    pub shell: String,
}
