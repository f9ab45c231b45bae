//! The arguments of `keyfob add`.

use argh::FromArgs;

/// write a spec, ask for what is missing, and check it: keyfob add NAME --provider PROVIDER
/// [MEMBER=VALUE …]
#[derive(FromArgs)]
#[argh(subcommand, name = "add", help_triggers("-h", "--help"))]
pub struct AddWords {
    /// the preset or grant; `keyfob providers` lists them
    #[argh(option)]
    pub provider: Option<String>,
    /// a host or URL that may be given the token; may be repeated
    #[argh(option)]
    pub target: Vec<String>,
    /// a caller that may ask for the token (default: all); may be repeated
    #[argh(option)]
    pub caller: Vec<String>,
    /// kernel or secret-service, instead of the platform's own keyring
    #[argh(option)]
    pub store: Option<String>,
    /// replace a spec or a secret of the same name, and write without asking
    #[argh(switch, short = 'y')]
    pub yes: bool,
    /// do not ask the provider whether the spec works
    #[argh(switch)]
    pub no_check: bool,
    /// the spec's name
    #[argh(positional)]
    pub name: String,
    /// a member of the spec; a secret names its place: MEMBER=env:VAR, file:PATH, keyring:NAME,
    /// spec:NAME, or - for standard input
    #[argh(positional, arg_name = "MEMBER=VALUE")]
    pub members: Vec<String>,
}
