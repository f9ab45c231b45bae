//! Where a spec is from, for messages.

use std::fmt;
use std::path::PathBuf;

/// Where a spec is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// In the arguments, or in another spec.
    Inline,
    /// On standard input.
    Input,
    /// In a file named by its path.
    File(PathBuf),
    /// In a file of the configuration folder.
    Named(String),
}

impl Origin {
    /// The path of the file, if it is absolute.
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
