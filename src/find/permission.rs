//! What the administrator's policy permits: which specs count, and what one may reach.

use std::path::Path;

use crate::error::Error;
use crate::grant::url::{Start, Url};
use crate::source::Source;
use crate::spec::policy::{Forbidden, Policy};
use crate::spec::{Origin, Provider};
use crate::target::Endpoint;
use crate::world::specs::{is_machines, machine};
use crate::world::{Loading, Resolving, SpecFiles, keyring};

/// The policy, if there is one.
///
/// # Errors
/// [`Code::PolicyForbids`](crate::error::Code::PolicyForbids) if it cannot be used.
pub fn policy<W: SpecFiles + ?Sized>(world: &W) -> Result<Option<&Policy>, Error> {
    world.policy().map_err(Error::policy_unusable)
}

/// Whether the user's own specs and presets count. They do while the policy cannot be used: then
/// every spec is an error.
pub(super) fn own_counts<W: SpecFiles + ?Sized>(world: &W) -> bool {
    !matches!(world.policy(), Ok(Some(policy)) if !policy.user_specs)
}

/// Checks that a spec counts that comes from a file in this folder, or from no file.
pub(super) fn must_count(
    world: &dyn Loading,
    origin: &Origin,
    folder: Option<&Path>,
) -> Result<(), Error> {
    let own_counts = policy(world)?.is_none_or(|policy| policy.user_specs);
    if own_counts || folder.is_some_and(is_machines) {
        return Ok(());
    }
    let by = Forbidden {
        what: format!("a spec that is not in {}", machine()),
        rule: "user_specs",
    };
    Err(Error::forbidden(Some(&origin.to_string()), &by))
}

/// The first thing that a spec may not reach.
#[must_use]
pub fn forbidden(world: &dyn Resolving, policy: &Policy, provider: &Provider) -> Option<Forbidden> {
    let mut first = None;
    provider.walk_all_sources(&mut |source| {
        let checked = policy.check_source(source).and_then(|()| match source {
            Source::Keyring(entry) => {
                let chosen = world.variable("KEYFOB_KEYRING");
                let entry = keyring::in_selected_keyring(entry, chosen.as_deref());
                // Where the variable names no keyring, none is opened.
                let store = entry.map(|entry| keyring::word(entry.store));
                store.map_or(Ok(()), |store| policy.check_store(store))
            }
            _ => Ok(()),
        });
        if let (None, Err(by)) = (&first, checked) {
            first = Some(by);
        }
    });
    first.or_else(|| {
        let urls = provider.urls();
        urls.iter().find_map(|url| match endpoint(world, url) {
            Some(endpoint) => policy.check_endpoint(&endpoint).err(),
            None => None,
        })
    })
}

/// The receiver of a request. `None` for a variable that is not set: then nothing can be sent.
fn endpoint(world: &dyn Resolving, url: &Url<Source>) -> Option<Endpoint> {
    let start = match url {
        Url::Written(endpoint) => return Some(endpoint.clone()),
        Url::Composed { start, .. } => start,
    };
    match start {
        Start::Written(endpoint) | Start::Below(endpoint, _) => Some(endpoint.clone()),
        Start::Whole(source) => {
            let mut value = None;
            source.walk(&mut |source| {
                if let Source::Env(name) = source {
                    value = world.variable(name);
                }
            });
            Endpoint::parse_from_environment(&value?).ok()
        }
    }
}
