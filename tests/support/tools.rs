//! Finds the programs that tests drive: what `tests/setup` put into the tool folder first, then the machine's own.
//!
//! Never runs one. A program that is missing skips the test by name, and fails it where `CI=true` promises that all are there.

use std::env;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::home::keyfob_binary;

/// The folder that `tests/setup` fills: `$KEYFOB_TEST_TOOLS`, else `keyfob-test-tools` among the user's caches.
pub fn tool_folder() -> PathBuf {
    let variable = |name| {
        env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    variable("KEYFOB_TEST_TOOLS").unwrap_or_else(|| {
        variable("XDG_CACHE_HOME")
            .or_else(|| variable("HOME").map(|home| home.join(".cache")))
            .unwrap_or_else(env::temp_dir)
            .join("keyfob-test-tools")
    })
}

/// The folders of the machine's programs. Servers live in `sbin`, which a user's PATH may lack.
pub fn search_path() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> =
        env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect();
    for folder in ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin"] {
        if !folders.iter().any(|known| known == Path::new(folder)) {
            folders.push(folder.into());
        }
    }
    folders
}

/// Where `name` is: `bin/NAME` in the tool folder, else on the machine. A name that holds `/`, as in
/// `kubectl-1.37/kubectl`, is a file of the tool folder, whether it can be run or not.
pub fn find(name: &str) -> Option<PathBuf> {
    if name.contains('/') {
        return Some(tool_folder().join(name)).filter(|path| path.is_file());
    }
    let runs = |path: &PathBuf| {
        path.metadata()
            .is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
    };
    let folders = std::iter::once(tool_folder().join("bin")).chain(search_path());
    folders.map(|folder| folder.join(name)).find(runs)
}

/// Like [`find`], for a program that the test has already asked for with [`need`].
pub fn tool(name: &str) -> PathBuf {
    find(name).unwrap_or_else(|| panic!("{name} is not installed: run tests/setup"))
}

/// Whether all `programs` are there. If not, the test is skipped aloud (`return` from it), or fails under `CI=true`.
pub fn need(programs: &[&str]) -> bool {
    // libfaketime is preloaded, and a static program loads nothing: only a run with `KEYFOB_BINARY` can meet that.
    if programs.contains(&"faketime") && !loads_libraries(Path::new(keyfob_binary())) {
        skip("a program that loads libraries, for faketime");
        return false;
    }
    let lacking: Vec<&str> = programs
        .iter()
        .copied()
        .filter(|name| find(name).is_none())
        .collect();
    if lacking.is_empty() {
        return true;
    }
    missing(&lacking.join(", "));
    false
}

/// Skips a test that lacks these aloud, or fails it under `CI=true`.
pub fn missing(needs: &str) {
    assert!(
        env::var_os("CI").is_none_or(|ci| ci != "true"),
        "missing: {needs}: run tests/setup"
    );
    skip(needs);
}

/// Whether the dynamic loader's name stands in a program.
pub fn loads_libraries(program: &Path) -> bool {
    let program = std::fs::read(program).unwrap();
    let head = &program[..program.len().min(4096)];
    head.windows(8).any(|text| text == b"ld-linux")
}

/// Whether this is root. If not, the test is skipped aloud, under `CI=true` as well: that promises programs, and no powers.
pub fn need_root() -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        skip("root");
    }
    root
}

/// Says by name that a test was skipped, and what it needs.
pub fn skip(needs: &str) {
    let thread = std::thread::current();
    // The print macros are captured while a test runs; a skip is to be seen.
    let _ = writeln!(
        std::io::stderr(),
        "skipped: {} needs {needs}",
        thread.name().unwrap_or("a test")
    );
}
