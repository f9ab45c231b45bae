//! The options and arguments of the commands that people type, as argh parses them. The doc
//! comments are the help texts.

use argh::FromArgs;

/// turns a provider spec into a short-lived token, in the language of the tool that asks
#[derive(FromArgs)]
#[argh(help_triggers("-h", "--help"))]
pub(super) struct Top {
    #[argh(subcommand)]
    pub(super) command: Typed,
}

#[derive(FromArgs)]
#[argh(subcommand)]
pub(super) enum Typed {
    Token(TokenWords),
    Run(RunWords),
    Check(CheckWords),
    Revoke(RevokeWords),
    Status(StatusWords),
    Forget(ForgetWords),
    Secret(SecretWords),
    Doctor(DoctorWords),
    Providers(ProvidersWords),
}

/// check whether keyfob can work here, and show failures that tools did not show: exit status 1 if
/// a check fails
#[derive(FromArgs)]
#[argh(subcommand, name = "doctor", help_triggers("-h", "--help"))]
pub(super) struct DoctorWords {}

/// print a token, for scripts and CI
#[derive(FromArgs)]
#[argh(subcommand, name = "token", help_triggers("-h", "--help"))]
pub(super) struct TokenWords {
    /// the spec: inline JSON, -, a file, or a name; else KEYFOB_SPEC, else standard input
    #[argh(option)]
    pub(super) spec: Option<String>,
    /// json (default), token, header, header-value, headers-json, env, export, dotenv, netrc, curl,
    /// github, gitlab, masks
    #[argh(option, default = "String::from(\"json\")")]
    pub(super) format: String,
    /// name of the variable for env, export, dotenv, github and gitlab (default KEYFOB_TOKEN)
    #[argh(option)]
    pub(super) env: Option<String>,
    /// for github: a variable of later steps (env, default), an output of this step (output), or
    /// both
    #[argh(option)]
    pub(super) to: Option<String>,
    /// for gitlab: write the report although its token is not masked
    #[argh(switch)]
    pub(super) unmasked: bool,
}

/// run a command with the token in its environment: keyfob run --spec SPEC -- CMD …
#[derive(FromArgs)]
#[argh(subcommand, name = "run", help_triggers("-h", "--help"))]
pub(super) struct RunWords {
    /// the spec
    #[argh(option)]
    pub(super) spec: Option<String>,
    /// name of the variable (default KEYFOB_TOKEN)
    #[argh(option)]
    pub(super) env: Option<String>,
    /// revoke the token when the command has ended
    #[argh(switch)]
    pub(super) revoke: bool,
}

/// ask the provider about the account or token behind a spec: exit status 0 usable, 1 not
#[derive(FromArgs)]
#[argh(subcommand, name = "check", help_triggers("-h", "--help"))]
pub(super) struct CheckWords {
    /// the spec
    #[argh(option)]
    pub(super) spec: Option<String>,
    /// text (default) or json
    #[argh(option, default = "String::from(\"text\")")]
    pub(super) format: String,
    /// an expiry within this time (14d, 36h, 90m) counts as not usable
    #[argh(option)]
    pub(super) warn_within: Option<String>,
}

/// revoke the cached token at the provider, then forget it
#[derive(FromArgs)]
#[argh(subcommand, name = "revoke", help_triggers("-h", "--help"))]
pub(super) struct RevokeWords {
    /// the spec
    #[argh(option)]
    pub(super) spec: Option<String>,
}

/// list the cached tokens, never the tokens themselves
#[derive(FromArgs)]
#[argh(subcommand, name = "status", help_triggers("-h", "--help"))]
pub(super) struct StatusWords {
    /// text (default) or json
    #[argh(option, default = "String::from(\"text\")")]
    pub(super) format: String,
}

/// drop cached tokens and cool-downs
#[derive(FromArgs)]
#[argh(subcommand, name = "forget", help_triggers("-h", "--help"))]
pub(super) struct ForgetWords {
    /// only the tokens of this spec
    #[argh(option)]
    pub(super) spec: Option<String>,
    /// the tokens of every spec
    #[argh(switch)]
    pub(super) all: bool,
}

/// secrets in the OS keyring
#[derive(FromArgs)]
#[argh(subcommand, name = "secret", help_triggers("-h", "--help"))]
pub(super) struct SecretWords {
    /// kernel or secret-service, instead of the platform's own keyring
    #[argh(option)]
    pub(super) store: Option<String>,
    #[argh(subcommand)]
    pub(super) action: ActionWords,
}

#[derive(FromArgs)]
#[argh(subcommand)]
pub(super) enum ActionWords {
    Set(SetWords),
    Remove(RemoveWords),
    List(ListWords),
    Show(ShowWords),
}

/// store a secret: standard input, or a line typed without echo
#[derive(FromArgs)]
#[argh(subcommand, name = "set", help_triggers("-h", "--help"))]
pub(super) struct SetWords {
    /// kernel or secret-service, instead of the platform's own keyring
    #[argh(option)]
    pub(super) store: Option<String>,
    /// the secret's name
    #[argh(positional)]
    pub(super) name: String,
}

/// remove a secret
#[derive(FromArgs)]
#[argh(subcommand, name = "remove", help_triggers("-h", "--help"))]
pub(super) struct RemoveWords {
    /// kernel or secret-service, instead of the platform's own keyring
    #[argh(option)]
    pub(super) store: Option<String>,
    /// the secret's name
    #[argh(positional)]
    pub(super) name: String,
}

/// list the names of the secrets
#[derive(FromArgs)]
#[argh(subcommand, name = "list", help_triggers("-h", "--help"))]
pub(super) struct ListWords {
    /// kernel or secret-service, instead of the platform's own keyring
    #[argh(option)]
    pub(super) store: Option<String>,
}

/// show where a secret is stored and how long it is, never the secret
#[derive(FromArgs)]
#[argh(subcommand, name = "show", help_triggers("-h", "--help"))]
pub(super) struct ShowWords {
    /// kernel or secret-service, instead of the platform's own keyring
    #[argh(option)]
    pub(super) store: Option<String>,
    /// the secret's name
    #[argh(positional)]
    pub(super) name: String,
}

/// list the presets, or show what one takes and expands to
#[derive(FromArgs)]
#[argh(subcommand, name = "providers", help_triggers("-h", "--help"))]
pub(super) struct ProvidersWords {
    /// a preset's name
    #[argh(positional)]
    pub(super) name: Option<String>,
}
