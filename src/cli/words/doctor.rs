//! The arguments of `keyfob doctor`.

use argh::FromArgs;

/// check whether keyfob can work here, and show failures that tools did not show: exit status 1 if
/// something will fail
#[derive(FromArgs)]
#[argh(subcommand, name = "doctor", help_triggers("-h", "--help"))]
pub struct DoctorWords {
    /// also send one request without credentials to each token endpoint
    #[argh(switch)]
    pub(crate) online: bool,
    /// text (default) or json
    #[argh(option, default = "String::from(\"text\")")]
    pub(crate) format: String,
}
