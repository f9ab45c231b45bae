//! The arguments of `keyfob providers`.

use argh::FromArgs;

/// list the presets, or show what one takes and expands to
#[derive(FromArgs)]
#[argh(subcommand, name = "providers", help_triggers("-h", "--help"))]
pub struct ProvidersWords {
    /// a preset's name
    #[argh(positional)]
    pub name: Option<String>,
}
