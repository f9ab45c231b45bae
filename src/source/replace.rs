//! How a person puts another value where a source reads it, in words for a hint.

use super::{KeyringEntry, KeyringKind, Source};

impl Source {
    /// What to do to put a value there: a command, if there is one. `None` for a value that no
    /// person puts there.
    #[must_use]
    pub fn how_to_set(&self) -> Option<String> {
        Some(match self {
            Self::Keyring(entry) if entry.service == KeyringEntry::SERVICE => {
                let store = match entry.store {
                    KeyringKind::Default => "",
                    KeyringKind::SecretService => " --store secret-service",
                    KeyringKind::Kernel => " --store kernel",
                };
                format!("keyfob secret set{store} {}", entry.user)
            }
            Self::Env(name) => format!("set {name}"),
            Self::File(path) => format!("write {}", path.display()),
            Self::FileFrom { variable, name } => match name {
                None => format!("write the file that {variable} names"),
                Some(name) => format!("write {name} in the folder that {variable} names"),
            },
            Self::Pointer { of, .. } | Self::Base64Url { of, .. } | Self::Public(of) => {
                return of.how_to_set();
            }
            Self::Jwt(jwt) => return jwt.key.how_to_set(),
            Self::FirstOf(sources) => return sources.iter().find_map(Self::how_to_set),
            Self::Keyring(_)
            | Self::Command(_)
            | Self::Request(_)
            | Self::Token(_)
            | Self::Issued
            | Self::Presigned(_) => return None,
        })
    }
}
