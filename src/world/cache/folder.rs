//! The folder of the cache: 0700 whatever the umask, refused where somebody else owns or can write
//! it, and never made in the home of another user. A symbolic link at the end of its path is not
//! followed.

use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::path::Path;

use super::Cache;
use crate::world::files;

/// Why no token can be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unusable {
    /// The folder, and what is wrong with it.
    pub why: String,
    /// What its user can do.
    pub hint: String,
}

impl Cache {
    /// The cache in this folder, which need not be there yet. `named`: the user chose the folder, so
    /// it may be made wherever it is.
    #[must_use]
    pub fn at(folder: &Path, named: bool) -> Self {
        // Without a slash or a dot at its end, behind which a symbolic link would be followed.
        let written = folder.as_os_str().as_encoded_bytes();
        let folder = match written.ends_with(b"/") || written.ends_with(b"/.") {
            true => folder.components().collect(),
            false => folder.to_owned(),
        };
        Self(folder, named)
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.0
    }

    /// Whether the folder is a real one, ours alone.
    pub(super) fn is_ours(&self) -> bool {
        fs::symlink_metadata(&self.0).is_ok_and(|metadata| is_ours(&metadata))
    }

    /// Makes the folder where there is none.
    pub(super) fn make(&self) -> io::Result<()> {
        if !self.0.exists() {
            if !self.named() && is_anothers(&self.0) {
                return Err(ErrorKind::PermissionDenied.into());
            }
            let mut builder = fs::DirBuilder::new();
            builder.recursive(true);
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            privately(|| builder.create(&self.0))?;
        }
        let metadata = fs::symlink_metadata(&self.0)?;
        if !is_ours(&metadata) {
            return Err(ErrorKind::PermissionDenied.into());
        }
        restore(&self.0, &metadata);
        Ok(())
    }

    fn named(&self) -> bool {
        self.1
    }

    /// Whether entries can be kept here, which makes the folder.
    ///
    /// # Errors
    /// Why not.
    pub fn usable(&self) -> Result<(), Unusable> {
        let made = self.make();
        if made.is_ok() && files::writable(&self.0) {
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
                ("it is no folder".to_owned(), elsewhere.to_owned())
            }
            (_, Ok(metadata)) if !is_ours(&metadata) => foreign(&self.0, &metadata),
            (Ok(()), Ok(metadata)) if !is_own(&metadata) => (
                "it is root's, and cannot be written".to_owned(),
                format!("`sudo rm -r {shown}`, or {elsewhere}"),
            ),
            (Ok(()), _) => ("it cannot be written".to_owned(), elsewhere.to_owned()),
            (Err(_), Err(_)) if !self.named() && is_anothers(&self.0) => (
                "HOME, or the folder in XDG_RUNTIME_DIR or XDG_CACHE_HOME, is another user's; \
                     nothing is made in it"
                    .to_owned(),
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

fn is_ours(metadata: &Metadata) -> bool {
    metadata.is_dir() && files::ours(metadata).is_ok()
}

/// Why a folder is not ours alone, and what can be done: in a container, often not by its owner.
fn foreign(folder: &Path, metadata: &Metadata) -> (String, String) {
    let shown = folder.display();
    let why = files::ours(metadata).err().map(|why| why.to_string());
    let hint = format!("set KEYFOB_CACHE_DIR={shown}/private: keyfob makes that folder");
    (why.unwrap_or_default(), hint)
}

/// Does something under umask 077, so that what it makes has the mode that it asks for: under 0277
/// or 0777 its maker could not use it. The umask is the whole process's: nothing else makes files
/// meanwhile.
pub(in crate::world) fn privately<T>(make: impl FnOnce() -> T) -> T {
    #[cfg(unix)]
    let before = rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    let made = make();
    #[cfg(unix)]
    rustix::process::umask(before);
    made
}

/// Gives our own folder back to us, where a umask took it away when it was made.
#[cfg(unix)]
fn restore(folder: &Path, metadata: &Metadata) {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    if is_own(metadata) && metadata.mode() & 0o700 != 0o700 {
        let _ = fs::set_permissions(folder, fs::Permissions::from_mode(0o700));
    }
}

#[cfg(not(unix))]
fn restore(_: &Path, _: &Metadata) {}

/// Makes a file of ours usable that a umask made unusable.
///
/// # Errors
/// The error that was met, where this is no such case.
#[cfg(unix)]
pub(super) fn reclaim(file: &Path, met: io::Error) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    if met.kind() != ErrorKind::PermissionDenied {
        return Err(met);
    }
    let metadata = fs::symlink_metadata(file)?;
    if !metadata.is_file() || !is_own(&metadata) {
        return Err(met);
    }
    fs::set_permissions(file, fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
pub(super) fn reclaim(_: &Path, met: io::Error) -> io::Result<()> {
    Err(met)
}

/// Whether this user owns it.
#[cfg(unix)]
fn is_own(metadata: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    metadata.uid() == rustix::process::geteuid().as_raw()
}

#[cfg(not(unix))]
fn is_own(_: &Metadata) -> bool {
    true
}

/// Whether the folder would be made in one of another user who is not root: in the home that `sudo`
/// keeps, root's folders shut its user out.
fn is_anothers(folder: &Path) -> bool {
    let above = folder
        .ancestors()
        .find_map(|above| fs::metadata(above).ok());
    #[cfg(unix)]
    let anothers = above.is_some_and(|metadata| {
        use std::os::unix::fs::MetadataExt as _;
        !is_own(&metadata) && metadata.uid() != 0
    });
    #[cfg(not(unix))]
    let anothers = above.is_none();
    anothers
}
