//! The packages of one release, made once for the tests that install them: of the program that is
//! released here, and of stand-ins for other systems, which are files that nobody can run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use crate::house::root;
use crate::support::{need, run_within};

/// The moment that all files are of: 2026-11-21T23:43:17Z.
pub const EPOCH: &str = "1795304597";

/// Systems whose programs are stand-ins.
pub const OTHERS: [&str; 4] = [
    "aarch64-apple-darwin",
    "aarch64-unknown-linux-gnu",
    "x86_64-apple-darwin",
    "x86_64-pc-windows-gnu",
];

const BUT_THE_IMAGE: [&str; 7] = [
    "sbom",
    "archive",
    "deb",
    "rpm",
    "wheels",
    "npm",
    "manifests",
];

/// The folder of packages; `None`, and said so, where no program was released.
pub fn packages() -> Option<&'static Path> {
    static MADE: OnceLock<Option<PathBuf>> = OnceLock::new();
    MADE.get_or_init(|| make("packages", "022")).as_deref()
}

/// The same, made in a folder of this name under this umask.
pub fn make(name: &str, umask: &str) -> Option<PathBuf> {
    let variable = "KEYFOB_RELEASE (set by tests/run)";
    let Some(release) = std::env::var_os("KEYFOB_RELEASE") else {
        need(&[variable]);
        return None;
    };
    if !need(&["python3", "dpkg-deb", "rpmbuild", "buildah"]) {
        return None;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let host = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let script = format!("umask {umask}; exec \"$0\" \"$@\"");
    let mut command = Command::new("sh");
    command
        .args(["-c", &script])
        .arg(root().join(".ci/package"));
    command.arg(folder.join("out"));
    let released = format!("--program={host}={}", Path::new(&release).display());
    command.arg(released).env("SOURCE_DATE_EPOCH", EPOCH);
    for (variable, name) in [("HOME", "HOME"), ("TMPDIR", "with a blank")] {
        let own = folder.join(name);
        fs::create_dir(&own).unwrap();
        command.env(variable, own);
    }
    keep_toolchain(&mut command);
    for target in OTHERS.iter().filter(|target| **target != host) {
        let program = folder.join(target);
        fs::write(&program, format!("a stand-in for {target}\n")).unwrap();
        command.arg(format!("--program={target}={}", program.display()));
    }
    // buildah needs more for others than for root.
    if !rustix::process::geteuid().is_root() {
        command.args(BUT_THE_IMAGE.map(|part| format!("--only={part}")));
    }
    let output = run_within(&mut command, "", Duration::from_secs(300));
    assert_eq!(output.status, 0, "{}", output.stderr);
    Some(folder.join("out"))
}

/// Lets a command with another HOME find this machine's crates and compiler.
pub fn keep_toolchain(command: &mut Command) {
    for (variable, folder) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
        let home = PathBuf::from(std::env::var_os("HOME").unwrap_or_default());
        let place = std::env::var_os(variable).map_or_else(|| home.join(folder), PathBuf::from);
        command.env(variable, place);
    }
}

/// The files below a folder whose paths end so, relative to it.
pub fn files(folder: &Path, ending: &str) -> Vec<String> {
    let files = crate::house::files_below(folder).into_iter();
    let mut names: Vec<String> = files
        .map(|path| {
            let path = path.strip_prefix(folder).unwrap();
            path.to_str().unwrap().to_owned()
        })
        .filter(|name| name.ends_with(ending))
        .collect();
    names.sort();
    names
}

/// The released program's version.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
