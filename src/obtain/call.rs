//! One call to a provider: the world, the specs that it stands on, and how a spec below is asked for its token.

use super::resolved::Resolved;
use crate::credential::Secret;
use crate::error::Error;
use crate::source::Nested;
use crate::world::World;

/// How the token of a spec below is obtained.
pub type Base = fn(&Call<'_>, &Resolved<'_>) -> Result<Secret, Error>;

/// What every step of a call needs.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// Where effects happen.
    pub world: &'a dyn World,
    /// The specs that the call stands on.
    pub specs: &'a Resolved<'a>,
    base: Base,
}

impl<'a> Call<'a> {
    /// A call for the outermost of these specs.
    #[must_use]
    pub fn new(world: &'a dyn World, specs: &'a Resolved<'a>, base: Base) -> Self {
        Self { world, specs, base }
    }

    /// The token of a spec below.
    ///
    /// # Errors
    /// Why there is none.
    pub fn base(&self, nested: &Nested) -> Result<Secret, Error> {
        let below = self.specs.below(self.world, nested)?;
        (self.base)(self, &below)
    }
}
