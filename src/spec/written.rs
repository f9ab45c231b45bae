//! A spec as it is written: to whom its token may be handed, and what the token is kept under. What it says of the grant is not looked at.

mod callers;
mod handed;

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

pub use callers::CALLERS;
use callers::Callers;
use handed::handed;

use super::inputs::Inputs;
use super::node::SpecError;
use super::{Origin, PathBase, Provider, expand, preset, provider, strict};
use crate::credential::Authtype;
use crate::source::Source;
use crate::target::{NearMiss, Pattern, Specificity, Target, UserMatch};

/// User name where the spec has none: what GitLab and others take beside an OAuth token.
const USERNAME: &str = "oauth2";

/// A spec as it is written: to whom its token may be handed, and what the token is kept under. A hit needs no more.
///
/// What a member means to the grant is read where the token has to be fetched, by [`Admitted::read`]: everything that changes the token is in its
/// identity, so what lies in the cache under it was made by a spec that could be read.
#[derive(Clone)]
pub struct Spec {
    /// Where it was written, for messages: inline, unless who reads it says otherwise.
    pub origin: Origin,
    /// The preset or grant that it names.
    pub provider: String,
    /// To whom the token may be handed.
    pub targets: Vec<Pattern>,
    /// For which callers the token is.
    pub callers: Callers,
    /// User name for callers that want one.
    pub username: String,
    /// Whether the user name is written in the spec, and no default.
    pub username_is_written: bool,
    /// How git is to send the token, where the spec says so.
    pub authtype: Option<Authtype>,
    /// The variables, the files, the programs on PATH and the other specs that a value may come from, each once.
    pub sources: Vec<Source>,
    /// Everything in it that changes the token, in one canonical text.
    identity: String,
    /// Its members, with presets of the user's own filled in.
    members: Value,
}

/// Not its members: a secret may have been pasted where a source belongs, and that is found out later.
impl fmt::Debug for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spec")
            .field("origin", &self.origin)
            .field("provider", &self.provider)
            .field("targets", &self.targets)
            .finish_non_exhaustive()
    }
}

/// A spec whose token may be handed to who asked: the only way to its grant.
#[derive(Debug, Clone, Copy)]
pub struct Admitted<'a>(&'a Spec);

impl<'a> Admitted<'a> {
    /// The spec.
    #[must_use]
    pub fn spec(&self) -> &'a Spec {
        self.0
    }

    /// Who issues the token, and how it is asked for.
    ///
    /// # Errors
    /// [`SpecError`] with the place.
    pub fn read(&self) -> Result<Provider, SpecError> {
        self.0.read()
    }
}

/// Members that change how a token is handed on, but not which token it is: [`handed`] reads them.
const HANDED: &[&str] = &[
    "targets",
    "callers",
    "username",
    "authtype",
    "timeout",
    "description",
];

/// Members that change how a token is fetched, asked about or given back, but not which token it is. A spec that has one is read to its end at once,
/// for a token in the cache says nothing of them.
const READ_AT_ONCE: &[&str] = &[
    "check",
    "revoke",
    "revocation_url",
    "discovery_url",
    "retry_header",
    "limits",
];

/// Whether a member changes which token it is.
fn changes_the_token(member: &str) -> bool {
    !HANDED.contains(&member) && !READ_AT_ONCE.contains(&member)
}

/// The members that change the token, as canonical JSON: in the order of their names.
struct Identity<'a>(&'a Map<String, Value>);

impl Serialize for Identity<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let members = self.0.iter();
        serializer.collect_map(members.filter(|(name, _)| changes_the_token(name)))
    }
}

impl Spec {
    /// Reads what is written, beside no file. `own_preset` gives the text of a preset of the user's own, by name.
    ///
    /// # Errors
    /// [`SpecError`] with the place, as far as it can be told without the grant.
    pub fn parse(
        text: &[u8],
        own_preset: &dyn Fn(&str) -> expand::OwnPreset,
    ) -> Result<Self, SpecError> {
        Self::parse_beside(text, own_preset, &PathBase::NOTHING)
    }

