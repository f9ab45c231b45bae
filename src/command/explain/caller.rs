//! The caller, and whether its tool calls keyfob.

use serde_json::{Value, json};

use crate::tool::called::Called;

/// The caller, and the link by which its tool starts keyfob.
#[derive(Debug)]
pub(super) struct CallerFacts {
    pub(super) name: &'static str,
    pub(super) link: &'static str,
    /// Where the link is on PATH.
    pub(super) path: Option<String>,
    /// The name by which its tool starts keyfob, if it is not on PATH.
    pub(super) lacks: Option<String>,
    /// Whether its tool calls keyfob. `None` where no file says so.
    pub(super) called: Option<Called>,
}

impl CallerFacts {
    pub(super) fn to_json(&self) -> Value {
        let calls = match self.called {
            Some(Called::By(_)) => Some(true),
            Some(Called::Not | Called::Refused(_)) => Some(false),
            Some(Called::Unknown(_)) | None => None,
        };
        json!({
            "name": self.name,
            "link": self.link,
            "link_path": self.path,
            "calls_keyfob": calls,
        })
    }
}
