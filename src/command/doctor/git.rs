//! git's configuration, as git itself lists it, with its includes: helpers beside keyfob's, and
//! headers that it sends in place of a credential.

use super::findings::Findings;
use crate::find::LoadedSpec;
use crate::source::Command;
use crate::tool::git_config::after_resets;
use crate::tool::{Helper, redact, spec_in};
use crate::world::inspection::Examining;
use crate::world::limits;

/// A variable of the configuration.
struct Setting {
    file: String,
    name: String,
    value: String,
}

/// Checks git's configuration, and returns the helpers in it.
pub(super) fn check(
    world: &dyn Examining,
    specs: &[LoadedSpec],
    findings: &mut Findings,
) -> Vec<Helper> {
    let settings = settings(world);
    let mut contexts: Vec<&str> = settings.iter().filter_map(helper_context).collect();
    contexts.sort();
    contexts.dedup();
    for context in contexts {
        helpers_of(context, &settings, findings);
    }
    let ours = settings
        .iter()
        .any(|it| is_ours(&it.value) && helper_context(it).is_some());
    for setting in &settings {
        let name = setting.name.to_ascii_lowercase();
        let is_header = name.starts_with("http.") && name.ends_with(".extraheader");
        // Its value is a secret.
        let authorizes = setting
            .value
            .to_ascii_lowercase()
            .starts_with("authorization:");
        if is_header && authorizes && ours {
            // A URL in its name may hold a password.
            let name = redact::without_userinfo(&setting.name);
            let says = format!(
                "`{name}` in {} sends credentials of its own with each request",
                setting.file
            );
            let hint = match name == setting.name {
                true => format!("git config --unset-all '{name}' takes it away"),
                false => format!("take it out of {}", setting.file),
            };
            findings.note("git", &says, Some(&hint));
        }
    }
    if ours {
        paths(&settings, specs, findings);
    }
    settings.iter().filter_map(as_helper).collect()
}

/// git names a path only where `useHttpPath` says so, and a target with a path needs one.
fn paths(settings: &[Setting], specs: &[LoadedSpec], findings: &mut Findings) {
    let names_path = |prefix: &str| {
        let mut named = false;
        for setting in settings {
            // The section and the variable are in lower case, as git lists them.
            let rest = setting.name.strip_prefix("credential.");
            let url = rest.and_then(|rest| rest.strip_suffix("usehttppath"));
            let of_prefix = url.is_some_and(|url| prefix.starts_with(url.trim_end_matches('.')));
            if of_prefix {
                named = !["false", "no", "off", "0"].contains(&setting.value.as_str());
            }
        }
        named
    };
    for loaded in specs
        .iter()
        .filter(|loaded| loaded.spec.callers.include("git"))
    {
        for target in &loaded.spec.targets {
            let prefix = target.https_prefix().unwrap_or_default();
            let path = prefix
                .strip_prefix("https://")
                .and_then(|rest| rest.split_once('/'));
            let Some((host, _)) = path.filter(|_| !names_path(&prefix)) else {
                continue;
            };
            let says = format!(
                "spec `{}` lists {target}, and git names no path",
                loaded.name
            );
            let hint = format!("git config --global credential.https://{host}.useHttpPath true");
            findings.note("git", &says, Some(&hint));
        }
    }
}

/// The URL of `credential.URL.helper`; empty for `credential.helper`.
fn helper_context(setting: &Setting) -> Option<&str> {
    let rest = setting.name.strip_prefix("credential.")?;
    match rest.strip_suffix("helper")? {
        "" => Some(""),
        url => url.strip_suffix('.'),
    }
}

fn is_ours(value: &str) -> bool {
    value.contains("keyfob")
}

/// The helpers that git asks for a URL: those for all URLs too, in order. git passes the token to
/// each of them, and one that stores passwords stores it.
fn helpers_of(context: &str, settings: &[Setting], findings: &mut Findings) {
    let is_asked = |setting: &&Setting| {
        helper_context(setting).is_some_and(|of| of.is_empty() || of == context)
    };
    let helpers = settings.iter().filter(is_asked);
    let helpers = after_resets(helpers.map(|setting| setting.value.as_str()));
    let (ours, others): (Vec<&str>, Vec<&str>) =
        helpers.into_iter().partition(|helper| is_ours(helper));
    if ours.is_empty() || others.is_empty() {
        return;
    }
    let of = match context {
        "" => String::new(),
        url => format!(" for {}", redact::without_userinfo(url)),
    };
    let others: Vec<&str> = others.into_iter().map(redact::git_helper).collect();
    let says = format!(
        "it passes the token{of} to these helpers too, and they may store it: {}",
        others.join(", ")
    );
    let hint = "write `helper =` before `helper = keyfob` in git's configuration; git 2.46 and \
                later tells them not to store it";
    findings.note("git", &says, Some(hint));
}

/// A helper for the checks that all tools share. A line of shell is one only if it names keyfob.
fn as_helper(setting: &Setting) -> Option<Helper> {
    let context = helper_context(setting)?;
    let value = setting.value.as_str();
    let is_shell = value.starts_with('!');
    let words = value.trim_start_matches('!').split_whitespace();
    let words: Vec<String> = words.map(str::to_owned).collect();
    let first = words.first()?;
    let program = match is_shell || first.starts_with(['/', '~']) {
        true => first.to_owned(),
        false => format!("git-credential-{first}"),
    };
    let spec = spec_in(&words);
    Some(Helper {
        tool: "git",
        file: setting.file.clone().into(),
        line: 0,
        program,
        target: Some(context.to_owned()).filter(|context| !context.is_empty()),
        spec: spec.map(|spec| spec.trim_matches(['\'', '"']).to_owned()),
    })
}

/// Every variable in git's order.
fn settings(world: &dyn Examining) -> Vec<Setting> {
    let Some(git) = world.find_program("git") else {
        return Vec::new();
    };
    let git = git.display().to_string();
    let variables = [
        "GIT_CONFIG_GLOBAL",
        "GIT_CONFIG_SYSTEM",
        "GIT_CONFIG_NOSYSTEM",
        "XDG_CONFIG_HOME",
    ];
    let argv = [&git, "config", "--null", "--show-origin", "--list"];
    let command = Command {
        argv: argv.map(str::to_owned).to_vec(),
        variables: variables.map(str::to_owned).to_vec(),
        // A person runs this command in the repository in question.
        directory: world.working_directory(),
        timeout: None,
    };
    let Ok(listed) = world.run(&command, limits::PROGRAM) else {
        return Vec::new();
    };
    let listed = listed.expose_text().unwrap_or_default();
    let mut parts = listed.split('\0');
    let mut settings = Vec::new();
    while let (Some(origin), Some(written)) = (parts.next(), parts.next()) {
        let (name, value) = written.split_once('\n').unwrap_or((written, ""));
        settings.push(Setting {
            file: origin.strip_prefix("file:").unwrap_or(origin).to_owned(),
            name: name.to_owned(),
            value: value.to_owned(),
        });
    }
    settings
}
