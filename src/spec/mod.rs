//! Parses specs: JSON → `Spec` → `Provider`. The result is a grant with its sources, or an error
//! with the JSON pointer of the invalid member.

mod aws;
mod check;
mod environment;
pub mod expand;
mod grants;
mod inputs;
mod kept_token;
mod look_alikes;
pub mod members;
pub mod node;
mod numbers;
mod origin;
mod paths;
pub mod policy;
pub mod preset;
mod provider;
mod reach;
mod response_format;
pub mod schema;
mod signed_jwt;
pub mod source;
pub mod strict;
mod template;
mod text;
mod token_endpoint;
mod url;
mod written;

use std::path::PathBuf;
use std::time::Duration;

pub use origin::Origin;
pub use paths::{PathBase, is_path};
pub use written::{Admitted, CALLERS, Spec, changes_the_token, nearest_caller};

use crate::grant::Grant;
use crate::grant::response::Requirement;
use crate::grant::template::Template;
use crate::source::Source;
use crate::target::Endpoint;
use crate::time::ExpiryRule;

/// What a request may hold that [`crate::grant::url::Url::is_confined`].
pub const CONFINED: &str = "a request to a metadata service, or to a URL of the environment, \
    holds only values of the environment and of files";

/// The maximum `timeout` in seconds.
const MAX_TIMEOUT: u64 = 120;

/// The connection members of a spec.
#[derive(Debug, Clone, Default)]
pub struct Connection {
    /// The file of the only trusted certificates.
    pub ca_file: Option<PathBuf>,
    /// Client certificate and key for mutual TLS.
    pub client_certificate: Option<(Source, Source)>,
    /// The proxy. Default: the environment's.
    pub proxy: Option<String>,
    /// Timeout of the whole call.
    pub timeout: Option<Duration>,
}

/// The request that checks the account or token of a spec.
#[derive(Debug, Clone)]
pub struct Check {
    /// The request.
    pub template: Template<Source>,
    /// The requirements for the account or token to be usable.
    pub usable: Vec<Requirement>,
    /// The values to show: label and JSON pointer.
    pub show: Vec<(String, String)>,
    /// The rules for its expiry.
    pub expiry_rules: Vec<ExpiryRule>,
}

/// How a token is revoked.
#[derive(Debug, Clone)]
pub enum Revocation {
    /// RFC 7009 with the client's authentication.
    Rfc7009(Endpoint),
    /// RFC 7009 at the URL in the server's metadata (RFC 8414 §2).
    Discovered(Endpoint),
    /// A vendor-specific request.
    Request(Box<Template<Source>>),
}

/// A completely parsed spec: the provider and the grant.
#[derive(Debug, Clone)]
pub struct Provider {
    /// The preset or grant of `provider`.
    pub name: String,
    /// Options of the connection.
    pub connection: Connection,
    /// How long a token without a known expiry is cached.
    pub max_cache: Duration,
    /// The request of `keyfob check`.
    pub check: Option<Check>,
    /// How a token is revoked.
    pub revocation: Option<Revocation>,
    /// The user name that a built-in preset has for its tokens, unless the spec has another.
    pub username: Option<String>,
    /// How the token is requested.
    pub grant: Grant<Source>,
}

impl Provider {
    /// Whether a value is from the OS keyring.
    #[must_use]
    pub fn needs_keyring(&self) -> bool {
        self.uses(&|source| matches!(source, Source::Keyring(_)))
    }

    /// Whether a source of the spec passes the test.
    #[must_use]
    pub fn uses(&self, test: &dyn Fn(&Source) -> bool) -> bool {
        let mut uses = false;
        self.walk_sources(&mut |source| uses |= test(source));
        uses
    }

    /// Whether its token may be sent where the environment decides: it was issued there, and is
    /// made from no secret of a keyring. A stored token is not issued, whoever is asked about it.
    #[must_use]
    pub fn is_ambient(&self) -> bool {
        let mut is_ambient = self.grant.is_confined();
        self.grant
            .walk(&mut |source| is_ambient &= source.is_ambient());
        is_ambient
    }

    /// Calls `visit` with every source of the spec.
    pub fn walk_sources(&self, visit: &mut dyn FnMut(&Source)) {
        self.grant
            .walk(&mut |source| source.walk(&mut |source| visit(source)));
        if let Grant::KeptToken(kept_token) = &self.grant {
            visit(&Source::Keyring(kept_token.store.clone()));
        }
        if let Some((certificate, key)) = &self.connection.client_certificate {
            certificate.walk(&mut |source| visit(source));
            key.walk(&mut |source| visit(source));
        }
    }
}
