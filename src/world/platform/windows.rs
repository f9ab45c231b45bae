//! Windows.

pub mod process;
