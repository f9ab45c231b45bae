//! The cache folder. It is created with mode 0700 whatever the umask, and never in another user's
//! home. It is refused if another user owns it or can write it. A symlink as the last component of
//! its path is not followed.

use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::path::Path;

use super::Cache;
use crate::world::files;

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
        fs::symlink_metadata(&self.0).is_ok_and(|metadata| is_ours(&metadata))
    }

    /// Creates the folder if it does not exist.
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

    /// Checks that entries can be stored in the folder. Creates it if it does not exist.
    ///
    /// # Errors
    /// [`Unusable`]: the folder cannot be created or written, or another user could write it.
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
                ("it is not a folder".to_owned(), elsewhere.to_owned())
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

/// Why other users can write the folder, and a hint. In a container this user often does not own
/// the folder and cannot change that, so the hint is to use another one.
fn foreign(folder: &Path, metadata: &Metadata) -> (String, String) {
    let shown = folder.display();
    let why = files::ours(metadata).err().map(|why| why.to_string());
    let hint = format!("set KEYFOB_CACHE_DIR={shown}/private: keyfob makes that folder");
    (why.unwrap_or_default(), hint)
}

/// Runs `make` under umask 077, so that the new file or folder has the mode that `make` asks for.
/// Under umask 0277 or 0777 its owner could not use it. The umask applies to the whole process, so
/// no other thread may create files meanwhile.
pub(in crate::world) fn privately<T>(make: impl FnOnce() -> T) -> T {
    #[cfg(unix)]
    let before = rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    let made = make();
    #[cfg(unix)]
    rustix::process::umask(before);
    made
}

/// Restores the mode of this user's folder if a umask removed the owner's permissions.
#[cfg(unix)]
fn restore(folder: &Path, metadata: &Metadata) {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    if is_own(metadata) && metadata.mode() & 0o700 != 0o700 {
        let _ = fs::set_permissions(folder, fs::Permissions::from_mode(0o700));
    }
}

#[cfg(not(unix))]
fn restore(_: &Path, _: &Metadata) {}

/// Restores the mode of this user's file if a umask removed the owner's permissions.
///
/// # Errors
/// `met` if that is not the cause, or the error of the attempt.
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

/// Whether this user owns the file or folder.
#[cfg(unix)]
fn is_own(metadata: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    metadata.uid() == rustix::process::geteuid().as_raw()
}

#[cfg(not(unix))]
fn is_own(_: &Metadata) -> bool {
    true
}

/// Whether the folder would be created in a folder of another user who is not root. `sudo` may keep
/// the user's HOME, and a folder that root creates there is closed to that user.
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
