//! Whether git passes on the path of a URL (`credential.useHttpPath`, gitcredentials(7)): read from
//! git's files as text, because `explain` runs no program. Included files are not followed.

use std::path::{Path, PathBuf};

use crate::target::{Pattern, Specificity, Target};
use crate::tool;
use crate::world::Resolving;

/// A setting: the URL that it is for, and its value.
type Setting = (Option<Pattern>, bool);

/// Whether git passes on the path of this target.
#[must_use]
pub(super) fn sends_path(world: &dyn Resolving, target: &Target) -> bool {
    let mut chosen: (Option<Specificity>, bool) = (None, false);
    for (pattern, value) in files(world).iter().flat_map(|file| settings(world, file)) {
        let matches = match &pattern {
            None => Some(None),
            Some(pattern) => pattern.matches(target).map(Some),
        };
        // The later of two settings counts that are as specific.
        if let Some(specificity) = matches.filter(|specificity| *specificity >= chosen.0) {
            chosen = (specificity, value);
        }
    }
    chosen.1
}

/// git's files, in the order in which git reads them.
fn files(world: &dyn Resolving) -> Vec<PathBuf> {
    let mut files = Vec::new();
    if world.variable("GIT_CONFIG_NOSYSTEM").is_none() {
        let system = world.variable("GIT_CONFIG_SYSTEM").map(PathBuf::from);
        files.push(system.unwrap_or_else(|| "/etc/gitconfig".into()));
    }
    files.extend(tool::files(world, "git").into_iter().rev());
    let folder = world.working_directory().unwrap_or_default();
    let mut repository = folder.ancestors().map(|folder| folder.join(".git/config"));
    files.extend(repository.find(|file| world.read_value(file).is_ok()));
    files
}

/// The settings in a file: sections `[credential]` and `[credential "URL"]`.
fn settings(world: &dyn Resolving, file: &Path) -> Vec<Setting> {
    let content = world.read_value(file).ok();
    let text = content.as_ref().and_then(|content| content.expose_text());
    let (mut settings, mut section) = (Vec::new(), None);
    for line in text.unwrap_or_default().lines().map(str::trim) {
        if let Some(header) = line.strip_prefix('[') {
            section = credential_section(header.split(']').next().unwrap_or_default());
            continue;
        }
        let (name, value) = line.split_once('=').unwrap_or((line, "true"));
        if let Some(url) = &section
            && name.trim().eq_ignore_ascii_case("usehttppath")
        {
            let value = value.split(['#', ';']).next().unwrap_or_default().trim();
            let is_on = ["true", "yes", "on", "1"]
                .iter()
                .any(|on| value.eq_ignore_ascii_case(on));
            settings.push((url.clone(), is_on));
        }
    }
    settings
}

/// The URL of a section `credential`; `None` if it is another section, or its URL is not a target.
fn credential_section(header: &str) -> Option<Option<Pattern>> {
    let (name, url) = header.split_once('"').unwrap_or((header, ""));
    if !name.trim().eq_ignore_ascii_case("credential") {
        return None;
    }
    match url.trim_end_matches('"') {
        "" => Some(None),
        url => Pattern::parse(url).ok().map(Some),
    }
}
