//! A spec's targets, as far as a tool can name them.

use crate::find::LoadedSpec;

/// One entry of `targets`, split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// As the spec lists it.
    pub written: String,
    /// `http` is written; everything else is https.
    pub is_http: bool,
    /// `host` or `host:port`. The host may begin with `*.`.
    pub host: String,
    /// The path with its leading slash; empty for a whole host.
    pub path: String,
}

impl Listed {
    /// `https://host[:port]`
    #[must_use]
    pub fn origin(&self) -> String {
        format!("https://{}", self.host)
    }

    /// Whether the entry is written as a URL, and not as a bare host.
    #[must_use]
    pub fn is_url(&self) -> bool {
        self.written.contains("://")
    }

    /// Whether the entry is a URL with a path.
    #[must_use]
    pub fn is_url_with_path(&self) -> bool {
        self.is_url() && !self.path.is_empty()
    }

    /// Whether the entry is a bare host.
    #[must_use]
    pub fn is_bare(&self) -> bool {
        !self.is_url()
    }

    /// Whether the entry stands for more than one host.
    #[must_use]
    pub fn is_wildcard(&self) -> bool {
        self.host.starts_with("*.")
    }
}

/// The entries of a spec.
#[must_use]
pub fn listed(loaded: &LoadedSpec) -> Vec<Listed> {
    let patterns = loaded.spec.targets.iter();
    patterns
        .map(|pattern| split(&pattern.to_string()))
        .collect()
}

fn split(written: &str) -> Listed {
    let (scheme, rest) = written.split_once("://").unwrap_or(("https", written));
    let end = rest.find('/').unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    Listed {
        written: written.to_owned(),
        is_http: scheme == "http",
        host: host.to_owned(),
        path: path.to_owned(),
    }
}

/// How a tool's targets are written, in a spec that lists targets of several tools.
pub type Form = fn(&Listed) -> bool;

/// The entries that `fits` accepts and that are written in the tool's form, if any of them is: each
/// once and in the order of the spec. Then why the others are left out.
pub fn entries(
    loaded: &LoadedSpec,
    form: Form,
    fits: &dyn Fn(&Listed) -> Result<(), &'static str>,
) -> (Vec<Listed>, Vec<String>) {
    let (mut taken, mut left_out): (Vec<Listed>, _) = (Vec::new(), Vec::new());
    let all = listed(loaded);
    let has_form = all.iter().any(|entry| form(entry) && fits(entry).is_ok());
    for entry in all {
        if has_form && !form(&entry) {
            let why = "other targets are written as this tool's";
            left_out.push(format!("{} is left out: {why}", entry.written));
            continue;
        }
        let is_same = |other: &Listed| other.host == entry.host && other.path == entry.path;
        match fits(&entry) {
            Err(why) => left_out.push(format!("{} is left out: {why}", entry.written)),
            Ok(()) if taken.iter().any(is_same) => {}
            Ok(()) => taken.push(entry),
        }
    }
    (taken, left_out)
}

/// The same for a tool that names hosts: each host once, with a path if one of its entries has one.
pub fn hosts(
    loaded: &LoadedSpec,
    form: Form,
    fits: &dyn Fn(&Listed) -> Result<(), &'static str>,
) -> (Vec<Listed>, Vec<String>) {
    let (entries, left_out) = entries(loaded, form, fits);
    let mut hosts: Vec<Listed> = Vec::new();
    for entry in entries {
        match hosts.iter_mut().find(|other| other.host == entry.host) {
            Some(other) if other.path.is_empty() => other.path = entry.path,
            Some(_) => {}
            None => hosts.push(entry),
        }
    }
    (hosts, left_out)
}
