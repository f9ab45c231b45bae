//! `KEYFOB_LOG`: each step in a line, on standard error or appended to a private file. Steps never hold a secret.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use super::cache::privately;
use crate::protocol::one_line;

/// Where the steps go.
#[derive(Debug, Default)]
pub enum Log {
    /// Nowhere.
    #[default]
    Off,
    /// Standard error.
    Stderr,
    /// A file, 0600.
    File(File),
}

impl Log {
    /// From the variable's value: `debug`, `debug:FILE`; anything else is off. A file that cannot be opened, or whose path is relative, is
    /// standard error: a log must not break a login.
    #[must_use]
    pub fn from_setting(setting: Option<&str>) -> Self {
        match setting.map(|setting| setting.split_once(':').unwrap_or((setting, ""))) {
            // No path is a relative one.
            Some(("debug" | "trace", path)) if Path::new(path).is_relative() => Self::Stderr,
            Some(("debug" | "trace", path)) => {
                let mut options = std::fs::OpenOptions::new();
                options.append(true).create(true);
                #[cfg(unix)]
                {
                    use std::os::unix::fs::OpenOptionsExt as _;
                    // Not waiting: a FIFO without a reader would.
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

    /// Says why the steps do not go to the file that the variable names, where they do not because its path is relative.
    pub fn note_relative(&self, setting: Option<&str>) {
        let path = setting.and_then(|setting| setting.split_once(':'));
        if let (Self::Stderr, Some((_, path))) = (self, path)
            && !path.is_empty()
            && Path::new(path).is_relative()
        {
            self.step(&format!(
                "KEYFOB_LOG: `{path}` is no absolute path; the steps are told here"
            ));
        }
    }

    /// Whether anybody listens.
    #[must_use]
    pub fn is_on(&self) -> bool {
        !matches!(self, Self::Off)
    }

    /// One step.
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
