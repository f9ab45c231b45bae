//! Unix systems.

pub mod folders;
pub mod keyring;
pub mod process;
