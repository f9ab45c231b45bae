//! The screen that a person reads: whether standard output is one, how wide it is, and whether it
//! may be coloured (<https://no-color.org/>).

use super::cache::TokenCache;
use super::machine::{System, variable};
use super::{Clock, Resolving, terminal};

/// A terminal on standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Its width in columns.
    pub columns: usize,
    /// Whether text may be coloured: `NO_COLOR` is unset or empty, and the terminal is not dumb.
    pub colours: bool,
}

/// What is known of standard output.
pub trait Screen {
    /// The terminal that is standard output. `None` if it is a pipe or a file.
    fn screen(&self) -> Option<Size>;
}

/// Effects for listing specs and their tokens for a person.
pub trait Listing: Resolving + Clock + TokenCache + Screen {}

impl<T: Resolving + Clock + TokenCache + Screen> Listing for T {}

impl Screen for System {
    fn screen(&self) -> Option<Size> {
        let dumb = || variable("TERM").is_some_and(|terminal| terminal == "dumb");
        terminal::columns_of_stdout().map(|columns| Size {
            columns,
            colours: variable("NO_COLOR").is_none() && !dumb(),
        })
    }
}
