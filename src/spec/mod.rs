//! JSON → `Provider`, strictly: what a spec's author wrote becomes a grant with its sources, or an error with its place.

pub mod expand;
mod grants;
pub mod members;
mod minted;
pub mod node;
pub mod preset;
mod provider;
pub mod source;
pub mod strict;
mod template;

use std::path::PathBuf;
use std::time::Duration;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::credential::Authtype;
use crate::grant::Grant;
use crate::grant::stored::Requirement;
use crate::grant::template::Template;
use crate::source::Source;
use crate::target::{Closeness, Endpoint, Pattern, Target};
use crate::time::Expiry;
use node::SpecError;

/// How the connection is made, as written.
#[derive(Debug, Clone, Default)]
pub struct Connection {
    /// Trust only the certificates in this file.
    pub ca_file: Option<PathBuf>,
    /// Client certificate and key for mutual TLS.
    pub client_certificate: Option<(Source, Source)>,
    /// Proxy instead of the environment's.
    pub proxy: Option<String>,
    /// The whole call; seconds.
    pub timeout: Option<Duration>,
}

/// How a provider is asked about the account or token behind a spec.
#[derive(Debug, Clone)]
pub struct Check {
    /// The request.
    pub template: Template<Source>,
    /// What must hold for the account or token to be usable.
    pub usable: Vec<Requirement>,
    /// What is shown: label and JSON pointer.
    pub show: Vec<(String, String)>,
    /// What tells its end.
    pub ends: Vec<Expiry>,
}

/// How a token is given back.
#[derive(Debug, Clone)]
pub enum Revocation {
    /// RFC 7009, with the client's own authentication.
    Rfc7009(Endpoint),
    /// RFC 7009 at the URL that the metadata names (RFC 8414 §2).
    Discovered(Endpoint),
    /// A request of the vendor's own.
    Request(Template<Source>),
}

/// A spec, read: who issues the token, how it is asked for, and to whom it may be handed.
#[derive(Debug, Clone)]
pub struct Provider {
    /// The preset or grant that the spec names.
    pub provider: String,
    /// To whom the token may be handed.
    pub targets: Vec<Pattern>,
    /// User name for callers that want one.
    pub username: String,
    /// How git is to send the token, where the spec says so.
    pub authtype: Option<Authtype>,
    /// How the connection is made.
    pub connection: Connection,
    /// How long a token of unknown life is kept.
    pub max_cache: Duration,
    /// How the provider is asked about what is behind the spec.
    pub check: Option<Check>,
    /// How a token is given back.
    pub revocation: Option<Revocation>,
    /// The grant with its sources.
    grant: Grant<Source>,
    /// Everything in the spec that changes the token, in one canonical text.
    identity: String,
}

/// A provider whose token may be handed to who asked: the only way to its grant.
#[derive(Debug, Clone, Copy)]
pub struct Admitted<'a>(&'a Provider);

impl<'a> Admitted<'a> {
    /// The provider.
    #[must_use]
    pub fn provider(&self) -> &'a Provider {
        self.0
    }

    /// How its token is asked for.
    #[must_use]
    pub fn grant(&self) -> &'a Grant<Source> {
        &self.0.grant
    }
}

/// Members that change how a token is fetched or handed on, but not which token it is.
const NO_IDENTITY: &[&str] = &[
    "targets",
    "username",
    "authtype",
    "timeout",
    "description",
    "max_cache",
    "check",
    "revoke",
    "revocation_url",
    "discovery_url",
    "retry_header",
];

/// The members that change the token, as canonical JSON: in the order of their names.
struct Identity<'a>(&'a Map<String, Value>);

impl Serialize for Identity<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let members = self.0.iter();
        serializer.collect_map(members.filter(|(name, _)| !NO_IDENTITY.contains(&name.as_str())))
    }
}

impl Provider {
    /// Reads a spec. `own_preset` gives the text of a preset of the user's own, by name.
    ///
    /// # Errors
    /// [`SpecError`] with the place.
    pub fn parse(
        text: &[u8],
        own_preset: &dyn Fn(&str) -> expand::OwnPreset,
    ) -> Result<Self, SpecError> {
        let value = strict::parse(text)?;
        let Value::Object(written) = value else {
            return Err(SpecError::new("", "a spec is one JSON object"));
        };
        let (provider, plain) = expand::expand(written, own_preset)?;
        let identity = serde_json::to_string(&Identity(&plain))
            .map_err(|_| SpecError::new("", "the spec is no valid JSON"))?;
        let value = Value::Object(plain);
        provider::read(&value, provider, identity)
    }

    /// Whether the token may be handed to this target. A caller that names none is served: it named the spec instead.
    #[must_use]
    pub fn admit(&self, targets: &[Target]) -> Option<Admitted<'_>> {
        (targets.is_empty() || self.closeness(targets).is_some()).then_some(Admitted(self))
    }

    /// For who named the spec itself, and no target.
    #[must_use]
    pub fn admit_by_name(&self) -> Admitted<'_> {
        Admitted(self)
    }

    /// How closely the spec's `targets` fit any of these.
    #[must_use]
    pub fn closeness(&self, targets: &[Target]) -> Option<Closeness> {
        targets
            .iter()
            .flat_map(|target| {
                self.targets
                    .iter()
                    .filter_map(|pattern| pattern.fits(target))
            })
            .max()
    }

    /// Everything in the spec that changes the token. Holds no secret.
    #[must_use]
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// Whether a value of it lies in the OS keyring.
    #[must_use]
    pub fn needs_keyring(&self) -> bool {
        let mut needs = false;
        self.walk_sources(&mut |source| needs |= matches!(source, Source::Keyring(_)));
        needs
    }

    /// Calls `visit` with every source of the spec.
    pub fn walk_sources(&self, visit: &mut dyn FnMut(&Source)) {
        let infallible = self
            .grant
            .open::<(), std::convert::Infallible>(&mut |source| {
                source.walk(&mut |source| visit(source));
                Ok(())
            });
        debug_assert!(infallible.is_ok());
        if let Grant::Minted(minted) = &self.grant {
            visit(&Source::Keyring(minted.store.clone()));
        }
        if let Some((certificate, key)) = &self.connection.client_certificate {
            certificate.walk(&mut |source| visit(source));
            key.walk(&mut |source| visit(source));
        }
    }
}
