//! `RLIMIT_CORE` of setrlimit(2).

use std::sync::OnceLock;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

static BEFORE: OnceLock<Rlimit> = OnceLock::new();

/// Disables core dumps of this process. Only the soft limit is lowered, because it can be raised
/// again.
pub fn keep_private() {
    let before = BEFORE.get_or_init(|| getrlimit(Resource::Core));
    let none = Rlimit {
        current: Some(0),
        ..*before
    };
    let _ = setrlimit(Resource::Core, none);
}

/// Restores the limit, which a program inherits.
pub fn restore_core_dumps() {
    if let Some(before) = BEFORE.get() {
        let _ = setrlimit(Resource::Core, *before);
    }
}
