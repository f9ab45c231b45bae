//! The options and arguments of the commands that people type, as argh parses them, one file for
//! each command. The doc comments are the help texts.

pub mod add;
pub mod check;
pub mod completions;
pub mod doctor;
pub mod explain;
pub mod forget;
pub mod providers;
pub mod revoke;
pub mod run;
pub mod schema;
pub mod secret;
pub mod setup;
pub mod status;
pub mod token;
pub mod version;

use argh::FromArgs;

/// turns a provider spec into a short-lived token, in the language of the tool that asks
#[derive(FromArgs)]
#[argh(help_triggers("-h", "--help"))]
pub struct Top {
    #[argh(subcommand)]
    pub command: Typed,
}

/// One variant for each command, on a line of its own.
#[derive(FromArgs)]
#[argh(subcommand)]
pub enum Typed {
    Add(add::AddWords),
    Token(token::TokenWords),
    Run(run::RunWords),
    Check(check::CheckWords),
    Revoke(revoke::RevokeWords),
    Status(status::StatusWords),
    Forget(forget::ForgetWords),
    Secret(secret::SecretWords),
    Setup(setup::SetupWords),
    Doctor(doctor::DoctorWords),
    Explain(explain::ExplainWords),
    Providers(providers::ProvidersWords),
    Schema(schema::SchemaWords),
    Completions(completions::CompletionsWords),
    Version(version::VersionWords),
}
