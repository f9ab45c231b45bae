//! What a chain of specs adds up to: its keyring entries, and the time that it may take.

use std::rc::Rc;
use std::time::Duration;

use super::{MAX_DEPTH, Resolved};
use crate::error::{Code, Error};
use crate::source::Source;
use crate::spec::{self, Provider};
use crate::world::{http, limits};

const CONFINED_BASES: &str = "the token of another spec only where that spec gets it from a \
    metadata service, or from a URL of the environment, too";

/// Sums over all specs of a chain that could be read.
#[derive(Debug, Default)]
pub struct ChainTotals {
    /// Keyring entries, by service and user, that the token is made with.
    pub secrets: Vec<(String, String)>,
    /// The longest time that obtaining the token may take: the outermost spec's `timeout`.
    /// The default is 9 s plus the time limits of all commands in the chain.
    pub allowance: Duration,
    /// Whether the outermost spec has a `timeout`.
    pub has_timeout: bool,
}

impl ChainTotals {
    /// Adds a spec.
    pub(super) fn add(&mut self, provider: &Provider) {
        provider.walk_sources(&mut |source| match source {
            Source::Keyring(entry) => self
                .secrets
                .push((entry.service.clone(), entry.user.clone())),
            Source::Command(command) => {
                self.allowance += command.timeout.unwrap_or(limits::PROGRAM);
            }
            _ => {}
        });
    }
}

impl Resolved<'_> {
    /// Adds up the chain. Called before any wait for a lock, which in a circle would never end.
    ///
    /// # Errors
    /// [`Code::SpecInvalid`] if specs refer to one another in a circle, or the chain is too long.
    pub fn totals(&self) -> Result<ChainTotals, Error> {
        let mut totals = ChainTotals::default();
        let chain = self.chain();
        for (index, resolved) in chain.iter().enumerate() {
            let mut before = chain.iter().take(index);
            let first = !before.any(|other| Rc::ptr_eq(&other.text, &resolved.text));
            if first && let Ok(provider) = resolved.provider() {
                totals.add(provider);
            }
            let is_ambient = |base: &&Rc<Self>| base.provider().is_ok_and(Provider::is_ambient);
            if resolved.is_confined() && !resolved.bases().iter().all(is_ambient) {
                return Err(Error::new(
                    Code::SpecInvalid,
                    format!("spec `{}`: {}", resolved.text.name, spec::CONFINED),
                )
                .hint(CONFINED_BASES));
            }
            if resolved.depth == MAX_DEPTH && resolved.uses_another_spec() {
                return Err(Error::new(
                    Code::SpecInvalid,
                    "more than five specs refer to one another, or they form a circle",
                ));
            }
        }
        let timeout = self.provider().ok().and_then(|it| it.connection.timeout);
        totals.has_timeout = timeout.is_some();
        totals.allowance = match timeout {
            Some(timeout) => timeout,
            None => totals.allowance.saturating_add(http::budget(None)),
        };
        Ok(totals)
    }

    fn is_confined(&self) -> bool {
        self.provider()
            .is_ok_and(|provider| provider.grant.is_confined())
    }

    fn uses_another_spec(&self) -> bool {
        let is_token = |source: &Source| matches!(source, Source::Token(_));
        self.provider()
            .is_ok_and(|provider| provider.uses(&is_token))
    }
}
