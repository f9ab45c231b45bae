//! Unix systems.

pub mod process;
