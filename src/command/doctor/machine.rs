//! What every spec needs of this machine: the cache, the keyring, TLS roots and the proxy.

use super::findings::Findings;
use crate::error::Error;
use crate::find;
use crate::http::Transport;
use crate::source::{KeyringKind, Source};
use crate::target::Endpoint;
use crate::world::inspection::Examining;
use crate::world::{Environment, http};

/// Checks the machine.
pub(super) fn check(world: &dyn Examining, findings: &mut Findings) {
    match world.cache_folder() {
        Ok(folder) => findings.ok("cache", &folder.display().to_string()),
        Err(unusable) => findings.fail("cache", &unusable.why, Some(&unusable.hint)),
    }
    keyring(world, findings);
    match world.trusted_roots(&Transport::default()) {
        Ok((from, Some(number))) => {
            findings.ok("TLS roots", &format!("{number} certificates from {from}"))
        }
        Ok((from, None)) => findings.ok("TLS roots", &from),
        Err(why) => findings.fail(
            "TLS roots",
            &why,
            Some("without them no provider can be reached"),
        ),
    }
    proxy(world, findings);
}

/// The default keyring, and those that specs name.
fn keyring(world: &dyn Examining, findings: &mut Findings) {
    let mut needed: Vec<KeyringKind> = Vec::new();
    for loaded in find::all(world) {
        if let Ok(provider) = loaded.spec.admit_by_name().read_provider() {
            provider.walk_all_sources(&mut |source| {
                if let Source::Keyring(entry) = source {
                    needed.push(entry.store);
                }
            });
        }
    }
    use KeyringKind::{Default, Kernel, SecretService};
    let mut told: Vec<&str> = Vec::new();
    for kind in [Default, SecretService, Kernel] {
        let name = world.keyring_name(kind);
        // The default may be one that specs name too.
        let is_needed = needed.iter().any(|kind| world.keyring_name(*kind) == name);
        if kind != Default && !is_needed || told.contains(&name) {
            continue;
        }
        told.push(name);
        match world.secret_names(kind) {
            Ok(names) => findings.ok("keyring", &format!("{name}, {} entries", names.len())),
            Err(why) => {
                let error = Error::keyring(name, name, &why);
                if is_needed {
                    findings.fail("keyring", &error.sentence, error.hint.as_deref());
                } else {
                    // A CI runner has no keyring, and usually needs none.
                    let says = format!("{} (no spec needs it)", error.sentence);
                    findings.note("keyring", &says, None);
                }
            }
        }
    }
}

fn proxy(world: &(impl Environment + ?Sized), findings: &mut Findings) {
    // Any host that NO_PROXY does not list would do.
    let Ok(anywhere) = Endpoint::parse("https://provider.invalid/") else {
        return;
    };
    let variable = |name: &str| world.variable(name);
    match http::proxy_for(&anywhere, &Transport::default(), &variable) {
        Ok(None) => findings.ok("proxy", "none"),
        Ok(Some(proxy)) => findings.ok("proxy", &proxy),
        Err(why) => findings.fail(
            "proxy",
            &why.to_string(),
            Some("set HTTPS_PROXY to http://host:port, or leave it unset"),
        ),
    }
}
