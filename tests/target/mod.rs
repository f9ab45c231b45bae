//! Patterns, targets, endpoints and callers: a pattern means itself and nothing that only looks like it.

mod callers;
mod endpoints;
mod patterns;
mod refused;

use keyfob::target::{Pattern, Target};

/// Whether a target is one of those that the pattern means.
#[track_caller]
fn fits(pattern: &str, target: &str) -> bool {
    let target = Target::parse(target).expect(target);
    Pattern::parse(pattern)
        .expect(pattern)
        .matches(&target)
        .is_some()
}
