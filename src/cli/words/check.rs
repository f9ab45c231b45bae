//! The arguments of `keyfob check`.

use argh::FromArgs;

/// ask the provider about the account or token behind a spec: exit status 0 usable, 1 not
#[derive(FromArgs)]
#[argh(subcommand, name = "check", help_triggers("-h", "--help"))]
pub struct CheckWords {
    /// the spec
    #[argh(option)]
    pub spec: Option<String>,
    /// text (default) or json
    #[argh(option, default = "String::from(\"text\")")]
    pub format: String,
    /// an expiry within this time (14d, 36h, 90m) counts as not usable; where the provider tells no
    /// other expiry, it is that of a token that is issued for this check
    #[argh(option)]
    pub warn_within: Option<String>,
}
