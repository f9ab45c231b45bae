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
    Rename(RenameWords),
    Copy(CopyWords),
}

/// store a secret: standard input, or a line typed without echo
#[derive(FromArgs)]
#[argh(subcommand, name = "set", help_triggers("-h", "--help"))]
pub struct SetWords {
    /// kernel or secret-service, instead of the platform's own keyring
    #[argh(option)]
    pub store: Option<String>,
    /// replace a secret without asking
    #[argh(switch, short = 'y')]
    pub yes: bool,
    /// the secret's name
    #[argh(positional)]
    pub name: String,
}

/// remove a secret (rm)
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

/// list the names of the secrets (ls)
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

/// rename a secret (mv)
#[derive(FromArgs)]
#[argh(subcommand, name = "rename", help_triggers("-h", "--help"))]
pub struct RenameWords {
    /// kernel or secret-service, instead of the platform's own keyring
    #[argh(option)]
    pub store: Option<String>,
    /// replace a secret that has the new name
    #[argh(switch, short = 'y')]
    pub yes: bool,
    /// the secret's name
    #[argh(positional)]
    pub name: String,
    /// its new name
    #[argh(positional)]
    pub new_name: String,
}

/// copy a secret to another name or to another keyring (cp)
#[derive(FromArgs)]
#[argh(subcommand, name = "copy", help_triggers("-h", "--help"))]
pub struct CopyWords {
    /// kernel or secret-service, instead of the platform's own keyring
    #[argh(option)]
    pub store: Option<String>,
    /// the keyring of the copy: kernel or secret-service (default: the same)
    #[argh(option)]
    pub to: Option<String>,
    /// replace a secret that has the name of the copy
    #[argh(switch, short = 'y')]
    pub yes: bool,
    /// the secret's name
    #[argh(positional)]
    pub name: String,
    /// the name of the copy (default: the same)
    #[argh(positional)]
    pub new_name: Option<String>,
}
