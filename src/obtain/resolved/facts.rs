//! What a resolved spec was resolved from.

use super::Resolved;
use crate::credential::Secret;
use crate::spec::{Origin, Spec};

impl<'a> Resolved<'a> {
    /// The spec's name, as shown by `keyfob status`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.text.name
    }

    /// Whether another spec holds it: the user may not have written it.
    #[must_use]
    pub fn is_inner(&self) -> bool {
        self.depth > 0 && self.text.spec.origin == Origin::Inline
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
