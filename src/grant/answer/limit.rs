//! A refusal that means that there is too much of something, though its status says otherwise.

/// Which refusal that is, as a spec's `limits` say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// The HTTP status.
    pub status: u16,
    /// What the provider's words hold, whatever the case.
    pub says: String,
    /// What to do about it: a sentence for the hint.
    pub hint: String,
}

impl Limit {
    /// Whether a refusal with this status and these words is it.
    #[must_use]
    pub fn is_met(&self, status: u16, words: [Option<&str>; 2]) -> bool {
        let says = self.says.to_lowercase();
        let said = |words: &str| words.to_lowercase().contains(&says);
        status == self.status && words.into_iter().flatten().any(said)
    }
}
