//! The administrator's policy: JSON → what specs may use. Strict, as specs are.
//!
//! A rule is an object with `allow` or `deny`. What it forbids is named by its member, such as
//! `sources.deny`. A policy has no powers but to forbid.

use super::members::Members;
use super::node::{Child, Node, SpecError};
use super::strict;
use crate::source::Source;
use crate::target::{Endpoint, Pattern, Target};

/// The kinds of sources that a policy may name. Those that are made from others are judged by their
/// parts.
const SOURCES: [&str; 6] = ["keyring", "env", "file", "command", "token", "request"];
/// The keyrings that a policy may name.
const STORES: [&str; 4] = ["secret-service", "kernel", "keychain", "credential-manager"];

/// Words that are allowed, or that are forbidden.
#[derive(Debug, Clone)]
struct Rule {
    allows: bool,
    words: Vec<String>,
}

/// The policy.
#[derive(Debug, Clone)]
pub struct Policy {
    sources: Option<Rule>,
    stores: Option<Rule>,
    /// The only hosts to which a request may be sent.
    hosts: Option<Vec<Pattern>>,
    /// Whether a user's own specs and presets count.
    pub user_specs: bool,
}

/// What a policy forbids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forbidden {
    /// What is forbidden, such as "the source `command`".
    pub what: String,
    /// The member that forbids it, such as `sources.deny`.
    pub rule: &'static str,
}

impl Forbidden {
    /// What is forbidden, by which rule of this file.
    #[must_use]
    pub fn sentence(&self, file: &str) -> String {
        format!("{} is forbidden by `{}` in {file}", self.what, self.rule)
    }
}

impl Policy {
    /// Parses a policy.
    ///
    /// # Errors
    /// [`SpecError`] with the place.
    pub fn parse(text: &[u8]) -> Result<Self, SpecError> {
        let value = strict::parse(text).map_err(|why| SpecError {
            problem: why.problem.replacen("the spec", "it", 1),
            ..why
        })?;
        if !value.is_object() {
            return Err(SpecError::new("", "a policy is one JSON object"));
        }
        let mut members = Node::root(&value).members()?;
        members.text("$schema")?;
        members.text("description")?;
        let sources = rule(&mut members, "sources", &SOURCES)?;
        let stores = rule(&mut members, "stores", &STORES)?;
        let hosts = match members.take("hosts") {
            None => None,
            Some(hosts) => {
                let mut members = hosts.node().members()?;
                let allowed = words(&members.need("allow")?)?.into_iter();
                members.finish()?;
                Some(
                    allowed
                        .map(|(node, word)| pattern(node, word))
                        .collect::<Result<_, _>>()?,
                )
            }
        };
        let user_specs = members.take("user_specs").map(|child| {
            let flag = child.node().value().as_bool();
            flag.ok_or_else(|| child.node().error("`true` or `false` is wanted here"))
        });
        let user_specs = user_specs.transpose()?.unwrap_or(true);
        members.finish()?;
        Ok(Self {
            sources,
            stores,
            hosts,
            user_specs,
        })
    }

    /// Checks a source by itself, without the sources in it.
    ///
    /// # Errors
    /// [`Forbidden`] if the policy forbids its kind.
    pub fn check_source(&self, source: &Source) -> Result<(), Forbidden> {
        let kinds: &[&str] = match source {
            Source::Keyring(_) => &["keyring"],
            Source::Env(_) => &["env"],
            Source::File(_) => &["file"],
            // A variable names the file.
            Source::FileFrom { .. } => &["file", "env"],
            Source::Command(_) => &["command"],
            Source::Token(_) => &["token"],
            Source::Request(_) => &["request"],
            Source::Pointer { .. }
            | Source::Jwt(_)
            | Source::Issued
            | Source::Presigned(_)
            | Source::Base64Url { .. }
            | Source::Public(_)
            | Source::FirstOf(_) => return Ok(()),
        };
        let names = ["sources.allow", "sources.deny"];
        let mut kinds = kinds.iter();
        kinds.try_for_each(|kind| check(self.sources.as_ref(), kind, "source", names))
    }

