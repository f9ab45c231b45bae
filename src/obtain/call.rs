//! One call to a provider: the world, the specs that it stands on, until when it may take, and how a
//! spec below is asked for its token.

use std::time::Duration;

use super::resolved::{ChainTotals, Resolved};
use crate::credential::Token;
use crate::error::{Code, Error};
use crate::source::NestedSpec;
use crate::world::{Clock, Obtaining};

/// How much longer than a call those wait who wait for another's.
const GRACE: Duration = Duration::from_secs(3);

/// How the token of a spec below is obtained.
pub type Base = fn(&Call<'_>, &Resolved<'_>) -> Result<Token, Error>;

/// The moment at which a call is over, on the clock that never jumps (`Clock::elapsed`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Duration);

impl Deadline {
    /// This long from now.
    #[must_use]
    pub fn after(world: &dyn Clock, span: Duration) -> Self {
        Self(world.elapsed().saturating_add(span))
    }

    /// For a spec that may take so long, of its own or within another call. Without a `timeout` of its own
    /// a spec below has what is left of the call that needs it.
    #[must_use]
    pub fn of(world: &dyn Clock, standing: &ChainTotals, outer: Option<Self>) -> Self {
        let own = Self::after(world, standing.allowance);
        match outer {
            None => own,
            Some(outer) if standing.has_timeout => outer.min(own),
            Some(outer) => outer,
        }
    }

    /// The longest wait for another process's answer: what that may take, and a little more. A call that is
    /// under way already keeps a quarter of its time for what comes after the wait.
    #[must_use]
    pub fn longest_wait(
        world: &dyn Clock,
        standing: &ChainTotals,
        outer: Option<Self>,
    ) -> Duration {
        let bound = standing.allowance.saturating_add(GRACE);
        outer.map_or(bound, |outer| bound.min(outer.left(world) * 3 / 4))
    }

    /// How much time is left.
    #[must_use]
    pub fn left(self, world: &dyn Clock) -> Duration {
        self.0.saturating_sub(world.elapsed())
    }
}

/// What every step of a call needs.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// Where effects happen.
    pub world: &'a dyn Obtaining,
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
        world: &'a dyn Obtaining,
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
    pub fn base(&self, nested: &NestedSpec) -> Result<Token, Error> {
        let below = self.specs.below(self.world, nested)?;
        (self.base)(self, &below)
    }
}
