//! Windows.

pub mod access;
pub mod folders;
pub mod interrupted;
pub mod keyring;
pub mod links;
pub mod parent;
pub mod positioned;
pub mod process;
pub mod programs;
pub mod replace;
pub mod roots;
pub mod terminal;
