//! `keyfob complete`: what a shell's script asks for. One candidate on each line, with its
//! description after a tab.
//!
//! A failure is no candidate, and never a message: it would stand in the line that a person types.
//! No request is sent, and nobody is asked to unlock a keyring.

use crate::find;
use crate::protocol::Reply;
use crate::source::KeyringKind;
use crate::spec::preset::{self, Preset};
use crate::world::Commanding;

/// A word that may come next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The word.
    pub word: String,
    /// Its description; may be empty.
    pub about: String,
}

/// Words that only the machine knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// The names of the specs.
    Specs,
    /// The names of the presets and grants.
    Providers,
    /// The names of keyfob's secrets.
    Secrets,
    /// `MEMBER=` of a preset.
    Members {
        /// The preset.
        provider: String,
        /// The members that are given already.
        given: Vec<String>,
    },
}

/// What may come next.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// How the word begins.
    pub begun: String,
    /// What stands before each candidate in the same word.
    pub prefix: String,
    /// Words that are always the same.
    pub candidates: Vec<Candidate>,
    /// Words that only the machine knows.
    pub known: Option<Known>,
}

impl Wanted {
    /// Whether there is no candidate.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.candidates.is_empty() && self.known.is_none()
    }
}

/// The candidates that begin with the word that is begun.
pub fn run(world: &dyn Commanding, wanted: &Wanted) -> Reply {
    let mut candidates = wanted.candidates.clone();
    candidates.extend(wanted.known.iter().flat_map(|known| of(world, known)));
    let mut lines = String::new();
    for Candidate { word, about } in candidates {
        if word.starts_with(&wanted.begun) && !word.contains(char::is_control) {
            lines.push_str(&format!("{}{word}\t{about}\n", wanted.prefix));
        }
    }
    Reply::text(lines)
}

fn of(world: &dyn Commanding, known: &Known) -> Vec<Candidate> {
    match known {
        Known::Specs => {
            let specs = world.spec_files().unwrap_or_default();
            let candidate = |name: String| Candidate {
                word: name,
                about: "spec".to_owned(),
            };
            specs.into_iter().map(|spec| candidate(spec.name)).collect()
        }
        Known::Providers => {
            let own = world.preset_names();
            let names = preset::names().map(str::to_owned);
            let grants = crate::spec::expand::GRANTS.iter();
            let names = names
                .chain(own)
                .chain(grants.map(|name| (*name).to_owned()));
            let candidate = |word: String| Candidate {
                about: with_preset(world, &word, |preset| preset.description.to_string())
                    .unwrap_or_else(|| "plain grant".to_owned()),
                word,
            };
            names.map(candidate).collect()
        }
        Known::Secrets => {
            let names = world.secret_names(KeyringKind::Default).unwrap_or_default();
            let candidate = |word| Candidate {
                word,
                about: "secret".to_owned(),
            };
            names.into_iter().map(candidate).collect()
        }
        Known::Members { provider, given } => {
            let members = with_preset(world, provider, |preset| {
                let parameters = preset.parameters.iter();
                let left = parameters.filter(|(name, _)| !given.iter().any(|it| it == *name));
                let candidate = left.map(|(name, parameter)| Candidate {
                    word: format!("{name}="),
                    about: parameter.about.to_string(),
                });
                candidate.collect()
            });
            members.unwrap_or_default()
        }
    }
}

/// What `read` finds in the preset of this name, if there is one.
fn with_preset<T>(
    world: &dyn Commanding,
    name: &str,
    read: impl Fn(&Preset<'_>) -> T,
) -> Option<T> {
    let text = match preset::shipped(name) {
        Some(text) => text.to_owned(),
        None => find::own_preset(world, name).ok()??,
    };
    preset::parse_preset(&text).ok().map(|preset| read(&preset))
}
