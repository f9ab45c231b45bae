//! Unix systems.

pub mod folders;
pub mod process;
