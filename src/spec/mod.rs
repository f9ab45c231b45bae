//! JSON → `Spec` → `Provider`, strictly: what a spec's author wrote becomes a grant with its sources, or an error with its place.

pub mod expand;
mod grants;
mod inputs;
mod kept_token;
pub mod members;
pub mod node;
mod numbers;
mod origin;
mod paths;
pub mod preset;
mod provider;
pub mod source;
pub mod strict;
mod template;
mod written;

use std::path::PathBuf;
use std::time::Duration;

pub use origin::Origin;
pub use paths::{PathBase, is_path};
pub use written::{Admitted, CALLERS, Spec};

use crate::grant::Grant;
use crate::grant::static_token::Requirement;
use crate::grant::template::Template;
use crate::source::Source;
use crate::target::Endpoint;
use crate::time::Expiry;

/// Longest `timeout`, in seconds.
const LONGEST_TIMEOUT: u64 = 120;

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

/// Who issues a token, and how it is asked for: a spec, read to the end.
#[derive(Debug, Clone)]
pub struct Provider {
    /// The preset or grant that the spec names.
    pub name: String,
    /// How the connection is made.
    pub connection: Connection,
    /// How long a token of unknown life is kept.
    pub max_cache: Duration,
    /// How the provider is asked about what is behind the spec.
    pub check: Option<Check>,
    /// How a token is given back.
    pub revocation: Option<Revocation>,
    /// How the token is asked for.
    pub grant: Grant<Source>,
}

impl Provider {
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
        if let Grant::KeptToken(minted) = &self.grant {
            visit(&Source::Keyring(minted.store.clone()));
        }
        if let Some((certificate, key)) = &self.connection.client_certificate {
            certificate.walk(&mut |source| visit(source));
            key.walk(&mut |source| visit(source));
        }
    }
}
