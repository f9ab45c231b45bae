//! Whether the values of a spec's sources are there. Nothing is opened: a keyring is asked for its
//! names, a file for its status, and a program is looked for.

use std::cell::OnceCell;
use std::path::Path;

use crate::source::{self, KeyringEntry, KeyringKind, Source};
use crate::world::files::FileError;
use crate::world::inspection::Inspecting;

/// Whether a value is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presence {
    /// It is there.
    There,
    /// It is not.
    Absent,
    /// It cannot be told without opening it: why.
    Unknown(String),
    /// It is there, and cannot be used: why.
    Unusable(String),
}

type Names = Result<Vec<String>, String>;

/// Looks at sources. The names of a keyring are read once.
pub struct Inspector<'w> {
    world: &'w dyn Inspecting,
    names: [OnceCell<Names>; 3],
}

impl<'w> Inspector<'w> {
    /// An inspector that has looked at nothing yet.
    #[must_use]
    pub fn new(world: &'w dyn Inspecting) -> Self {
        let names = [OnceCell::new(), OnceCell::new(), OnceCell::new()];
        Self { world, names }
    }

    /// Whether the value of a source is there. Of a source that is made from others, whether the
    /// first of them that is missing is.
    #[must_use]
    pub fn presence(&self, source: &Source) -> Presence {
        match source {
            Source::Keyring(entry) => self.keyring(entry),
            Source::Env(name) => is_there(self.world.secret_variable(name).is_some()),
            Source::File(path) => self.file(path),
            Source::FileFrom { variable, name } => match self.world.variable(variable) {
                None => Presence::Absent,
                Some(value) => match source::path_from(&value, name.as_deref()) {
                    Some(path) => self.file(&path),
                    None => Presence::Unusable(format!("{variable} is not an absolute path")),
                },
            },
            Source::Command(command) => self.program(command.argv.first()),
            Source::Pointer { of, .. } | Source::Base64Url { of, .. } | Source::Public(of) => {
                self.presence(of)
            }
            Source::Jwt(jwt) => {
                let texts = jwt.texts.iter().map(|text| &text.source);
                let all = std::iter::once(&jwt.key)
                    .chain(&jwt.certificate)
                    .chain(texts);
                self.all(all)
            }
            Source::Presigned(presigned) => self.all(presigned.sources()),
            Source::FirstOf(sources) => match self.first_present(sources) {
                Some(first) => self.presence(first),
                None => Presence::Absent,
            },
            Source::Request(_) => Presence::Unknown("the caller says it".to_owned()),
            Source::Token(_) => Presence::Unknown("see that spec".to_owned()),
            Source::Issued => Presence::Unknown("it is the token itself".to_owned()),
        }
    }

    /// The first source of a list that is not absent.
    #[must_use]
    pub fn first_present<'s>(&self, sources: &'s [Source]) -> Option<&'s Source> {
        let mut sources = sources.iter();
        sources.find(|source| self.presence(source) != Presence::Absent)
    }

    fn all<'s>(&self, sources: impl Iterator<Item = &'s Source>) -> Presence {
        let mut all = sources.map(|source| self.presence(source));
        let lacks = all.find(|presence| *presence != Presence::There);
        lacks.unwrap_or(Presence::There)
    }

    fn keyring(&self, entry: &KeyringEntry) -> Presence {
        if entry.service != KeyringEntry::SERVICE {
            return Presence::Unknown("another program's entries are not listed".to_owned());
        }
        let [default, secret_service, kernel] = &self.names;
        let cell = match entry.store {
            KeyringKind::Default => default,
            KeyringKind::SecretService => secret_service,
            KeyringKind::Kernel => kernel,
        };
        let read = || self.world.secret_names(entry.store);
        match cell.get_or_init(|| read().map_err(|why| why.to_string())) {
            Ok(names) => is_there(names.contains(&entry.user)),
            Err(why) => Presence::Unknown(why.clone()),
        }
    }

    fn file(&self, path: &Path) -> Presence {
        match self.world.file_status(path) {
            // An empty file counts as absent.
            Ok(0) | Err(FileError::Missing) => Presence::Absent,
            Ok(_) => Presence::There,
            Err(why) => Presence::Unusable(why.to_string()),
        }
    }

    fn program(&self, name: Option<&String>) -> Presence {
        let name = name.map_or("", String::as_str);
        let found = match Path::new(name).is_absolute() {
            true => self.world.file_status(Path::new(name)).is_ok(),
            false => self.world.find_program(name).is_some(),
        };
        match found {
            true => Presence::There,
            // A missing program is an error, and never an absent value.
            false => Presence::Unusable("the program is not found".to_owned()),
        }
    }
}

fn is_there(there: bool) -> Presence {
    match there {
        true => Presence::There,
        false => Presence::Absent,
    }
}
