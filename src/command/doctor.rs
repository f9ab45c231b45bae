//! `keyfob doctor`: checks whether keyfob can work here, and shows the last failures of callers
//! that hide them. It contacts no provider and reads no secret.
//!
//! One line for each check: `ok`, `fail` with a hint, or `note`. The exit status is 1 if a check
//! failed.

use std::collections::BTreeMap;

use crate::error::Error;
use crate::find;
use crate::http::Transport;
use crate::obtain;
use crate::protocol::{CALLERS, Reply};
use crate::source::{Command, KeyringKind};
use crate::target::Endpoint;
use crate::time::format_duration;
use crate::world::cache::FailureNotes;
use crate::world::specs::{MACHINE, POLICY};
use crate::world::{Clock, Environment, Programs, Resolving, World, http, limits};

/// The report, and whether a check failed.
#[derive(Default)]
struct Findings {
    lines: String,
    failed: bool,
}

impl Findings {
    fn ok(&mut self, what: &str, says: &str) {
        self.lines.push_str(&format!("ok\t{what}: {says}\n"));
    }

    fn note(&mut self, what: &str, says: &str) {
        self.lines.push_str(&format!("note\t{what}: {says}\n"));
    }

    fn fail(&mut self, what: &str, says: &str, hint: Option<&str>) {
        self.failed = true;
        self.lines.push_str(&format!("fail\t{what}: {says}\n"));
        if let Some(hint) = hint {
            self.lines.push_str(&format!("\thint: {hint}\n"));
        }
    }
}

