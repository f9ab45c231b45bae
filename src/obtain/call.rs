//! One call to a provider: the world, the specs that it stands on, until when it may take, and how a
//! spec below is asked for its token.

use std::time::Duration;

use super::resolved::Resolved;
use crate::credential::Token;
use crate::error::{Code, Error};
use crate::source::Nested;
use crate::world::World;

/// How the token of a spec below is obtained.
pub type Base = fn(&Call<'_>, &Resolved<'_>) -> Result<Token, Error>;

/// The moment at which a call is over, on the clock that never jumps (`World::running`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Duration);

impl Deadline {
    /// This long from now.
    #[must_use]
    pub fn after(world: &dyn World, span: Duration) -> Self {
        Self(world.running().saturating_add(span))
    }

    /// How much time is left.
    #[must_use]
    pub fn left(self, world: &dyn World) -> Duration {
        self.0.saturating_sub(world.running())
    }
}

/// What every step of a call needs.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// Where effects happen.
    pub world: &'a dyn World,
    /// The specs that the call stands on.
    pub specs: &'a Resolved<'a>,
    /// One for everything that the call does, the specs below included.
    pub deadline: Deadline,
    base: Base,
}

impl<'a> Call<'a> {
    /// A call for the outermost of these specs.
    #[must_use]
    pub fn new(
        world: &'a dyn World,
        specs: &'a Resolved<'a>,
        deadline: Deadline,
        base: Base,
    ) -> Self {
        Self {
            world,
            specs,
            deadline,
            base,
        }
    }

    /// How much time is left.
    #[must_use]
    pub fn left(&self) -> Duration {
        self.deadline.left(self.world)
    }

    /// How much time is left for the next step.
    ///
    /// # Errors
    /// [`Code::ProviderUnreachable`] where it is none.
    pub fn time_for(&self, step: &str) -> Result<Duration, Error> {
        let left = self.left();
        if left.is_zero() {
            let sentence = format!("no time is left for {step}");
            return Err(Error::new(Code::ProviderUnreachable, sentence)
                .hint("`timeout` in the spec gives the whole call longer"));
        }
        Ok(left)
    }

    /// The token of a spec below.
    ///
    /// # Errors
    /// Why there is none.
    pub fn base(&self, nested: &Nested) -> Result<Token, Error> {
        let below = self.specs.below(self.world, nested)?;
        (self.base)(self, &below)
    }
}
