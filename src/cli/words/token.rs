//! The arguments of `keyfob token`.

use argh::FromArgs;

/// print a token, for scripts and CI
#[derive(FromArgs)]
#[argh(subcommand, name = "token", help_triggers("-h", "--help"))]
pub struct TokenWords {
    /// the spec: inline JSON, -, a file, or a name; else KEYFOB_SPEC, else standard input
    #[argh(option)]
    pub spec: Option<String>,
    /// json (default), token, header, header-value, headers-json, env, export, dotenv, netrc, curl,
    /// github, gitlab, masks
    #[argh(option, default = "String::from(\"json\")")]
    pub format: String,
    /// name of the variable for env, export, dotenv, github and gitlab (default KEYFOB_TOKEN)
    #[argh(option)]
    pub env: Option<String>,
    /// for github: a variable of later steps (env, default), an output of this step (output), or
    /// both
    #[argh(option)]
    pub to: Option<String>,
    /// for gitlab: write the report although its token is not masked
    #[argh(switch)]
    pub unmasked: bool,
}
