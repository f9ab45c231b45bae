//! A spec: to whom its token may be delivered, and the identity that its cache key is made of. The
//! members of the grant are not parsed here.

mod callers;
mod delivery;
mod origins;

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use callers::Callers;
pub use callers::{CALLERS, nearest_caller};
use delivery::parse_delivery;

use super::inputs::Inputs;
use super::node::SpecError;
use super::{Origin, PathBase, Provider, expand, preset, provider, strict};
use crate::credential::{Authtype, Token};
use crate::source::Source;
use crate::target::{NearMiss, Pattern, Specificity, Target, UserMatch};

/// The default user name, which GitLab and others expect with an OAuth token.
const DEFAULT_USERNAME: &str = "oauth2";

/// A spec, parsed as far as a cache hit needs it: to whom its token may be delivered, and its
/// identity.
///
/// [`Admitted::read_provider`] parses the members of the grant when a token has to be fetched. A
/// cached token needs no such check: every member that changes the token is part of the identity,
/// so the token is from a spec that was valid.
#[derive(Clone)]
pub struct Spec {
    /// Where the spec is from, for messages. The default is inline.
    pub origin: Origin,
    /// The preset or grant of `provider`.
    pub provider: String,
    /// To whom the token may be delivered.
    pub targets: Vec<Pattern>,
    /// Which callers may have the token.
    pub callers: Callers,
    /// User name for callers that need one, unless the provider sends one with the token.
    pub username: String,
    /// Whether the user name is from the spec, not the default.
    pub username_is_explicit: bool,
    /// How git sends the token, if the spec says so.
    pub authtype: Option<Authtype>,
    /// The variables, files, programs on PATH and other specs that a value may come from, each
    /// once.
    pub sources: Vec<Source>,
    /// Every member that changes the token, as canonical JSON.
    identity: String,
    /// The members, with the user's own presets expanded.
    members: Value,
}

/// Does not show the members: a secret may be pasted in place of a source, which is detected later.
impl fmt::Debug for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spec")
            .field("origin", &self.origin)
            .field("provider", &self.provider)
            .field("targets", &self.targets)
            .finish_non_exhaustive()
    }
}

/// A spec whose token may be delivered to the caller. Only this type gives access to the grant.
#[derive(Debug, Clone, Copy)]
pub struct Admitted<'a>(&'a Spec);

impl<'a> Admitted<'a> {
    /// The admitted spec.
    #[must_use]
    pub fn spec(&self) -> &'a Spec {
        self.0
    }

    /// Parses the members of the grant.
    ///
    /// # Errors
    /// [`SpecError`] for the first invalid member.
    pub fn read_provider(&self) -> Result<Provider, SpecError> {
        self.0.read_provider()
    }
}

/// Members that change only how a token is delivered. [`parse_delivery`] parses them.
const DELIVERY_MEMBERS: &[&str] = &[
    "$schema",
    "targets",
    "callers",
    "username",
    "authtype",
    "timeout",
    "description",
];

/// Members that change how a token is checked, revoked or retried, but not the token itself. They
/// are not part of the identity, so a spec with one of them is validated on a cache hit too.
const VALIDATED_MEMBERS: &[&str] = &[
    "check",
    "revoke",
    "revocation_url",
    "discovery_url",
    "retry_header",
    "limits",
];

/// Whether a member is part of the identity. See also [`Identity`].
#[must_use]
pub fn changes_the_token(member: &str) -> bool {
    !DELIVERY_MEMBERS.contains(&member) && !VALIDATED_MEMBERS.contains(&member)
}

/// The same for a member with its value: a `username` that is read from the response is stored with
/// the token.
fn is_of_identity(member: &str, value: &Value) -> bool {
    changes_the_token(member) || (member == "username" && value.is_object())
}

/// Serializes the members of the identity in the order of their names.
struct Identity<'a>(&'a Map<String, Value>);

impl Serialize for Identity<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let members = self.0.iter();
        serializer.collect_map(members.filter(|(name, value)| is_of_identity(name, value)))
    }
}

impl Spec {
    /// Parses a spec without a file for relative paths. `own_preset` returns the text of a user's
    /// own preset by name.
    ///
    /// # Errors
    /// [`SpecError`] for a member that is parsed here.
    pub fn parse(
        text: &[u8],
        own_preset: &dyn Fn(&str) -> expand::OwnPreset,
    ) -> Result<Self, SpecError> {
        Self::parse_with_base(text, own_preset, &PathBase::NONE)
    }

