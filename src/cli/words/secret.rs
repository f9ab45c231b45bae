//! The arguments of `keyfob secret`.

use argh::FromArgs;

/// secrets in the OS keyring
#[derive(FromArgs)]
#[argh(subcommand, name = "secret", help_triggers("-h", "--help"))]
pub struct SecretWords {
    /// kernel or secret-service, instead of the platform's own keyring
    #[argh(option)]
    pub store: Option<String>,
    #[argh(subcommand)]
    pub action: ActionWords,
}

#[derive(FromArgs)]
#[argh(subcommand)]
pub enum ActionWords {
    Set(SetWords),
    Remove(RemoveWords),
    List(ListWords),
    Show(ShowWords),
}

/// store a secret: standard input, or a line typed without echo
#[derive(FromArgs)]
#[argh(subcommand, name = "set", help_triggers("-h", "--help"))]
pub struct SetWords {
    /// kernel or secret-service, instead of the platform's own keyring
    #[argh(option)]
    pub store: Option<String>,
    /// the secret's name
    #[argh(positional)]
    pub name: String,
}

/// remove a secret
#[derive(FromArgs)]
#[argh(subcommand, name = "remove", help_triggers("-h", "--help"))]
pub struct RemoveWords {
    /// kernel or secret-service, instead of the platform's own keyring
    #[argh(option)]
    pub store: Option<String>,
    /// the secret's name
    #[argh(positional)]
    pub name: String,
}

/// list the names of the secrets
#[derive(FromArgs)]
#[argh(subcommand, name = "list", help_triggers("-h", "--help"))]
pub struct ListWords {
    /// kernel or secret-service, instead of the platform's own keyring
    #[argh(option)]
    pub store: Option<String>,
}

/// show where a secret is stored and how long it is, never the secret
#[derive(FromArgs)]
#[argh(subcommand, name = "show", help_triggers("-h", "--help"))]
pub struct ShowWords {
    /// kernel or secret-service, instead of the platform's own keyring
    #[argh(option)]
    pub store: Option<String>,
    /// the secret's name
    #[argh(positional)]
    pub name: String,
}
