//! Unix systems.

pub mod access;
pub mod folders;
pub mod interrupted;
pub mod keyring;
pub mod links;
pub mod positioned;
pub mod process;
pub mod replace;
