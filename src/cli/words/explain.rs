//! The arguments of `keyfob explain`.

use argh::FromArgs;

/// say what would happen for a target or with a spec, and why: offline, without opening a keyring
/// or running a program; exit status 0 if a credential would be tried, 1 if not
#[derive(FromArgs)]
#[argh(subcommand, name = "explain", help_triggers("-h", "--help"))]
pub struct ExplainWords {
    /// the spec; else the one that lists the target
    #[argh(option)]
    pub spec: Option<String>,
    /// text (default) or json
    #[argh(option, default = "String::from(\"text\")")]
    pub format: String,
    /// the caller (git, docker, kubectl …), and the target as its tool spells it: a URL, a
    /// registry, a host
    #[argh(positional, arg_name = "caller target")]
    pub words: Vec<String>,
}
