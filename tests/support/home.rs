//! A home of its own for each test: empty, 0700, with keyfob first in PATH, and nothing of the machine's environment.
//!
//! Removed when dropped. Never reads or writes outside its folder.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use super::Tls;
use super::tools::{search_path, tool};

/// The program under test: the one that `KEYFOB_BINARY` names, so that the same rooms can be run against a release or another platform's, else cargo's.
pub fn keyfob_binary() -> &'static str {
    static PROGRAM: LazyLock<String> = LazyLock::new(|| {
        std::env::var("KEYFOB_BINARY").unwrap_or_else(|_| env!("CARGO_BIN_EXE_keyfob").to_owned())
    });
    &PROGRAM
}

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// A private folder and the environment that points into it.
#[derive(Debug)]
pub struct Home {
    root: PathBuf,
    environment: BTreeMap<OsString, OsString>,
}

impl Home {
    /// A fresh home. Its path is short, since sockets below it must fit into 108 bytes.
    pub fn new() -> Self {
        let root = loop {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let root = std::env::temp_dir().join(format!("keyfob-{}-{number}", std::process::id()));
            match fs::DirBuilder::new().mode(0o700).create(&root) {
                Ok(()) => break root,
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => panic!("{}: {error}", root.display()),
            }
        };
        let mut home = Self {
            root,
            environment: BTreeMap::new(),
        };
        for folder in ["bin", "home", "run", "config", "cache", "tmp"] {
            fs::DirBuilder::new()
                .mode(0o700)
                .create(home.root.join(folder))
                .unwrap();
        }
        symlink(keyfob_binary(), home.root.join("bin/keyfob")).unwrap();
        let path = std::env::join_paths(std::iter::once(home.bin()).chain(search_path())).unwrap();
        home.set("PATH", path);
        home.set("LANG", "C.UTF-8");
        home.set("TZ", "UTC");
        for (name, folder) in [
            ("HOME", "home"),
            ("XDG_RUNTIME_DIR", "run"),
            ("KEYFOB_CONFIG_DIR", "config"),
            ("KEYFOB_CACHE_DIR", "cache"),
            ("TMPDIR", "tmp"),
        ] {
            home.set(name, home.root.join(folder));
        }
        home
    }

    /// A path below the home's root.
    pub fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.root.join(relative)
    }

    /// `$HOME` of the commands.
    pub fn home(&self) -> PathBuf {
        self.path("home")
    }

    /// The first folder of the commands' PATH; `keyfob` is in it.
    pub fn bin(&self) -> PathBuf {
        self.path("bin")
    }

    /// `$KEYFOB_CONFIG_DIR`.
    pub fn config(&self) -> PathBuf {
        self.path("config")
    }

    /// `$KEYFOB_CACHE_DIR`.
    pub fn cache(&self) -> PathBuf {
        self.path("cache")
    }

    /// Sets a variable for every later command of this home.
    pub fn set(&mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> &mut Self {
        self.environment
            .insert(name.as_ref().into(), value.as_ref().into());
        self
    }

    /// What a variable is for every later command; empty where it is not set.
    pub fn variable(&self, name: &str) -> String {
        let value = self.environment.get(OsStr::new(name));
        value.map_or_else(String::new, |value| value.to_str().unwrap().to_owned())
    }

    /// Takes a variable away from every later command.
    pub fn unset(&mut self, name: impl AsRef<OsStr>) -> &mut Self {
        self.environment.remove(name.as_ref());
        self
    }

    /// Makes every later command trust this test's own authority (and no other).
    pub fn trust(&mut self, tls: &Tls) -> &mut Self {
        self.set("SSL_CERT_FILE", &tls.ca_file)
    }

    /// A program (see [`tool`]) in this home's environment.
    pub fn command(&self, program: &str) -> Command {
        self.command_at(&tool(program))
    }

    /// A program by its path, in this home's environment and current in its `$HOME`.
    pub fn command_at(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .envs(&self.environment)
            .current_dir(self.home());
        command
    }

    /// keyfob with these arguments.
    pub fn keyfob<I: IntoIterator<Item: AsRef<OsStr>>>(&self, arguments: I) -> Command {
        let mut command = self.command_at(Path::new(keyfob_binary()));
        command.args(arguments);
        command
    }

    /// keyfob with these arguments, under a clock that is so many seconds ahead. Only the time of
    /// day is changed: what a process waits by goes on as ever. See [`super::need`] for `faketime`.
    pub fn keyfob_at<I: IntoIterator<Item: AsRef<OsStr>>>(
        &self,
        seconds: i64,
        arguments: I,
    ) -> Command {
        let mut command = self.command("faketime");
        command
            .args(["-f", &format!("{seconds:+}s"), keyfob_binary()])
            .args(arguments)
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .env("DONT_FAKE_MONOTONIC", "1");
        command
    }

    /// The line of `keyfob doctor` about what this caller was refused last; empty where there is none.
    pub fn last_failure(&self, caller: &str) -> String {
        let output = super::run(&mut self.keyfob(["doctor"]), "");
        let start = format!("note\tlast failure: {caller}");
        let told = output.stdout.lines().find(|line| line.starts_with(&start));
        told.unwrap_or_default().to_owned()
    }

    /// Writes `NAME.json` into the configuration folder.
    pub fn spec(&self, name: &str, json: impl AsRef<str>) -> PathBuf {
        self.write(&format!("config/{name}.json"), json.as_ref())
    }

    /// Writes a file (0600) at a path below the root, with its folders (0700).
    pub fn write(&self, relative: &str, content: impl AsRef<[u8]>) -> PathBuf {
        use std::io::Write as _;
        let path = self.root.join(relative);
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path.parent().unwrap())
            .unwrap();
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&path)
            .unwrap();
        file.write_all(content.as_ref()).unwrap();
        path
    }

    /// A shell script `bin/NAME` (found through PATH): `body` under `#!/bin/sh`.
    pub fn script(&self, name: &str, body: &str) -> PathBuf {
        let path = self.write(&format!("bin/{name}"), format!("#!/bin/sh\n{body}\n"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        path
    }

    /// `bin/go-program`: a shell that seems to be built by Go, for the beginning of Go's note stands where its own build id was.
    pub fn go_program(&self) -> PathBuf {
        let mut shell = fs::read("/bin/sh").unwrap();
        let note = b"\x14\0\0\0\x03\0\0\0GNU\0";
        let found = shell.windows(note.len()).position(|bytes| bytes == note);
        let id = found.expect("a build id") + note.len();
        shell[id..id + 8].copy_from_slice(b"\x04\0\0\0Go\0\0");
        let path = self.write("bin/go-program", shell);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        // What another test starts meanwhile holds the file open for writing until it is another program.
        let busy = |error: std::io::Error| error.kind() == std::io::ErrorKind::ExecutableFileBusy;
        while Command::new(&path)
            .args(["-c", ":"])
            .status()
            .is_err_and(busy)
        {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        path
    }

    /// `bin/NAME`, a link to keyfob: the names by which the callers find it.
    pub fn link(&self, name: &str) -> PathBuf {
        let path = self.bin().join(name);
        symlink(keyfob_binary(), &path).unwrap();
        path
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if std::env::var_os("KEYFOB_KEEP_HOMES").is_none() {
            let _ = fs::remove_dir_all(&self.root);
        }
    }
}

/// keyfob in a home that is only needed for one run.
pub fn keyfob<I: IntoIterator<Item: AsRef<OsStr>>>(arguments: I, stdin: &str) -> super::Output {
    let home = Home::new();
    super::run(&mut home.keyfob(arguments), stdin)
}
