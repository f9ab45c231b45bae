//! Folders of Windows.

use std::sync::OnceLock;

use winsafe::{HKEY, RegistryValue, co};

use crate::world::platform::layout::{self, Layout};
use crate::world::platform::program_data::program_data;

/// The folders of this platform.
pub const LAYOUT: Layout = layout::WINDOWS;

/// The file of `git config --system`, if every git of this platform has the same. Git for Windows
/// has it in its own folder.
pub const GIT_SYSTEM: Option<&str> = None;

/// The folder of the machine's own specs and of its policy.
#[must_use]
pub fn machine() -> &'static str {
    static MACHINE: OnceLock<String> = OnceLock::new();
    MACHINE.get_or_init(|| {
        const SYSTEM: &str = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion";
        let value = |key: &str, name: &str| {
            let as_written = co::RRF::RT_ANY | co::RRF::NOEXPAND;
            let value = HKEY::LOCAL_MACHINE.RegGetValue(Some(key), Some(name), as_written);
            match value.ok()? {
                RegistryValue::Sz(text) | RegistryValue::ExpandSz(text) => Some(text),
                _ => None,
            }
        };
        let data = value(&format!(r"{SYSTEM}\ProfileList"), "ProgramData");
        let root = value(SYSTEM, "SystemRoot");
        format!(r"{}\keyfob", program_data(data.as_deref(), root.as_deref()))
    })
}

/// The policy. It counts in the machine's folder alone.
#[must_use]
pub fn policy() -> &'static str {
    static POLICY: OnceLock<String> = OnceLock::new();
    POLICY.get_or_init(|| format!(r"{}\policy.json", machine()))
}

/// Whether ordinary users can make the machine's folder before an administrator does.
#[must_use]
pub fn users_make_machine() -> bool {
    true
}