    /// Parses a spec and resolves its relative paths against `base`.
    ///
    /// # Errors
    /// [`SpecError`] for a member that is parsed here.
    pub fn parse_with_base(
        text: &[u8],
        own_preset: &dyn Fn(&str) -> expand::OwnPreset,
        base: &PathBase<'_>,
    ) -> Result<Self, SpecError> {
        let Value::Object(spec) = strict::parse(text)? else {
            return Err(SpecError::new("", "a spec is one JSON object"));
        };
        let (provider, mut members) = expand::expand_own_presets(spec, own_preset)?;
        let mut inputs = Inputs {
            in_data: false,
            beside: base,
            found: Vec::new(),
        };
        inputs.spec(&mut members, changes_the_token)?;
        let sources = inputs.found;
        let identity = serde_json::to_string(&Identity(&members))
            .map_err(|_| SpecError::new("", "the spec is not valid JSON"))?;
        let validate_now = VALIDATED_MEMBERS
            .iter()
            .any(|name| members.contains_key(*name));
        let members = Value::Object(members);
        let delivery = parse_delivery(&members)?;
        let spec = Self {
            origin: Origin::Inline,
            provider,
            targets: delivery.targets,
            callers: delivery.callers,
            username_is_explicit: delivery.username.is_some(),
            username: delivery
                .username
                .unwrap_or_else(|| DEFAULT_USERNAME.to_owned()),
            authtype: delivery.authtype,
            sources,
            identity,
            members,
        };
        if validate_now {
            spec.validate()?;
        }
        Ok(spec)
    }

    /// Parses the members of the grant, and drops the result.
    ///
    /// # Errors
    /// [`SpecError`] for the first invalid member.
    pub fn validate(&self) -> Result<(), SpecError> {
        self.read_provider().map(|_| ())
    }

    fn read_provider(&self) -> Result<Provider, SpecError> {
        match expand::expand_shipped_preset(&self.members)? {
            Some(plain) => {
                let mut provider = provider::parse_provider(&plain, self.provider.clone())?;
                let username = plain.get("username").and_then(Value::as_str);
                provider.username = username.map(str::to_owned);
                Ok(provider)
            }
            None => provider::parse_provider(&self.members, self.provider.clone()),
        }
    }

    /// Admits a caller for one of these targets. Without a target every target is admitted: the
    /// caller named the spec instead.
    #[must_use]
    pub fn admit(&self, caller: &str, targets: &[Target]) -> Option<Admitted<'_>> {
        let listed = targets.is_empty() || self.specificity(targets).is_some();
        (listed && self.callers.include(caller)).then_some(Admitted(self))
    }

    /// Admits a caller that named the spec and no target.
    #[must_use]
    pub fn admit_by_name(&self) -> Admitted<'_> {
        Admitted(self)
    }

    /// The most specific match of the spec's `targets` with one of these.
    #[must_use]
    pub fn specificity(&self, targets: &[Target]) -> Option<Specificity> {
        targets
            .iter()
            .flat_map(|target| {
                self.targets
                    .iter()
                    .filter_map(|pattern| pattern.matches(target))
            })
            .max()
    }

    /// The first entry of `targets` that nearly matches one of these, and the difference.
    #[must_use]
    pub fn near_miss(&self, targets: &[Target]) -> Option<(NearMiss, &Pattern)> {
        self.targets.iter().find_map(|pattern| {
            let mut targets = targets.iter();
            let near = targets.find_map(|target| pattern.near_miss(target))?;
            Some((near, pattern))
        })
    }

    /// The user name to deliver with a token, and whether it is from the spec or the provider.
    #[must_use]
    pub fn username_with<'a>(&'a self, token: &'a Token) -> (&'a str, bool) {
        match &token.username {
            Some(name) if !self.username_is_explicit => (name, true),
            _ => (&self.username, self.username_is_explicit),
        }
    }

    /// How the user name of a request matches the spec's. One that only the provider knows does not
    /// count.
    #[must_use]
    pub fn user_match(&self, requested: Option<&str>) -> UserMatch {
        match requested.filter(|_| self.username_is_explicit) {
            None => UserMatch::Open,
            Some(user) if user == self.username => UserMatch::Same,
            Some(_) => UserMatch::Other,
        }
    }

    /// The members that change the token, as canonical JSON, and the digest of the built-in preset,
    /// if any. Contains no secret.
    #[must_use]
    pub fn identity(&self) -> (&str, u64) {
        let preset = self.members.get("provider").and_then(Value::as_str);
        (&self.identity, preset.map_or(0, preset::digest))
    }
}
