//! The policy and the specs: each is read to its end, its secrets and certificates are there, and
//! no two tie. No secret is opened.

use std::collections::BTreeMap;
use std::path::Path;

use super::findings::Findings;
use crate::find::{self, LoadedSpec};
use crate::http::Transport;
use crate::obtain::inspect::{Inspector, Presence};
use crate::obtain::{self, Resolved};
use crate::source::Source;
use crate::spec::Provider;
use crate::world::folders::no_configuration;
use crate::world::inspection::Examining;
use crate::world::specs::{machine, policy_file};

/// Checks every spec of the configuration folders, and returns those that can be used.
pub(super) fn check(world: &dyn Examining, findings: &mut Findings) -> Vec<LoadedSpec> {
    match find::policy(world) {
        Ok(None) => {}
        Ok(Some(policy)) => {
            let says = format!("{}: {}", policy_file(), policy.describe());
            findings.ok("policy", &says);
        }
        Err(why) => findings.fail("policy", &why.sentence, why.hint.as_deref()),
    }
    if let Some(folder) = world.planted_folder() {
        let says = format!("{folder} does not count: no administrator owns it");
        findings.note(
            "policy",
            &says,
            Some("an administrator removes it, or makes it anew"),
        );
    }
    let own = world.config_folder();
    if own.is_none() && world.machine_folders().is_empty() {
        findings.fail(
            "specs",
            &no_configuration(&|name| world.variable(name)),
            Some("set KEYFOB_CONFIG_DIR, or name each spec's file with --spec"),
        );
        return Vec::new();
    }
    let shown = own.as_deref().unwrap_or(Path::new(machine())).display();
    let files = match world.spec_files() {
        Ok(files) => files,
        Err(why) => {
            findings.fail("specs", &format!("{shown}: {why}"), None);
            return Vec::new();
        }
    };
    if files.is_empty() {
        let hint = "`keyfob add` writes one";
        findings.note("specs", &format!("none in {shown}"), Some(hint));
    }
    for path in world.misnamed_specs() {
        let says = format!("{} is not used: its name is not UTF-8", path.display());
        findings.fail("specs", &says, Some("give it another name"));
    }
    let inspector = Inspector::new(world);
    let mut sound = Vec::new();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for file in &files {
        let folder = file.path.parent().unwrap_or(&file.path).display();
        let count = counts.entry(folder.to_string()).or_default();
        let what = format!("spec `{}`", file.name);
        let verified = find::in_folder(world, file).and_then(|loaded| {
            let admitted = loaded.spec.admit_by_name();
            let resolved = obtain::resolve(world, &loaded.name, admitted);
            resolved.verify()?;
            check_chain(world, &inspector, &what, &resolved, findings);
            Ok(loaded)
        });
        match verified {
            Ok(loaded) => {
                *count += 1;
                sound.push(loaded);
            }
            Err(error) => findings.error(&what, &error),
        }
    }
    for (folder, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
        findings.ok("specs", &format!("{count} in {folder}"));
    }
    ties(&sound, findings);
    sound
}

/// Checks what a spec reads, and the specs within it. Those that it names are checked themselves.
fn check_chain(
    world: &dyn Examining,
    inspector: &Inspector<'_>,
    what: &str,
    resolved: &Resolved<'_>,
    findings: &mut Findings,
) {
    if let Ok(provider) = resolved.provider() {
        check_provider(world, inspector, what, provider, findings);
    }
    for base in resolved.bases() {
        if find::is_nameless(base.name()) {
            check_chain(world, inspector, what, base, findings);
        }
    }
}

fn check_provider(
    world: &dyn Examining,
    inspector: &Inspector<'_>,
    what: &str,
    provider: &Provider,
    findings: &mut Findings,
) {
    let mut told: Vec<String> = Vec::new();
    provider.walk_written_sources(&mut |source| {
        let shown = source.describe();
        if told.contains(&shown) {
            return;
        }
        match inspector.presence(source) {
            Presence::Absent => {
                let says = format!("{shown}: there is no secret (secret-missing)");
                findings.fail(what, &says, how_to_put(source).as_deref());
            }
            Presence::Unusable(why) => {
                findings.fail(what, &format!("{shown}: {why} (secret-unreadable)"), None);
            }
            Presence::There | Presence::Unknown(_) => {}
        }
        source.walk(&mut |source| {
            if let Source::File(path) = source
                && let Some(hint) = world.others_can_read(path)
            {
                let says = format!("other users can read {}", path.display());
                findings.note(what, &says, Some(&hint));
            }
        });
        told.push(shown);
    });
    if provider.connection.ca_file.is_some() {
        let transport = Transport {
            ca_file: provider.connection.ca_file.clone(),
            ..Transport::default()
        };
        if let Err(why) = world.trusted_roots(&transport) {
            findings.fail(what, &format!("`ca_file`: {why} (connection-setup)"), None);
        }
    }
}

/// The command that puts the missing secret there.
fn how_to_put(source: &Source) -> Option<String> {
    match source {
        Source::Keyring(entry) => Some(format!("keyfob secret set {}", entry.user)),
        Source::Env(name) => Some(format!("set {name} where keyfob is called")),
        Source::Jwt(jwt) => how_to_put(&jwt.key),
        Source::Pointer { of, .. } | Source::Base64Url { of, .. } | Source::Public(of) => {
            how_to_put(of)
        }
        _ => None,
    }
}

/// Two specs with the same entry in `targets`, for the same caller: no request finds either.
fn ties(sound: &[LoadedSpec], findings: &mut Findings) {
    for (index, one) in sound.iter().enumerate() {
        for other in sound.iter().skip(index + 1) {
            if let Some((target, caller)) = find::tie(one, other) {
                let says = format!(
                    "`{}` and `{}` list {target} equally closely, for {caller} for instance \
                     (target-ambiguous)",
                    one.name, other.name
                );
                let hint = "give one of them a longer path, or another list of `callers`";
                findings.fail("specs", &says, Some(hint));
            }
        }
    }
}
