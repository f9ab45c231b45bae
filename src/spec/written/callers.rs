//! `callers`: the callers that may have a spec's token.

use crate::spec::node::{Child, SpecError};
use crate::text::nearest;

/// The names of all callers, in the order of `protocol::CALLERS`.
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

/// The callers that may have a spec's token. The default is all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Callers(Option<Vec<&'static str>>);

impl Callers {
    /// Parses the member `callers`, if present.
    pub(in crate::spec) fn parse(member: Option<Child<'_>>) -> Result<Self, SpecError> {
        let Some(member) = member else {
            return Ok(Self(None));
        };
        let items = member.node().items()?;
        if items.is_empty() {
            return Err(member.node().error("an array names at least one caller"));
        }
        let named = items
            .iter()
            .map(|item| parse_caller(item))
            .collect::<Result<_, _>>()?;
        Ok(Self(Some(named)))
    }

    /// Whether the caller of this name may have the token.
    #[must_use]
    pub fn include(&self, caller: &str) -> bool {
        self.0.is_none() || self.is_named(caller)
    }

    /// Whether the spec names the caller.
    #[must_use]
    pub fn is_named(&self, caller: &str) -> bool {
        self.0.iter().flatten().any(|named| *named == caller)
    }
}

fn parse_caller(item: &Child<'_>) -> Result<&'static str, SpecError> {
    let written = item.node().text()?;
    if let Some(name) = CALLERS.iter().find(|name| **name == written) {
        return Ok(name);
    }
    let hint = nearest_caller(written);
    Err(item.node().error("this caller is not known").hint(hint))
}

/// The hint for a caller that does not exist: the one that was probably meant, and all.
#[must_use]
pub fn nearest_caller(written: &str) -> String {
    let meant = nearest(written, CALLERS.iter().copied());
    let meant = meant.map(|meant| format!("did you mean `{meant}`? "));
    format!(
        "{}known here: {}",
        meant.unwrap_or_default(),
        CALLERS.join(", ")
    )
}
