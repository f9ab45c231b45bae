//! keyfob.exe under Wine: a user's folders of its own for each test, on the drive `Z:` that shows the machine's files.
//!
//! `KEYFOB_WINDOWS` names the program (`.ci/cross/windows` builds it and prints its path). Loopback is the machine's, so keyfob.exe meets the same
//! servers as any other test. Wine cuts exit statuses to eight bits, and says nothing about the time that Windows would need.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;

use super::Home;
use super::tools::{missing, need};

/// Debian's place, which is not in PATH.
const WINE: &str = "/usr/lib/wine/wine64";
const COMPILER: &str = "x86_64-w64-mingw32-gcc-win32";

/// A Windows user: `%USERPROFILE%`, `%APPDATA%`, `%LOCALAPPDATA%` and `%ProgramData%` below a home, `bin` first in `%PATH%`.
#[derive(Debug)]
pub struct Windows {
    home: Home,
}

impl Windows {
    /// A fresh user; nobody where Wine or keyfob.exe lacks, and then the test is skipped aloud (see [`need`]).
    pub fn new() -> Option<Self> {
        if !need(&[WINE, COMPILER]) {
            return None;
        }
        if keyfob_exe().is_none() {
            missing("KEYFOB_WINDOWS=$(.ci/cross/windows)");
            return None;
        }
        LazyLock::force(&PREFIX);
        let user = Self { home: Home::new() };
        for folder in ["profile", "roaming", "local", "program-data"] {
            let folder = user.home.path(folder);
            fs::create_dir(&folder).unwrap();
            // As a profile is: what lies in it is its user's alone.
            fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
        }
        Some(user)
    }

    /// The home behind it: its `write`, `path`, `bin`.
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// Writes `%APPDATA%\keyfob\NAME.json`.
    pub fn spec(&self, name: &str, json: impl AsRef<str>) -> PathBuf {
        self.home
            .write(&format!("roaming/keyfob/{name}.json"), json.as_ref())
    }

    /// keyfob.exe with these arguments, current in `%USERPROFILE%`.
    pub fn keyfob<I: IntoIterator<Item: AsRef<OsStr>>>(&self, arguments: I) -> Command {
        let program = keyfob_exe().expect("asked for in `new`");
        self.command(&windows_path(&program), arguments)
    }

    /// A Windows program, by a Windows path or a name that Windows finds.
    pub fn command<I: IntoIterator<Item: AsRef<OsStr>>>(
        &self,
        program: &str,
        arguments: I,
    ) -> Command {
        let mut command = wine();
        let folder = |name: &str| windows_path(&self.home.path(name));
        command
            .arg(PREFIX.join(LAUNCH))
            .arg(program)
            .args(arguments)
            .current_dir(self.home.path("profile"))
            .env("WIN_USERPROFILE", folder("profile"))
            .env("WIN_APPDATA", folder("roaming"))
            .env("WIN_LOCALAPPDATA", folder("local"))
            .env("WIN_ProgramData", folder("program-data"))
            .env("WIN_TEMP", folder("tmp"))
            .env("WIN_TMP", folder("tmp"))
            .env(
                "WIN_PATH",
                format!("{};C:\\windows\\system32;C:\\windows", folder("bin")),
            );
        command
    }
}

/// A file of this machine as Windows names it.
pub fn windows_path(path: &Path) -> String {
    format!("Z:{}", path.display().to_string().replace('/', "\\"))
}

fn keyfob_exe() -> Option<PathBuf> {
    std::env::var_os("KEYFOB_WINDOWS").map(PathBuf::from)
}

/// `launch.exe` within the prefix.
const LAUNCH: &str = "drive_c/keyfob-launch.exe";
/// What Wine lacks.
const STUB: &str = "drive_c/windows/system32/bcryptprimitives.dll";

/// Wine with nothing of the machine's environment. A desktop, a session's sockets and a TMPDIR of one test would tie all of them to it.
fn wine() -> Command {
    let mut command = Command::new(WINE);
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", &*FOLDER)
        .env("WINEPREFIX", FOLDER.join("prefix"))
        .env("WINEDEBUG", "-all")
        .env("WINEDLLOVERRIDES", "mscoree,mshtml=;winemenubuilder.exe=d");
    command
}

static FOLDER: LazyLock<PathBuf> =
    LazyLock::new(|| Path::new(env!("CARGO_TARGET_TMPDIR")).join("wine"));

/// The prefix: made once for a build folder, and held by one program for as long as the tests run.
static PREFIX: LazyLock<PathBuf> = LazyLock::new(|| {
    let prefix = FOLDER.join("prefix");
    if !prefix.join(STUB).exists() {
        make(&prefix).unwrap();
    }
    // It is made each time: its source may have changed.
    compile(
        "launch.c",
        &["-municode", "-Os", "-s"],
        &prefix.join(LAUNCH),
    )
    .unwrap();
    // Ends with the tests: its input is closed then.
    let holder = quiet(wine().arg(prefix.join(LAUNCH)).arg("--hold"))
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    HOLDER.get_or_init(|| holder);
    // What Wine starts with its first program would hold a test's output open: it is there after this.
    let launch = prefix.join(LAUNCH);
    done(quiet(wine().arg(launch).args(["cmd", "/c", "exit"]))).unwrap();
    prefix
});
static HOLDER: std::sync::OnceLock<Child> = std::sync::OnceLock::new();

fn quiet(command: &mut Command) -> &mut Command {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
}

fn done(command: &mut Command) -> io::Result<()> {
    let status = command.status()?;
    let program = command.get_program().display();
    status
        .success()
        .then_some(())
        .ok_or_else(|| io::Error::other(format!("{program}: {status}")))
}

fn make(prefix: &Path) -> io::Result<()> {
    let _ = fs::remove_dir_all(prefix);
    fs::create_dir_all(&*FOLDER)?;
    done(quiet(wine().args(["wineboot", "--init"])))?;
    // Last, so that a prefix that has it is whole.
    compile(
        "bcryptprimitives.c",
        &["-shared", "-ladvapi32"],
        &prefix.join(STUB),
    )
}

/// Compiles a file of `support/wine` for Windows. The program is whole or not there.
fn compile(source: &str, options: &[&str], program: &Path) -> io::Result<()> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/support/wine")
        .join(source);
    let fresh = program.with_extension("new");
    let mut compiler = Command::new(COMPILER);
    compiler.arg("-o").arg(&fresh).arg(source).args(options);
    done(&mut compiler)?;
    fs::rename(fresh, program)
}