    /// The same for a spec whose relative paths are resolved in this way.
    ///
    /// # Errors
    /// [`SpecError`] with the place, as far as it can be told without the grant.
    pub fn parse_beside(
        text: &[u8],
        own_preset: &dyn Fn(&str) -> expand::OwnPreset,
        beside: &PathBase<'_>,
    ) -> Result<Self, SpecError> {
        let Value::Object(written) = strict::parse(text)? else {
            return Err(SpecError::new("", "a spec is one JSON object"));
        };
        let (provider, mut members) = expand::own(written, own_preset)?;
        let mut inputs = Inputs {
            beside,
            found: Vec::new(),
        };
        inputs.spec(&mut members, changes_the_token)?;
        let sources = inputs.found;
        let identity = serde_json::to_string(&Identity(&members))
            .map_err(|_| SpecError::new("", "the spec is no valid JSON"))?;
        let at_once = READ_AT_ONCE.iter().any(|name| members.contains_key(*name));
        let members = Value::Object(members);
        let handed = handed(&members)?;
        let spec = Self {
            origin: Origin::Inline,
            provider,
            targets: handed.targets,
            callers: handed.callers,
            username_is_written: handed.username.is_some(),
            username: handed.username.unwrap_or_else(|| USERNAME.to_owned()),
            authtype: handed.authtype,
            sources,
            identity,
            members,
        };
        if at_once {
            spec.validate()?;
        }
        Ok(spec)
    }

    /// Whether it can be read to the end.
    ///
    /// # Errors
    /// [`SpecError`] with the place.
    pub fn validate(&self) -> Result<(), SpecError> {
        self.read().map(|_| ())
    }

    fn read(&self) -> Result<Provider, SpecError> {
        match expand::shipped(&self.members)? {
            Some(plain) => provider::read(&plain, self.provider.clone()),
            None => provider::read(&self.members, self.provider.clone()),
        }
    }

    /// Whether this caller may have the token, and for this target. A caller that names none is
    /// served: it named the spec instead.
    #[must_use]
    pub fn admit(&self, caller: &str, targets: &[Target]) -> Option<Admitted<'_>> {
        let listed = targets.is_empty() || self.closeness(targets).is_some();
        (listed && self.callers.include(caller)).then_some(Admitted(self))
    }

    /// For who named the spec itself, and no target.
    #[must_use]
    pub fn admit_by_name(&self) -> Admitted<'_> {
        Admitted(self)
    }

    /// How closely the spec's `targets` fit any of these.
    #[must_use]
    pub fn closeness(&self, targets: &[Target]) -> Option<Specificity> {
        targets
            .iter()
            .flat_map(|target| {
                self.targets
                    .iter()
                    .filter_map(|pattern| pattern.fits(target))
            })
            .max()
    }

    /// What the spec lists nearly, of these targets, and in which one thing they differ.
    #[must_use]
    pub fn nearly(&self, targets: &[Target]) -> Option<(NearMiss, &Pattern)> {
        let mut patterns = self.targets.iter();
        patterns.find_map(|pattern| {
            let near = targets.iter().find_map(|target| pattern.nearly(target))?;
            Some((near, pattern))
        })
    }

    /// What the user name of a request says of this spec.
    #[must_use]
    pub fn user_fit(&self, requested: Option<&str>) -> UserMatch {
        match requested.filter(|_| self.username_is_written) {
            None => UserMatch::Open,
            Some(user) if user == self.username => UserMatch::Same,
            Some(_) => UserMatch::Other,
        }
    }

    /// Everything in the spec that changes the token, and which text of a preset that comes with the program it stands on. Holds no secret.
    #[must_use]
    pub fn identity(&self) -> (&str, u64) {
        let preset = self.members.get("provider").and_then(Value::as_str);
        (&self.identity, preset.map_or(0, preset::digest))
    }
}
