//! `KEYFOB_LOG`: one line per step, on standard error or appended to a private file. A step never
//! holds a secret.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use super::platform::access;
use crate::protocol::one_line;

/// Where steps are logged.
#[derive(Debug, Default)]
pub enum Log {
    /// Steps are not logged.
    #[default]
    Off,
    /// Standard error.
    Stderr,
    /// A file; a new one is its owner's alone.
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
                let path = Path::new(path);
                let named = access::check_name(path).map_err(std::io::Error::other);
                let file = named.and_then(|()| access::open_log(path));
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
