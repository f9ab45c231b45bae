//! What must hold of every parser of outside bytes, whatever the bytes: one function for each, named like its folder of seeds.
//!
//! The fuzz targets call these with what they can think of, `tests/mangled` with every seed in a thousand broken forms. Each function
//! panics where something does not hold, and tells whether the bytes were accepted. Never reads a clock, a file or the network.

mod answers;
mod askpass;
mod bazel;
mod cargo;
mod docker;
mod ends;
mod entries;
mod git;
mod goauth;
mod keyring;
mod keys;
mod kubectl;
mod kubelet;
pub mod readers;
mod requests;
mod specs;
mod targets;
mod terraform;

pub use answers::answer;
pub use askpass::askpass;
pub use bazel::bazel;
pub use cargo::cargo;
pub use docker::docker;
pub use ends::{date, expiry};
pub use entries::{entry, pointer};
pub use git::git;
pub use goauth::goauth;
pub use keyring::keyring;
pub use keys::key;
pub use kubectl::kubectl;
pub use kubelet::{Response, kubelet, matches_image, response};
pub use requests::{ask, credential};
pub use specs::{preset, spec};
pub use targets::{means, target};
pub use terraform::terraform;

/// An invariant: panics where it does not hold; tells whether the bytes were accepted.
pub type Invariant = fn(&[u8]) -> bool;

/// Every parser of outside bytes, by the name of its seeds' folder and its fuzz target.
pub const ALL: &[(&str, Invariant)] = &[
    ("git", git),
    ("kubectl", kubectl),
    ("docker", docker),
    ("keyring", keyring),
    ("bazel", bazel),
    ("cargo", cargo),
    ("terraform", terraform),
    ("goauth", goauth),
    ("askpass", askpass),
    ("kubelet", kubelet),
    ("spec", spec),
    ("preset", preset),
    ("answer", answer),
    ("entry", entry),
    ("target", target),
    ("key", key),
    ("date", date),
    ("expiry", expiry),
    ("pointer", pointer),
];

/// The first line, and what follows it.
fn first_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    match bytes.iter().position(|byte| *byte == b'\n') {
        Some(at) => (&bytes[..at], &bytes[at + 1..]),
        None => (bytes, &[]),
    }
}
