//! `callers`: for which callers a spec's token is.

use crate::spec::node::{Child, SpecError};

/// Every caller's name, in the order of `protocol::CALLERS`, which holds what else is known of
/// each.
pub const CALLERS: &[&str] = &[
    "kubectl",
    "git",
    "docker",
    "cargo",
    "terraform",
    "goauth",
    "keyring",
    "pnpm",
    "bazel",
    "kubelet",
    "vault",
    "askpass",
    "aws",
    "google",
];

/// The callers that may have a spec's token: those that it names, else all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Callers(Option<Vec<&'static str>>);

impl Callers {
    /// Reads the member `callers`, where it is there.
    pub(in crate::spec) fn read(member: Option<Child<'_>>) -> Result<Self, SpecError> {
        let Some(member) = member else {
            return Ok(Self(None));
        };
        let items = member.node().items()?;
        if items.is_empty() {
            return Err(member.node().error("an array names at least one caller"));
        }
        let named = items
            .iter()
            .map(|item| known(item))
            .collect::<Result<_, _>>()?;
        Ok(Self(Some(named)))
    }

    /// Whether the caller of this name may have the token.
    #[must_use]
    pub fn include(&self, caller: &str) -> bool {
        self.0.is_none() || self.name(caller)
    }

    /// Whether the caller of this name is written in the spec.
    #[must_use]
    pub fn name(&self, caller: &str) -> bool {
        self.0.iter().flatten().any(|named| *named == caller)
    }
}

fn known(item: &Child<'_>) -> Result<&'static str, SpecError> {
    let written = item.node().text()?;
    if let Some(name) = CALLERS.iter().find(|name| **name == written) {
        return Ok(name);
    }
    // The first of those that are equally near.
    let nearest = CALLERS.iter().min_by_key(|name| distance(written, name));
    let hint = format!(
        "did you mean `{}`? known here: {}",
        nearest.unwrap_or(&"git"),
        CALLERS.join(", ")
    );
    Err(item.node().error("this caller is not known").hint(hint))
}

/// How many letters must be added, removed or replaced to make one word of the other (Levenshtein);
/// only the first 64 count.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (index, letter) in one.chars().take(64).enumerate() {
        let mut left = index + 1;
        let mut next = vec![left];
        for (pair, against) in row.windows(2).zip(other.chars()) {
            let replaced = pair
                .iter()
                .next()
                .map(|n| n + usize::from(letter != against));
            let removed = pair.last().map(|n| n + 1);
            let fewest = replaced.into_iter().chain(removed).min();
            left = fewest.map_or(left + 1, |fewest| fewest.min(left + 1));
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
