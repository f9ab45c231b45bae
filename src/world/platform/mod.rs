//! The facts of each platform, and the one place that selects among platforms.
//!
//! `unix` and `windows` hold files of the same names, with functions of the same names and
//! signatures, and only the platform's own is compiled. Where Unix systems differ, a file has a
//! folder of its name with a file per system. `cfg` stands only on `mod` and `use`. The rest of
//! the program knows no platform: it calls these functions, or takes a value.
//!
//! What follows from values alone stands beside the two folders. It is compiled and tested on every
//! platform. A type that both folders use stands there too, since this folder imports nothing of
//! the files that call it. tests/house/platforms.rs holds all of this.

pub mod calling_program;
pub mod certificate_store;
pub mod descriptor;
pub mod keychain;
pub mod keyring_error;
pub mod layout;
pub mod names;
pub mod program_data;
pub mod program_names;
pub mod rights;

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(in crate::world) use unix::*;
#[cfg(windows)]
pub(in crate::world) use windows::*;
