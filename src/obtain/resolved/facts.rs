//! What a resolved spec was resolved from.

use super::Resolved;
use crate::credential::Secret;
use crate::spec::Spec;

impl<'a> Resolved<'a> {
    /// The spec's name, as shown by `keyfob status`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.text.name
    }

    /// The spec itself.
    #[must_use]
    pub fn spec(&self) -> &Spec {
        &self.text.spec
    }

    /// The caller's request, if it is a JSON document.
    #[must_use]
    pub fn said(&self) -> Option<&'a Secret> {
        self.said
    }
}
