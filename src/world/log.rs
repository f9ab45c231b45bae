//! `KEYFOB_LOG`: one line per step, on standard error or appended to a private file. A step never
//! holds a secret.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use super::cache::privately;
use crate::protocol::one_line;

/// Where steps are logged.
#[derive(Debug, Default)]
pub enum Log {
    /// Steps are not logged.
    #[default]
    Off,
    /// Standard error.
    Stderr,
    /// A file, created with mode 0600.
    File(File),
}

impl Log {
    /// The log for the variable's value: `debug` or `debug:FILE`, or the same with `trace`. Any
    /// other value is off. If the path is relative or the file cannot be opened, steps go to
    /// standard error: a log must not break a login.
    #[must_use]
    pub fn from_setting(setting: Option<&str>) -> Self {
        match setting.map(|setting| setting.split_once(':').unwrap_or((setting, ""))) {
            // An empty path is relative too.
            Some(("debug" | "trace", path)) if Path::new(path).is_relative() => Self::Stderr,
            Some(("debug" | "trace", path)) => {
                let mut options = std::fs::OpenOptions::new();
                options.append(true).create(true);
                #[cfg(unix)]
                {
                    use std::os::unix::fs::OpenOptionsExt as _;
                    // Opening a FIFO without a reader would block otherwise.
                    let no_wait = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits());
                    options
                        .mode(0o600)
                        .custom_flags(no_wait.unwrap_or_default());
                }
                let file = privately(|| options.open(path));
                file.map_or(Self::Stderr, Self::File)
            }
            _ => Self::Off,
        }
    }

    /// If the variable's path is relative, logs that the steps go to standard error for that
    /// reason.
    pub fn note_relative(&self, setting: Option<&str>) {
        let path = setting.and_then(|setting| setting.split_once(':'));
        if let (Self::Stderr, Some((_, path))) = (self, path)
            && !path.is_empty()
            && Path::new(path).is_relative()
        {
            self.step(&format!(
                "KEYFOB_LOG: `{path}` is not an absolute path; the steps are logged here"
            ));
        }
    }

    /// Whether steps are logged.
    #[must_use]
    pub fn is_on(&self) -> bool {
        !matches!(self, Self::Off)
    }

    /// Logs a step.
    pub fn step(&self, text: &str) {
        let line = format!(
            "keyfob: debug: [{}] {}\n",
            std::process::id(),
            one_line(text)
        );
        let _ = match self {
            Self::Off => Ok(()),
            Self::Stderr => std::io::stderr().write_all(line.as_bytes()),
            Self::File(file) => (&mut &*file).write_all(line.as_bytes()),
        };
    }
}
