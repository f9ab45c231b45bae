//! The state of a spec's token, decided from its cache entry. Pure.

use crate::time::Timestamp;
use crate::world::cache::Entry;

/// The state of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// It is handed out as it is.
    Fresh,
    /// It is valid, and the next call renews it.
    Due,
    /// It is handed out no longer.
    Expired,
    /// There is none, and the provider is not asked for one yet.
    CoolingDown,
    /// There is none.
    None,
    /// The spec cannot be used.
    Broken,
}

impl State {
    /// The word in TSV and JSON.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Due => "due",
            Self::Expired => "expired",
            Self::CoolingDown => "cooling-down",
            Self::None => "none",
            Self::Broken => "broken",
        }
    }
}

/// The state of a token. A usable token comes before a cool-down, which it outlasts.
pub(super) fn of_entry(entry: Option<&Entry>, now: Timestamp) -> State {
    let Some(entry) = entry else {
        return State::None;
    };
    let is_cooling = entry.failure.as_ref().is_some_and(|it| it.until > now);
    match &entry.stored {
        Some(stored) if stored.use_until > now => match stored.renew_at > now {
            true => State::Fresh,
            false => State::Due,
        },
        _ if is_cooling => State::CoolingDown,
        Some(_) => State::Expired,
        None => State::None,
    }
}
