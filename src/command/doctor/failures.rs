//! The last failures of callers that do not show them.

use super::findings::Findings;
use crate::time::format_duration;
use crate::world::inspection::Examining;

/// Tells them. What went wrong once does not make the machine unfit.
pub(super) fn tell(world: &dyn Examining, findings: &mut Findings) {
    let now = world.now();
    for failure in world.failures() {
        let target = failure.target.as_deref();
        let target = target.map(|target| format!(" for {target}"));
        let says = format!(
            "{}{}, {} ago ({}): {} ({})",
            failure.caller,
            target.unwrap_or_default(),
            format_duration(now.since(failure.at)),
            failure.at,
            failure.sentence,
            failure.code
        );
        findings.note("last failure", &says, failure.hint.as_deref());
    }
}
