//! A program whose standard output is a value, and the environment that it gets.

use std::path::{MAIN_SEPARATOR, PathBuf};
use std::time::Duration;

/// A program whose standard output is a value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Command {
    /// The program, an absolute path or a name on PATH, and its arguments.
    pub argv: Vec<String>,
    /// Environment variables passed besides [`Command::USER_VARIABLES`] and
    /// [`Command::SYSTEM_VARIABLES`].
    pub variables: Vec<String>,
    /// The spec's timeout, if it has one.
    pub timeout: Option<Duration>,
    /// The working directory. Default: the folder of the spec's file, or the root folder.
    pub directory: Option<PathBuf>,
}

impl Command {
    /// Variables passed to every command that decide whose files it reads. They are part of the
    /// cache key.
    pub const USER_VARIABLES: &'static [&'static str] = VARIABLES.user;
    /// Variables passed to every command that decide where and how it runs. They are not part of
    /// the cache key, which has the program that PATH finds: the others differ between a desktop, a
    /// cron job and an IDE of the same user.
    pub const SYSTEM_VARIABLES: &'static [&'static str] = VARIABLES.system;
}

/// The variables of one family of systems.
struct Variables {
    user: &'static [&'static str],
    system: &'static [&'static str],
}

/// The families are told apart by how they write a path.
const VARIABLES: Variables = match MAIN_SEPARATOR {
    '\\' => WINDOWS,
    _ => UNIX,
};

const UNIX: Variables = Variables {
    user: &[
        "HOME",
        "USER",
        "LOGNAME",
        "XDG_CONFIG_HOME",
        "XDG_DATA_HOME",
    ],
    system: &[
        "PATH",
        "LANG",
        "LC_ALL",
        "LC_CTYPE",
        "LC_MESSAGES",
        "TZ",
        "TMPDIR",
        "XDG_RUNTIME_DIR",
        "DBUS_SESSION_BUS_ADDRESS",
    ],
};

const WINDOWS: Variables = Variables {
    user: &[
        "USERPROFILE",
        "APPDATA",
        "LOCALAPPDATA",
        "USERNAME",
        "HOME", // what Git for Windows and its ssh prefer
    ],
    system: &[
        "PATH",
        "PATHEXT",
        "SystemRoot",
        "windir",
        "SystemDrive",
        "ComSpec",
        "TEMP",
        "TMP",
        "ProgramData",
        "ProgramFiles",
        "ProgramFiles(x86)",
    ],
};