/// Runs all checks.
pub fn run(world: &dyn World) -> Reply {
    let mut findings = Findings::default();
    specs(world, &mut findings);
    match world.cache_folder() {
        Ok(folder) => findings.ok("cache", &folder.display().to_string()),
        Err(unusable) => findings.fail("cache", &unusable.why, Some(&unusable.hint)),
    }
    keyring(world, &mut findings);
    match world.trusted_roots() {
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
    proxy(world, &mut findings);
    links(world, &mut findings);
    helpers_of_git(world, &mut findings);
    failures(world, &mut findings);
    Reply {
        status: u8::from(findings.failed),
        ..Reply::text(findings.lines)
    }
}

fn specs(world: &dyn Resolving, findings: &mut Findings) {
    match find::policy(world) {
        Ok(None) => {}
        Ok(Some(policy)) => findings.ok("policy", &format!("{POLICY}: {}", policy.describe())),
        Err(why) => findings.fail("policy", &why.sentence, why.hint.as_deref()),
    }
    let own = world.config_folder();
    if own.is_none() && world.machine_folders().is_empty() {
        return findings.fail(
            "specs",
            "neither KEYFOB_CONFIG_DIR nor HOME is set",
            Some("set KEYFOB_CONFIG_DIR, or name each spec's file with --spec"),
        );
    }
    let shown = own.as_deref().unwrap_or(MACHINE.as_ref()).display();
    let specs = match world.spec_files() {
        Ok(specs) => specs,
        Err(why) => return findings.fail("specs", &format!("{shown}: {why}"), None),
    };
    if specs.is_empty() {
        return findings.note("specs", &format!("none in {shown}"));
    }
    let mut sound: BTreeMap<String, usize> = BTreeMap::new();
    for spec in &specs {
        let verified = find::in_folder(world, spec).and_then(|loaded| {
            let admitted = loaded.spec.admit_by_name();
            obtain::resolve(world, &loaded.name, admitted).verify()
        });
        let folder = spec.path.parent().unwrap_or(&spec.path).display();
        let count = sound.entry(folder.to_string()).or_default();
        match verified {
            Ok(()) => *count += 1,
            Err(error) => {
                let what = format!("spec `{}`", spec.name);
                let says = error.sentence.strip_prefix(&format!("{what}: "));
                let says = says.unwrap_or(&error.sentence);
                let says = format!("{says} ({})", error.code);
                findings.fail(&what, &says, error.hint.as_deref());
            }
        }
    }
    for (folder, count) in sound {
        findings.ok("specs", &format!("{count} in {folder}"));
    }
}

fn keyring(world: &dyn World, findings: &mut Findings) {
    let name = world.keyring_name(KeyringKind::Default);
    match world.secret_names(KeyringKind::Default) {
        Ok(names) => findings.ok("keyring", &format!("{name}, {} entries", names.len())),
        // A CI runner has no keyring, and usually needs none.
        Err(why) => {
            let error = Error::keyring(name, name, &why);
            let needed = find::all(world)
                .iter()
                .filter_map(|loaded| loaded.spec.admit_by_name().read_provider().ok())
                .any(|provider| provider.needs_keyring());
            if needed {
                findings.fail("keyring", &error.sentence, error.hint.as_deref());
            } else {
                let says = format!("{} (no spec needs it)", error.sentence);
                findings.note("keyring", &says);
            }
        }
    }
}

fn proxy(world: &dyn Environment, findings: &mut Findings) {
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

fn links(world: &dyn Environment, findings: &mut Findings) {
    let (there, absent): (Vec<_>, Vec<_>) = CALLERS
        .iter()
        .map(|caller| caller.link)
        .partition(|link| world.find_program(link).is_some());
    if !there.is_empty() {
        findings.ok("on PATH", &there.join(", "));
    }
    if !absent.is_empty() {
        let says = format!("{}: needed only by their own tools", absent.join(", "));
        findings.note("not on PATH", &says);
    }
}

/// Warns of other helpers: git passes the token to all of them, and one that stores passwords would
/// store it.
fn helpers_of_git(world: &(impl Environment + Programs + ?Sized), findings: &mut Findings) {
    let Some(git) = world.find_program("git") else {
        return;
    };
    let git = git.display().to_string();
    let argv = [&git, "config", "--null", "--get-all", "credential.helper"];
    let variables = [
        "GIT_CONFIG_GLOBAL",
        "GIT_CONFIG_SYSTEM",
        "GIT_CONFIG_NOSYSTEM",
    ];
    let command = Command {
        argv: argv.map(str::to_owned).to_vec(),
        variables: variables.map(str::to_owned).to_vec(),
        // A person runs this command in the repository in question.
        directory: world.working_directory(),
        timeout: None,
    };
    let Ok(configured) = world.run(&command, limits::PROGRAM) else {
        return;
    };
    // An empty value makes git ignore the helpers before it.
    let helpers = configured.expose_text().unwrap_or_default();
    let helpers = helpers.strip_suffix('\0').unwrap_or(helpers).split('\0');
    let helpers = helpers.fold(Vec::new(), |mut helpers, helper| {
        if helper.is_empty() {
            helpers.clear();
        } else {
            helpers.push(helper);
        }
        helpers
    });
    let (ours, others): (Vec<&str>, Vec<&str>) = helpers
        .into_iter()
        .partition(|helper| helper.contains("keyfob"));
    match (ours.is_empty(), others.is_empty()) {
        (true, _) => {}
        (false, true) => findings.ok("git", "keyfob is its only helper"),
        (false, false) => {
            let says = format!(
                "it passes the token to these helpers too, and they may store it: {}",
                others.join(", ")
            );
            findings.note("git", &says);
            let hint = "write `helper =` before `helper = keyfob` in git's configuration; git \
            2.46 and later tells them not to store it";
            findings.lines.push_str(&format!("\thint: {hint}\n"));
        }
    }
}

fn failures(world: &(impl Clock + FailureNotes + ?Sized), findings: &mut Findings) {
    let now = world.now();
    for failure in world.failures() {
        let target = failure.target.as_deref();
        let target = target
            .map(|target| format!(" for {target}"))
            .unwrap_or_default();
        findings.note(
            "last failure",
            &format!(
                "{}{target}, {} ago ({}): {} ({})",
                failure.caller,
                format_duration(now.since(failure.at)),
                failure.at,
                failure.sentence,
                failure.code
            ),
        );
        if let Some(hint) = &failure.hint {
            findings.lines.push_str(&format!("\thint: {hint}\n"));
        }
    }
}
