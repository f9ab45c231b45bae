//! git's configuration, read from its files as git reads them (git-config(1)), because `explain`
//! runs no program: which helpers it asks for a URL, and whether it passes on the path.
//!
//! Files that are named by `include.path` are followed. Conditions (`includeIf`) are not decided,
//! and then neither is what depends on them.

mod syntax;

use std::path::{Path, PathBuf};

use syntax::Entry;

use super::files::{expand_home, files};
use crate::target::Target;
use crate::world::Resolving;
use crate::world::files::FileError;
use crate::world::folders::GIT_SYSTEM;

/// As deeply as git follows included files.
const DEEPEST: usize = 10;

/// The variables of `credential` and `core.askPass`, in git's order.
#[derive(Debug, Default)]
pub struct GitConfig {
    entries: Vec<Entry>,
    /// Why there may be more than what was read.
    pub unread: Option<String>,
}

/// The helpers that are left of a list. An empty value makes git forget those before it
/// (gitcredentials(7)).
pub fn after_resets<'a>(values: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut helpers = Vec::new();
    for value in values {
        match value {
            "" => helpers.clear(),
            helper => helpers.push(helper),
        }
    }
    helpers
}

impl GitConfig {
    /// Reads git's files, and what the environment adds.
    #[must_use]
    pub fn read(world: &dyn Resolving) -> Self {
        let mut config = Self::default();
        for file in in_order(world, &mut config) {
            config.add(world, &file, 0);
        }
        config.add_variables(world);
        config
    }

    /// The helpers that git asks for a URL, in order.
    #[must_use]
    pub fn helpers(&self, target: &Target, user: Option<&str>) -> Vec<&str> {
        let values = self.of("helper", target, user).into_iter();
        after_resets(values.map(Option::unwrap_or_default))
    }

    /// Whether git passes on the path of a URL. The last setting counts, however specific it is.
    #[must_use]
    pub fn sends_path(&self, target: &Target, user: Option<&str>) -> bool {
        let values = self.of("usehttppath", target, user);
        // An empty value is false.
        let is_on = |value: &str| match value.parse::<i64>() {
            Ok(number) => number != 0,
            Err(_) => ["true", "yes", "on"].contains(&value.to_ascii_lowercase().as_str()),
        };
        values.last().is_some_and(|value| value.is_some_and(is_on))
    }

    /// Whether `core.askPass` names keyfob.
    #[must_use]
    pub fn prompts_keyfob(&self) -> bool {
        let prompts = self.entries.iter().rev();
        let mut prompts = prompts.filter(|it| it.section == "core" && it.name == "askpass");
        let value = prompts.next().and_then(|it| it.value.as_deref());
        value.is_some_and(|value| value.contains("keyfob"))
    }

    /// The variable without a value for which git ends with an error, instead of asking a helper.
    #[must_use]
    pub fn refused(&self, target: &Target, user: Option<&str>) -> Option<&str> {
        let mut entries = self.for_url(target, user).into_iter();
        let first = entries.find(|it| it.value.is_none());
        first.map(|it| it.name.as_str())
    }

    fn of(&self, name: &str, target: &Target, user: Option<&str>) -> Vec<Option<&str>> {
        let entries = self.for_url(target, user).into_iter();
        let named = entries.filter(|it| it.name == name);
        named.map(|it| it.value.as_deref()).collect()
    }

    fn for_url(&self, target: &Target, user: Option<&str>) -> Vec<&Entry> {
        let url = target.to_string();
        let entries = self.entries.iter().filter(|it| {
            let context = it.context.as_deref();
            it.section == "credential" && context.is_none_or(|context| is_for(context, &url, user))
        });
        entries.collect()
    }

    fn add(&mut self, world: &dyn Resolving, file: &Path, depth: usize) {
        let content = match world.read_value(file) {
            Ok(content) => content,
            Err(FileError::Missing) => return,
            Err(_) => return self.is_not_read(file.display().to_string()),
        };
        let Some(text) = content.expose_text() else {
            return self.is_not_read(file.display().to_string());
        };
        for entry in syntax::entries(text) {
            match (entry.section.as_str(), entry.value.as_deref()) {
                ("include", Some(path)) if entry.name == "path" && depth < DEEPEST => {
                    let folder = file.parent().unwrap_or(file);
                    let path = folder.join(expand_home(world, path));
                    self.add(world, &path, depth + 1);
                }
                ("include" | "includeif", _) => {
                    self.is_not_read(format!("what {} includes", file.display()));
                }
                ("credential" | "core", _) => self.entries.push(entry),
                _ => {}
            }
        }
    }

