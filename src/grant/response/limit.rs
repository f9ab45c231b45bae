//! Error responses that mean a limit is reached, although their status does not say so.

/// An entry of a spec's `limits`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// The HTTP status.
    pub status: u16,
    /// A part of the provider's message, in upper or lower case.
    pub says: String,
    /// The hint for the user.
    pub hint: String,
}

impl Limit {
    /// Whether a response with this status and these texts means that the limit is reached.
    #[must_use]
    pub fn matches(&self, status: u16, texts: [Option<&str>; 2]) -> bool {
        let expected = self.says.to_lowercase();
        let contains = |texts: &str| texts.to_lowercase().contains(&expected);
        status == self.status && texts.into_iter().flatten().any(contains)
    }
}
