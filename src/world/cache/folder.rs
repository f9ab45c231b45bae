//! The cache folder. It is created with mode 0700 whatever the umask, and never in another user's
//! home. It is refused if another user owns it or can write it. A symlink as the last component of
//! its path is not followed.

use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::path::Path;

use super::Cache;
use crate::world::folders;
use crate::world::platform::access;
use crate::world::platform::rights::Owner;

/// Why no token can be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unusable {
    /// The folder, and what is wrong with it.
    pub why: String,
    /// What the user can do.
    pub hint: String,
}

impl Cache {
    /// The cache in this folder, which need not exist yet. `named` says that the user chose the
    /// folder: it may then be created anywhere.
    #[must_use]
    pub fn at(folder: &Path, named: bool) -> Self {
        // A symlink before a trailing `/` or `/.` would be followed.
        let written = folder.as_os_str().as_encoded_bytes();
        let folder = match written.ends_with(b"/") || written.ends_with(b"/.") {
            true => folder.components().collect(),
            false => folder.to_owned(),
        };
        Self(folder, named)
    }

    /// The cache folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.0
    }

    /// Whether the folder exists, is not a symlink, and can be written by this user and root alone.
    pub(super) fn is_ours(&self) -> bool {
        fs::symlink_metadata(&self.0).is_ok_and(|metadata| is_ours(&self.0, &metadata))
    }

    /// Creates the folder if it does not exist.
    pub(super) fn make(&self) -> io::Result<()> {
        if !self.0.exists() {
            if !self.named() && is_anothers(&self.0) {
                return Err(ErrorKind::PermissionDenied.into());
            }
            access::check_name(&self.0).map_err(io::Error::other)?;
            access::privately(|| access::create_private_folder(&self.0, true))?;
        }
        let metadata = fs::symlink_metadata(&self.0)?;
        if !is_ours(&self.0, &metadata) {
            return Err(ErrorKind::PermissionDenied.into());
        }
        access::restore(&self.0, &metadata);
        Ok(())
    }

    fn named(&self) -> bool {
        self.1
    }

    /// Checks that entries can be stored in the folder. Creates it if it does not exist.
    ///
    /// # Errors
    /// [`Unusable`]: the folder cannot be created or written, or another user could write it.
    pub fn usable(&self) -> Result<(), Unusable> {
        let made = self.make();
        if made.is_ok() && access::is_writable(&self.0) {
            return Ok(());
        }
        let shown = self.0.display();
        let elsewhere = "set KEYFOB_CACHE_DIR to a folder of yours alone";
        let (why, hint) = match (made, fs::symlink_metadata(&self.0)) {
            (_, Ok(metadata)) if metadata.is_symlink() => (
                "it is a symbolic link, which is not followed".to_owned(),
                "set KEYFOB_CACHE_DIR to the folder itself".to_owned(),
            ),
            (_, Ok(metadata)) if !metadata.is_dir() => {
                ("it is not a folder".to_owned(), elsewhere.to_owned())
            }
            (_, Ok(metadata)) if !is_ours(&self.0, &metadata) => foreign(&self.0, &metadata),
            (Ok(()), Ok(metadata)) if !access::may_replace(access::owner(&self.0, &metadata)) => (
                "it is root's, and cannot be written".to_owned(),
                format!("`sudo rm -r {shown}`, or {elsewhere}"),
            ),
            (Ok(()), _) => ("it cannot be written".to_owned(), elsewhere.to_owned()),
            (Err(_), Err(_)) if !self.named() && is_anothers(&self.0) => (
                folders::anothers_cache(),
                "use `sudo -H`, or set KEYFOB_CACHE_DIR to a folder of this user".to_owned(),
            ),
            (Err(why), _) => (why.to_string().to_lowercase(), elsewhere.to_owned()),
        };
        Err(Unusable {
            why: format!("{shown}: {why}"),
            hint: format!("no token is kept, and every call asks the provider; {hint}"),
        })
    }
}

fn is_ours(folder: &Path, metadata: &Metadata) -> bool {
    metadata.is_dir() && access::check_private(folder, metadata).is_ok()
}

/// Why other users can write the folder, and a hint. In a container this user often does not own
/// the folder and cannot change that, so the hint is to use another one.
fn foreign(folder: &Path, metadata: &Metadata) -> (String, String) {
    let shown = folder.join("private");
    let why = access::check_private(folder, metadata).err();
    let why = why.map(|flaw| flaw.why().to_owned());
    let hint = format!(
        "set KEYFOB_CACHE_DIR={}: keyfob makes that folder",
        shown.display()
    );
    (why.unwrap_or_default(), hint)
}

/// Whether the folder would be created in a folder of another user who is not root. `sudo` may keep
/// the user's HOME, and a folder that root creates there is closed to that user.
fn is_anothers(folder: &Path) -> bool {
    let above = folder
        .ancestors()
        .find_map(|above| Some((above, fs::metadata(above).ok()?)));
    above.is_some_and(|(above, metadata)| access::owner(above, &metadata) == Owner::Another)
}
