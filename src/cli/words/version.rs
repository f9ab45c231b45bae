//! The arguments of `keyfob version`.

use argh::FromArgs;

/// show the version
#[derive(FromArgs)]
#[argh(subcommand, name = "version", help_triggers("-h", "--help"))]
pub struct VersionWords {}
