//! Only Linux has a keyring in the kernel.

use std::sync::Arc;

use keyring_core::{CredentialStore, Error, Result};

/// Whether the platform has a keyring in the kernel.
pub const HAS_KERNEL_KEYRING: bool = false;

/// Fails.
pub fn open_kernel() -> Result<Arc<CredentialStore>> {
    Err(Error::NoStorageAccess(
        "only linux has a kernel keyring".into(),
    ))
}
