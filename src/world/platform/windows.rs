//! Windows.

pub mod folders;
pub mod process;
