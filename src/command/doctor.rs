//! `keyfob doctor`: checks whether keyfob can work here, and shows the last failures of callers
//! that hide them. It opens no secret, and contacts no provider unless it is asked to.
//!
//! One line for each finding: `fail` and `note` first, with a hint, then `ok`. The exit status is 1
//! if something will fail.

mod docker;
mod failures;
mod findings;
mod git;
mod machine;
mod online;
mod programs;
mod specs;
mod tools;

use crate::protocol::Reply;
use crate::world::inspection::Examining;
use findings::Findings;

/// Runs all checks.
pub fn run(world: &dyn Examining, as_json: bool, online: bool) -> Reply {
    let mut findings = Findings::default();
    let sound = specs::check(world, &mut findings);
    machine::check(world, &mut findings);
    let of_git = git::check(world, &sound, &mut findings);
    docker::check(world, &mut findings);
    tools::check(world, of_git, &mut findings);
    programs::check(world, &mut findings);
    if online {
        online::check(world, &sound, &mut findings);
    }
    failures::tell(world, &mut findings);
    let text = match as_json {
        true => findings.json(),
        false => findings.text(),
    };
    Reply {
        status: i32::from(findings.has_failure()),
        ..Reply::text(text)
    }
}