    /// Checks a keyring by its word.
    ///
    /// # Errors
    /// [`Forbidden`] if the policy forbids it.
    pub fn check_store(&self, store: &str) -> Result<(), Forbidden> {
        let names = ["stores.allow", "stores.deny"];
        check(self.stores.as_ref(), store, "keyring", names)
    }

    /// Checks the receiver of a request.
    ///
    /// # Errors
    /// [`Forbidden`] if the policy lists hosts, and this is none of them.
    pub fn check_endpoint(&self, endpoint: &Endpoint) -> Result<(), Forbidden> {
        let Some(hosts) = &self.hosts else {
            return Ok(());
        };
        let target = Target::of_endpoint(endpoint);
        match hosts.iter().any(|host| host.matches(&target).is_some()) {
            true => Ok(()),
            false => Err(Forbidden {
                what: format!("a request to {}", endpoint.without_query()),
                rule: "hosts.allow",
            }),
        }
    }

    /// What it restricts, for `keyfob doctor`.
    #[must_use]
    pub fn describe(&self) -> String {
        let mut parts = Vec::new();
        for (name, rule) in [("sources", &self.sources), ("stores", &self.stores)] {
            if let Some(rule) = rule {
                let how = if rule.allows { "allow" } else { "deny" };
                parts.push(format!("{name}.{how}: {}", rule.words.join(", ")));
            }
        }
        if let Some(hosts) = &self.hosts {
            let hosts: Vec<String> = hosts.iter().map(ToString::to_string).collect();
            parts.push(format!("hosts.allow: {}", hosts.join(", ")));
        }
        if !self.user_specs {
            parts.push("user_specs: false".to_owned());
        }
        match parts.is_empty() {
            true => "it forbids nothing".to_owned(),
            false => parts.join("; "),
        }
    }
}

fn check(
    rule: Option<&Rule>,
    word: &str,
    noun: &str,
    [allow, deny]: [&'static str; 2],
) -> Result<(), Forbidden> {
    match rule {
        Some(rule) if rule.words.iter().any(|listed| listed == word) != rule.allows => {
            Err(Forbidden {
                what: format!("the {noun} `{word}`"),
                rule: if rule.allows { allow } else { deny },
            })
        }
        _ => Ok(()),
    }
}

fn rule(
    members: &mut Members<'_>,
    name: &'static str,
    known: &[&str],
) -> Result<Option<Rule>, SpecError> {
    let Some(child) = members.take(name) else {
        return Ok(None);
    };
    let mut members = child.node().members()?;
    let (allow, deny) = (members.take("allow"), members.take("deny"));
    members.finish()?;
    let (allows, listed) = match (&allow, &deny) {
        (Some(listed), None) => (true, listed),
        (None, Some(listed)) => (false, listed),
        _ => {
            return Err(child
                .node()
                .error("either `allow` or `deny` is wanted here"));
        }
    };
    let mut all = Vec::new();
    for (node, word) in words(listed)? {
        if !known.contains(&word) {
            let hint = format!("known here: {}", known.join(", "));
            return Err(node.error("this word is not known here").hint(hint));
        }
        all.push(word.to_owned());
    }
    Ok(Some(Rule { allows, words: all }))
}

/// The strings of an array.
fn words<'a>(child: &Child<'a>) -> Result<Vec<(Node<'a>, &'a str)>, SpecError> {
    let items = child.node().items()?.into_iter();
    let word = |item: Child<'a>| Ok((item.node(), item.node().text()?));
    items.map(word).collect()
}

fn pattern(node: Node<'_>, word: &str) -> Result<Pattern, SpecError> {
    Pattern::parse(word).map_err(|why| node.error(why.to_string()))
}