    /// `GIT_CONFIG_COUNT`, `GIT_CONFIG_KEY_0`, `GIT_CONFIG_VALUE_0` and so on.
    fn add_variables(&mut self, world: &dyn Resolving) {
        if world.variable("GIT_CONFIG_PARAMETERS").is_some() {
            self.is_not_read("GIT_CONFIG_PARAMETERS".to_owned());
        }
        let count = world.variable("GIT_CONFIG_COUNT");
        let count = count.and_then(|count| count.parse::<usize>().ok());
        for number in 0..count.unwrap_or_default() {
            // git fails where one lacks. An empty value is as one that is not set here.
            let Some(key) = world.variable(&format!("GIT_CONFIG_KEY_{number}")) else {
                break;
            };
            let value = world.variable(&format!("GIT_CONFIG_VALUE_{number}"));
            self.entries
                .extend(syntax::of_key(&key, value.unwrap_or_default()));
        }
    }

    fn is_not_read(&mut self, what: String) {
        self.unread.get_or_insert(what);
    }
}

/// git's files, in the order in which git reads them.
fn in_order(world: &dyn Resolving, config: &mut GitConfig) -> Vec<PathBuf> {
    let mut all = Vec::new();
    if world.variable("GIT_CONFIG_NOSYSTEM").is_none() {
        let system = world.variable("GIT_CONFIG_SYSTEM").map(PathBuf::from);
        match system.or_else(|| GIT_SYSTEM.map(PathBuf::from)) {
            Some(file) => all.push(file),
            None => config.is_not_read("git's system configuration".to_owned()),
        }
    }
    all.extend(files(world, "git").into_iter().rev());
    let folder = world.working_directory().unwrap_or_default();
    for git in folder.ancestors().map(|folder| folder.join(".git")) {
        match world.read_value(&git.join("config")) {
            Ok(_) => all.push(git.join("config")),
            // A worktree, or a submodule.
            Err(_) if world.read_value(&git).is_ok() => {
                config.is_not_read(format!("where {} leads", git.display()));
            }
            Err(_) => continue,
        }
        break;
    }
    all
}

/// Whether the URL of a section `credential` is for a target: its scheme, user name and host, and
/// its path as whole segments (gitcredentials(7)). Each part may be left out; `*` is a label.
fn is_for(context: &str, url: &str, user: Option<&str>) -> bool {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let rest_of_context = match context.split_once("://") {
        Some((written, _)) if !written.eq_ignore_ascii_case(scheme) => return false,
        Some((_, rest)) => rest,
        None => context,
    };
    let split = |text: &str| -> (String, String) {
        let (authority, path) = text.split_once('/').unwrap_or((text, ""));
        let port = if scheme == "http" { ":80" } else { ":443" };
        let host = authority.strip_suffix(port).unwrap_or(authority);
        (
            host.to_ascii_lowercase(),
            path.trim_end_matches('/').to_owned(),
        )
    };
    let (host, path) = split(rest);
    let (wanted, below) = split(rest_of_context);
    let wanted = match wanted.rsplit_once('@') {
        Some((written, wanted)) => {
            let written = written.split(':').next();
            if user.map(str::to_ascii_lowercase).as_deref() != written {
                return false;
            }
            wanted.to_owned()
        }
        None => wanted,
    };
    let labels = |host: &str| -> Vec<String> { host.split('.').map(str::to_owned).collect() };
    let (labels_of_host, labels_wanted) = (labels(&host), labels(&wanted));
    let mut pairs = labels_of_host.iter().zip(&labels_wanted);
    let is_host = labels_of_host.len() == labels_wanted.len()
        && pairs.all(|(label, wanted)| wanted == "*" || label == wanted);
    let rest = path.strip_prefix(below.as_str());
    let is_path =
        below.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    (wanted.is_empty() || is_host) && is_path
}

#[cfg(test)]
mod tests {
    use super::is_for;

    #[test]
    fn a_context_is_compared_part_by_part() {
        let url = "https://git.example.com/team/app.git";
        for (context, expected) in [
            ("https://git.example.com", true),
            ("https://GIT.example.com:443/", true),
            ("git.example.com", true),
            ("https://", true),
            ("https://*.example.com", true),
            ("https://*.com", false),
            ("https://git.example.com/team", true),
            ("https://git.example.com/te", false),
            ("https://git.example.com/team/app", false),
            ("https://git.example.com:8443", false),
            ("http://git.example.com", false),
            ("https://you@git.example.com", true),
            ("https://me@git.example.com", false),
        ] {
            assert_eq!(is_for(context, url, Some("you")), expected, "{context}");
        }
        assert!(!is_for("https://you@git.example.com", url, None));
    }
}
