//! What a fuzzer would do, done the same way every time: every seed of `tests/fuzz/corpus` broken in thousands of ways, and generated
//! requests, targets, specs and tokens, against the invariants that the fuzz targets hold too.

mod cases;
mod differential;
mod formats;
mod keys;
mod random;
mod replies;
mod seeds;
mod targets;

#[path = "../fuzz/invariants/mod.rs"]
pub mod invariants;
