//! One call to a provider: the world, the specs that it uses, its deadline, and how it obtains the
//! token of a spec below.

use std::time::Duration;

use super::resolved::{ChainTotals, Resolved};
use crate::credential::Token;
use crate::error::{Code, Error};
use crate::source::NestedSpec;
use crate::world::{Clock, Obtaining};

/// What a waiting process adds to the time that the other process's call may take.
const GRACE: Duration = Duration::from_secs(3);

/// How the token of a spec below is obtained.
pub type Base = fn(&Call<'_>, &Resolved<'_>) -> Result<Token, Error>;

/// When a call must end, on the monotonic clock (`Clock::elapsed`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Duration);

impl Deadline {
    /// The deadline of a call that may take this long from now on.
    #[must_use]
    pub fn after(world: &dyn Clock, span: Duration) -> Self {
        Self(world.elapsed().saturating_add(span))
    }

    /// The deadline of a spec's call, alone or within an `outer` call. A spec below that has no
    /// `timeout` of its own may use all the time that the outer call has left.
    #[must_use]
    pub fn of(world: &dyn Clock, totals: &ChainTotals, outer: Option<Self>) -> Self {
        let own = Self::after(world, totals.allowance);
        match outer {
            None => own,
            Some(outer) if totals.has_timeout => outer.min(own),
            Some(outer) => outer,
        }
    }

    /// The longest wait for another process's result: the time that its call may take, plus
    /// [`GRACE`]. A nested call keeps a quarter of its remaining time for what follows the wait.
    #[must_use]
    pub fn longest_wait(world: &dyn Clock, totals: &ChainTotals, outer: Option<Self>) -> Duration {
        let bound = totals.allowance.saturating_add(GRACE);
        outer.map_or(bound, |outer| bound.min(outer.left(world) * 3 / 4))
    }

    #[must_use]
    pub fn left(self, world: &dyn Clock) -> Duration {
        self.0.saturating_sub(world.elapsed())
    }
}

/// The context that every step of a call needs.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// All effects.
    pub world: &'a dyn Obtaining,
    /// The spec of the call, with the specs below it.
    pub specs: &'a Resolved<'a>,
    /// One deadline for the whole call, including the specs below.
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

    /// The time that is left of the call.
    #[must_use]
    pub fn left(&self) -> Duration {
        self.deadline.left(self.world)
    }

    /// The time that is left for the next step.
    ///
    /// # Errors
    /// [`Code::ProviderUnreachable`] if no time is left.
    pub fn time_for(&self, step: &str) -> Result<Duration, Error> {
        let left = self.left();
        if left.is_zero() {
            let sentence = format!("no time is left for {step}");
            return Err(Error::new(Code::ProviderUnreachable, sentence)
                .hint("set a longer `timeout` in the spec; it covers the whole call"));
        }
        Ok(left)
    }

    /// The token of a spec below.
    ///
    /// # Errors
    /// The spec is invalid, or its token cannot be obtained.
    pub fn base(&self, nested: &NestedSpec) -> Result<Token, Error> {
        let below = self.specs.below(self.world, nested)?;
        (self.base)(self, &below)
    }
}
