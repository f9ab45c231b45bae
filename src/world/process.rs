//! Protects this process's memory, and identifies the program that called it.

use super::platform;
use super::platform::calling_program::{CallingProgram, HEAD, is_built_by_go};

/// Disables core dumps of this process. Must be called once, before any secret is read.
pub fn keep_private() {
    platform::process::keep_private();
}

/// Restores what a program would inherit that replaces this process or runs beside it.
pub(super) fn as_before() {
    platform::process::restore_core_dumps();
}

/// The program that called this one.
pub trait ParentProcess {
    /// Identifies the calling program together with what it asks for, of which `asker` is a
    /// fingerprint. `None` if the program cannot be distinguished from every other one, past or
    /// present.
    fn caller(&self, asker: u64) -> Option<u64>;

    /// Whether the calling program may call again after a failure or a rejected token, as client-go
    /// does.
    fn caller_retries(&self) -> bool;

    /// The same as [`caller`](Self::caller), but `None` for a program that does not call again.
    fn retrying_caller(&self, asker: u64) -> Option<u64> {
        self.caller(asker).filter(|_| self.caller_retries())
    }
}

/// The program that called this one.
#[derive(Debug)]
pub struct Parent(CallingProgram);

impl Parent {
    /// The program that called this one, if the system shows it.
    #[must_use]
    pub fn find() -> Option<Self> {
        platform::parent::find().map(Self)
    }

    /// The identity of this program together with what it asks for, of which `asker` is a
    /// fingerprint.
    #[must_use]
    pub fn asking(&self, asker: u64) -> u64 {
        use std::hash::{DefaultHasher, Hash as _, Hasher as _};
        let mut identity = DefaultHasher::new();
        (self.0.identity, asker).hash(&mut identity);
        identity.finish()
    }

    /// Whether the program was built by Go. Of the implementations of the exec plugin protocol,
    /// only client-go asks again after a 401, and it is written in Go.
    #[must_use]
    pub fn is_go(&self) -> bool {
        use std::io::Read as _;
        let mut head = Vec::with_capacity(usize::try_from(HEAD).unwrap_or_default());
        let read = std::fs::File::open(&self.0.file)
            .and_then(|file| file.take(HEAD).read_to_end(&mut head));
        read.is_ok() && is_built_by_go(&head)
    }
}
