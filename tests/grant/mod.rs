//! Grants as values: what a request as data becomes, what must hold of an answer, and what a spec may say of either.

mod app_role;
mod keep;
mod requirement;
mod response;
mod template;

use crate::support::read_spec;

/// Why a spec is not valid: its place and its problem.
#[track_caller]
fn refused(spec: &serde_json::Value) -> (String, String) {
    let why = read_spec(spec.to_string().as_bytes(), &|_| Ok(None));
    let why = why.map(|_| spec).expect_err("a refusal");
    (why.at, why.problem)
}
