//! An `/etc/keyfob` of the test's own, in a mount namespace: keyfob in it sees the specs and the
//! policy of an administrator. The rest of `/etc` is as it was.

use std::process::Command;

use super::home::keyfob_binary;
use super::tools::{need_root, skip};
use super::{Home, need, run};

/// Covers `/etc` by a folder of links to what is in it, and a copy of `$1/keyfob`.
const SCRIPT: &str = r#"set -e
mkdir -p "$1/old" "$1/new"
mount --bind /etc "$1/old"
mount -t tmpfs -o mode=755 tmpfs "$1/new"
for file in "$1"/old/*; do ln -s "$file" "$1/new/"; done
rm -rf "$1/new/keyfob"
if [ -e "$1/keyfob" ] || [ -L "$1/keyfob" ]; then cp -a "$1/keyfob" "$1/new/keyfob"; fi
mount --bind "$1/new" /etc
shift
exec "$@""#;

/// Whether such a namespace can be made here.
pub fn need_etc() -> bool {
    if !need(&["unshare", "mount"]) || !need_root() {
        return false;
    }
    let home = Home::new();
    let allowed = run(command(&home).arg("true"), "").status == 0;
    if !allowed {
        skip("a mount namespace");
    }
    allowed
}

fn command(home: &Home) -> Command {
    let mut command = home.command("unshare");
    command.args(["--mount", "sh", "-c", SCRIPT, "sh"]);
    command.arg(home.path("etc"));
    command
}

/// A program where `/etc/keyfob` is a copy of `etc/keyfob` of this home.
pub fn program_with_etc(home: &Home, program: &str) -> Command {
    let mut command = command(home);
    command.arg(program);
    command
}

/// keyfob with these arguments in the same place.
pub fn keyfob_with_etc(home: &Home, arguments: &[&str]) -> Command {
    let mut command = program_with_etc(home, keyfob_binary());
    command.args(arguments);
    command
}

/// keyfob with these arguments in the same place, for a user without a home who is not root. The
/// program lies in the covered `/etc`, where that user finds it.
pub fn nobodys_keyfob_with_etc(home: &Home, arguments: &[&str]) -> Command {
    let mut command = program_with_etc(home, "sh");
    let script = "cp \"$0\" /etc/keyfob-program && exec setpriv --reuid 65534 --clear-groups \
                  /etc/keyfob-program \"$@\"";
    command
        .args(["-c", script, keyfob_binary()])
        .args(arguments);
    for variable in [
        "HOME",
        "KEYFOB_CONFIG_DIR",
        "KEYFOB_CACHE_DIR",
        "XDG_RUNTIME_DIR",
    ] {
        command.env_remove(variable);
    }
    command
}

/// Writes a file of `/etc/keyfob`, readable by all.
pub fn write_etc(home: &Home, name: &str, content: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    let path = home.write(&format!("etc/keyfob/{name}"), content);
    let set = |path: &std::path::Path, mode| {
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(path, mode).unwrap();
    };
    set(&path, 0o644);
    set(path.parent().unwrap(), 0o755);
    set(&home.path("etc/keyfob"), 0o755);
}
