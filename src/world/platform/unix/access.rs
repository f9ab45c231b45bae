//! Who owns a file and who may read or write it, by its user id and mode; and files and folders
//! that only this user can use.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use rustix::fs::{Access, Mode, OFlags, StatVfsMountFlags};

use super::super::rights::{Flaw, Owner};

/// Whose the files of the machine are.
pub const SYSTEMS: &str = "root's";

/// In a folder with this bit, others can replace only what is theirs.
const STICKY: u32 = 0o1000;

fn with_flags(options: &mut OpenOptions, flags: OFlags) -> &mut OpenOptions {
    options.custom_flags(i32::try_from(flags.bits()).unwrap_or_default())
}

/// Opens without waiting: opening a FIFO would block until another process opens it.
pub fn unblocked(options: &mut OpenOptions) -> &mut OpenOptions {
    with_flags(options, OFlags::NONBLOCK)
}

/// Opens a file of keyfob's own: a symbolic link is not followed, and a new file is this user's
/// alone.
pub fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    with_flags(options, OFlags::NOFOLLOW | OFlags::NONBLOCK).mode(0o600)
}

/// Runs `make` under umask 077, so that the new file or folder has the mode that `make` asks for.
/// Under umask 0277 or 0777 its owner could not use it. The umask applies to the whole process, so
/// no other thread may create files meanwhile.
pub fn privately<T>(make: impl FnOnce() -> T) -> T {
    let before = rustix::process::umask(Mode::RWXG | Mode::RWXO);
    let made = make();
    rustix::process::umask(before);
    made
}

/// Creates a file that only its owner can read. It must not exist.
///
/// # Errors
/// The system's error.
pub fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600).open(path)
}

/// Opens a log to append to it. A new one is this user's alone.
///
/// # Errors
/// The system's error.
pub fn open_log(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    unblocked(options.append(true).create(true)).mode(0o600);
    privately(|| options.open(path))
}

/// Creates a folder that only its owner can use; `recursive` those above it as well.
///
/// # Errors
/// The system's error.
pub fn create_private_folder(path: &Path, recursive: bool) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(recursive).mode(0o700).create(path)
}

fn is_own(metadata: &Metadata) -> bool {
    metadata.uid() == rustix::process::geteuid().as_raw()
}

/// Who owns a file or folder.
#[must_use]
pub fn owner(_: &Path, metadata: &Metadata) -> Owner {
    match metadata.uid() {
        _ if is_own(metadata) => Owner::User,
        0 => Owner::System,
        _ => Owner::Another,
    }
}

/// Checks that only this user and root could have written the file or folder.
///
/// # Errors
/// A [`Flaw`] that says why they are not the only ones.
pub fn check(_: &Path, _: Option<&File>, metadata: &Metadata) -> Result<(), Flaw> {
    let owner = metadata.uid();
    if !is_own(metadata) && owner != 0 {
        return Err(Flaw::Anothers("another user owns it".into()));
    }
    if metadata.mode() & 0o022 != 0 {
        return Err(if is_own(metadata) {
            Flaw::NotOurs("other users can write it (chmod go-w fixes that)".into())
        } else {
            Flaw::Anothers("other users can write it, and root owns it".into())
        });
    }
    Ok(())
}

/// Checks a folder of secrets. The files in it have modes of their own, so that others may list it.
///
/// # Errors
/// As for [`check`].
pub fn check_private(folder: &Path, metadata: &Metadata) -> Result<(), Flaw> {
    check(folder, None, metadata)
}

