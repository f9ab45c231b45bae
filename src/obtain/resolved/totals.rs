//! What a chain of specs adds up to: its keyring entries, and the time that it may take.

use std::time::Duration;

use crate::source::Source;
use crate::spec::Provider;
use crate::world::limits;

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
