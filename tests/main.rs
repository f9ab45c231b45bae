//! The tests of keyfob: one binary, with the rooms of `src` and the real clients and servers as its modules.
//!
//! `tests/run` runs them all; `cargo test --test keyfob kubectl::` runs one room. What a test needs beyond
//! Rust is put in place by `tests/setup`; without it the test says so and is skipped, except under `CI=true`.
#![cfg(unix)]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test ends at the first surprise; the doors are closed in src"
)]

mod support;

mod answers;
mod askpass;
mod aws;
mod bazel;
mod cache;
mod cargo;
mod ci;
mod command;
mod configure;
mod docker;
mod explain;
mod faults;
mod formats;
mod gates;
mod git;
mod goauth;
mod google;
mod grant;
mod house;
mod http;
mod jwt;
mod keyring;
mod kubectl;
mod kubelet;
mod leaks;
mod mangled;
mod oauth;
mod obtain;
mod packages;
mod pnpm;
mod providers;
mod readme;
mod spec;
mod target;
mod terraform;
mod time;
mod vault;
mod windows;