/// Checks that only this user and root can replace a file in this folder. Where others can write
/// it, the sticky bit or a read-only mount (as of a ConfigMap of Kubernetes) still prevents that.
///
/// # Errors
/// A [`Flaw`] of the folder.
pub fn check_folder(folder: &Path, metadata: &Metadata) -> Result<(), Flaw> {
    if check(folder, None, metadata).is_ok() {
        return Ok(());
    }
    if !is_own(metadata) && metadata.uid() != 0 {
        return Err(Flaw::Anothers("another user owns its folder".into()));
    }
    let read_only = || {
        rustix::fs::statvfs(folder)
            .is_ok_and(|mount| mount.f_flag.contains(StatVfsMountFlags::RDONLY))
    };
    if metadata.mode() & STICKY != 0 || read_only() {
        return Ok(());
    }
    Err(if is_own(metadata) {
        Flaw::NotOurs("other users can write its folder (chmod go-w fixes that)".into())
    } else {
        Flaw::Anothers("other users can write its folder, and root owns it".into())
    })
}

/// Whether root alone can write a file, or replace what root has put into a folder. In a folder
/// with the sticky bit, such as a store of packages, others can replace only what is theirs.
#[must_use]
pub fn is_systems_alone(_: &Path, metadata: &Metadata, or_sticky: bool) -> bool {
    let mode = metadata.mode();
    let is_closed = mode & 0o022 == 0 || or_sticky && mode & STICKY != 0;
    metadata.uid() == 0 && (is_closed || metadata.is_symlink())
}

/// Whether this user can create files in the folder.
#[must_use]
pub fn is_writable(folder: &Path) -> bool {
    rustix::fs::access(folder, Access::WRITE_OK | Access::EXEC_OK).is_ok()
}

/// Whether this user may replace a tool's file of this owner.
#[must_use]
pub fn may_replace(owner: Owner) -> bool {
    owner == Owner::User
}

/// Why the owner of a file cannot write it.
#[must_use]
pub fn read_only(metadata: &Metadata) -> Option<&'static str> {
    (metadata.mode() & 0o200 == 0).then_some("it is read-only (chmod u+w changes that)")
}

/// What mends it, if users other than its owner and group can read a file.
#[must_use]
pub fn others_can_read(path: &Path) -> Option<String> {
    let mode = fs::metadata(path).map_or(0, |metadata| metadata.permissions().mode());
    (mode & 0o004 != 0).then(|| format!("chmod go-r {}", shell_word(path)))
}

/// A path as a word of a command line.
fn shell_word(path: &Path) -> String {
    let path = path.display().to_string();
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+@".contains(c);
    match path.chars().all(is_plain) {
        true => path,
        false => format!("'{}'", path.replace('\'', "'\\''")),
    }
}

/// Restores the mode of this user's folder if a umask removed the owner's permissions.
pub fn restore(folder: &Path, metadata: &Metadata) {
    if is_own(metadata) && metadata.mode() & 0o700 != 0o700 {
        let _ = fs::set_permissions(folder, fs::Permissions::from_mode(0o700));
    }
}

/// Restores the mode of this user's file if a umask removed the owner's permissions.
///
/// # Errors
/// `met` if that is not the cause, or the error of the attempt.
pub fn reclaim(file: &Path, met: io::Error) -> io::Result<()> {
    if met.kind() != io::ErrorKind::PermissionDenied {
        return Err(met);
    }
    let metadata = fs::symlink_metadata(file)?;
    if !metadata.is_file() || !is_own(&metadata) {
        return Err(met);
    }
    fs::set_permissions(file, fs::Permissions::from_mode(0o600))
}

/// Every path is that of a file.
///
/// # Errors
/// Never fails.
pub fn check_name(_: &Path) -> Result<(), &'static str> {
    Ok(())
}

/// Gives a new file the group and the mode of the file that it replaces, if there is one.
///
/// # Errors
/// The mode cannot be set.
pub fn resemble(file: &File, old: &Path) -> io::Result<()> {
    let Ok(metadata) = fs::metadata(old) else {
        return Ok(());
    };
    let group = rustix::fs::Gid::from_raw(metadata.gid());
    // A user may be no member of the group any more.
    let _ = rustix::fs::fchown(file, None, Some(group));
    file.set_permissions(metadata.permissions())
}
