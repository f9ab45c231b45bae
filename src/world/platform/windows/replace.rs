//! Locks, and files that are replaced as a whole.
//!
//! Another program, such as a virus scanner, may have a file open for a moment and let nobody
//! replace or remove it meanwhile. Whoever does that therefore tries again for a bounded time.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::windows::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use super::access::private;

/// winnt.h and winbase.h.
const DELETE: u32 = 0x0001_0000;
const FILE_SHARE_READ: u32 = 0x0000_0001;
const FILE_SHARE_WRITE: u32 = 0x0000_0002;
const FILE_FLAG_DELETE_ON_CLOSE: u32 = 0x0400_0000;
const FILE_FLAG_OPEN_REPARSE_POINT: u32 = 0x0020_0000;
/// winerror.h. Renaming over a file that is open is denied, not reported as in use.
const ERROR_ACCESS_DENIED: i32 = 5;
const ERROR_SHARING_VIOLATION: i32 = 32;
const ERROR_LOCK_VIOLATION: i32 = 33;

/// Pauses between the tries of a replacement or a removal, in milliseconds: half a second in all.
const PAUSES: [u64; 7] = [1, 4, 15, 40, 80, 160, 200];

/// Renames a file to the place of another one.
///
/// # Errors
/// The system's error; both files then stay.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    patiently(|| fs::rename(from, to))
}

/// Removes a file.
///
/// # Errors
/// The system's error.
pub fn remove(path: &Path) -> io::Result<()> {
    patiently(|| fs::remove_file(path))
}

fn patiently(act: impl Fn() -> io::Result<()>) -> io::Result<()> {
    let is_in_use =
        |why: &io::Error| is_in_use(why) || why.raw_os_error() == Some(ERROR_ACCESS_DENIED);
    for pause in PAUSES {
        match act() {
            Err(why) if is_in_use(&why) => std::thread::sleep(Duration::from_millis(pause)),
            done => return done,
        }
    }
    act()
}

/// Opens a lock file, which is created if it does not exist. Nobody can remove it while it is open.
///
/// # Errors
/// The system's error.
pub fn open_lock(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    private(options.create(true).truncate(false).write(true))
        .share_mode(FILE_SHARE_READ | FILE_SHARE_WRITE)
        .open(path)
}

/// Whether a file cannot be opened because another process has it open.
#[must_use]
pub fn is_in_use(why: &io::Error) -> bool {
    let in_use = [ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION];
    why.raw_os_error()
        .is_some_and(|code| in_use.contains(&code))
}

/// A lock file cannot be removed while it is open.
#[must_use]
pub fn refers_to(_: &Path, _: &File) -> bool {
    true
}

/// A temporary file is not removed while it is open.
#[must_use]
pub fn claim(_: &Path, _: &File) -> bool {
    true
}

/// Removes a file that no process has open.
pub fn remove_unused(path: &Path, _: bool) {
    let mut options = OpenOptions::new();
    options.access_mode(DELETE).share_mode(0);
    // Nobody can open it before it is closed, and then it is gone.
    let flags = FILE_FLAG_DELETE_ON_CLOSE | FILE_FLAG_OPEN_REPARSE_POINT;
    drop(options.custom_flags(flags).open(path));
}

/// `None`: the time of a folder is no proof that nothing was added to it.
#[must_use]
pub fn folder_state(_: &Path, _: u64) -> Option<String> {
    None
}
