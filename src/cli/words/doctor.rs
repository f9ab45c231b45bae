//! The arguments of `keyfob doctor`.

use argh::FromArgs;

/// check whether keyfob can work here, and show failures that tools did not show: exit status 1 if
/// a check fails
#[derive(FromArgs)]
#[argh(subcommand, name = "doctor", help_triggers("-h", "--help"))]
pub struct DoctorWords {}
