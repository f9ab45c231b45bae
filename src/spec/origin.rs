//! Where a spec was written, in the words of messages.

use std::fmt;
use std::path::PathBuf;

/// Where a spec was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Among the arguments, or in another spec.
    Inline,
    /// On standard input.
    Input,
    /// In a file that was named.
    File(PathBuf),
    /// In a file of the configuration folder, by its name.
    Named(String),
}

impl Origin {
    /// The file's path, where it is absolute: the same wherever it is read.
    #[must_use]
    pub fn absolute(&self) -> Option<String> {
        match self {
            Self::File(path) if path.is_absolute() => path.to_str().map(str::to_owned),
            _ => None,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inline => f.write_str("the inline spec"),
            Self::Input => f.write_str("the spec on standard input"),
            Self::File(path) => write!(f, "spec {}", path.display()),
            Self::Named(name) => write!(f, "spec `{name}`"),
        }
    }
}
