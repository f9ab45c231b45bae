//! Metadata services of clouds on their real addresses, in a network namespace of their own: a
//! program in it sees them as a virtual machine does (see `metadata.py`).

use std::ffi::OsStr;
use std::process::Command;

use serde_json::Value;

use super::home::keyfob_binary;
use super::tools::need_root;
use super::{Home, need};

/// Whether such a network can be made here.
pub fn need_network() -> bool {
    need(&["unshare", "python3"]) && need_root()
}

/// keyfob with these arguments where these addresses are metadata services that play
/// `conversations`.
pub fn keyfob_at<I: IntoIterator<Item: AsRef<OsStr>>>(
    home: &Home,
    addresses: &str,
    conversations: &Value,
    arguments: I,
) -> Command {
    let conversations = home.write("metadata.json", conversations.to_string());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/metadata.py");
    let mut command = home.command("unshare");
    command
        .args(["--net", "python3", script])
        .arg(conversations)
        .arg(home.path("metadata.log"))
        .args([addresses, keyfob_binary()])
        .args(arguments);
    command
}

/// The requests that the services have seen: method, target and body.
pub fn seen(home: &Home) -> Vec<[String; 3]> {
    let log = std::fs::read_to_string(home.path("metadata.log")).unwrap_or_default();
    log.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}
