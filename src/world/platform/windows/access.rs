//! Who owns a file and who may read or write it, by its security descriptor; and files and folders
//! that only this user, SYSTEM and Administrators can use.
//!
//! A folder of the user's profile hands such a list down to what is made in it, so that keyfob
//! leaves it at that. What is made elsewhere gets a list of its own, before anything is in it. No
//! other process can open such a file meanwhile.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::windows::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::OnceLock;

use windows_permissions::constants::SeObjectType::SE_FILE_OBJECT;
use windows_permissions::constants::SecurityInformation;
use windows_permissions::utilities::current_process_sid;
use windows_permissions::wrappers::{
    ConvertSecurityDescriptorToStringSecurityDescriptor,
    ConvertStringSecurityDescriptorToSecurityDescriptor, GetSecurityInfo, SetSecurityInfo,
};

use super::super::descriptor::{self, Descriptor};
use super::super::names;
use super::super::rights::{Flaw, Owner};

/// Whose the files of the machine are.
pub const SYSTEMS: &str = "the administrators'";

/// winnt.h and winbase.h.
const READ_CONTROL: u32 = 0x0002_0000;
const WRITE_DAC: u32 = 0x0004_0000;
const GENERIC_WRITE: u32 = 0x4000_0000;
const FILE_ADD_FILE: u32 = 0x0000_0002;
const FILE_APPEND_DATA: u32 = 0x0000_0004;
const FILE_FLAG_BACKUP_SEMANTICS: u32 = 0x0200_0000;
const FILE_FLAG_OPEN_REPARSE_POINT: u32 = 0x0020_0000;

/// Opens as usual: names of devices and pipes are refused beforehand.
pub fn unblocked(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

/// Opens a file of keyfob's own: a symbolic link is not followed. A new file has the access list
/// that its folder hands down, and the folder is this user's alone.
pub fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options.custom_flags(FILE_FLAG_OPEN_REPARSE_POINT)
}

/// Runs `make`. There is no umask.
pub fn privately<T>(make: impl FnOnce() -> T) -> T {
    make()
}

/// SDDL of the owner and the access list of an open file or folder.
fn sddl(file: &File) -> io::Result<String> {
    let parts = SecurityInformation::Owner | SecurityInformation::Dacl;
    let descriptor = GetSecurityInfo(file, SE_FILE_OBJECT, parts)?;
    let text = ConvertSecurityDescriptorToStringSecurityDescriptor(&descriptor, parts)?;
    Ok(text.to_string_lossy().into_owned())
}

fn of_file(file: &File) -> io::Result<Descriptor> {
    Descriptor::parse(&sddl(file)?).ok_or_else(|| ErrorKind::InvalidData.into())
}

/// Opens a file or folder to look at its access list, or to change it. `link` is a flag that opens
/// a symbolic link or a junction itself.
fn open_rights(path: &Path, rights: u32, link: u32) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let options = options.access_mode(rights);
    options
        .custom_flags(FILE_FLAG_BACKUP_SEMANTICS | link)
        .open(path)
}

/// The descriptor of what `metadata` is of: of a link itself, if the link was not followed then.
fn of_path(path: &Path, metadata: &Metadata) -> io::Result<Descriptor> {
    // A junction is one, too.
    let link = match metadata.is_symlink() {
        true => FILE_FLAG_OPEN_REPARSE_POINT,
        false => 0,
    };
    of_file(&open_rights(path, READ_CONTROL, link)?)
}

/// This user as SDDL writes it. It is looked up once. Empty if it cannot be found, so that every
/// file is another's.
fn user() -> &'static str {
    static USER: OnceLock<String> = OnceLock::new();
    USER.get_or_init(|| find_user().unwrap_or_default())
}

fn find_user() -> Option<String> {
    let sid = current_process_sid().ok()?;
    // SDDL has letters of its own for some accounts.
    let owned = format!("O:{}", *sid);
    let descriptor = ConvertStringSecurityDescriptorToSecurityDescriptor(&owned).ok()?;
    let owner = SecurityInformation::Owner;
    let text = ConvertSecurityDescriptorToStringSecurityDescriptor(&descriptor, owner).ok()?;
    Some(text.to_str()?.strip_prefix("O:")?.to_owned())
}

/// Gives an open file or folder an access list, in SDDL.
fn set_list(file: &mut File, list: &str) -> io::Result<()> {
    let descriptor = ConvertStringSecurityDescriptorToSecurityDescriptor(list)?;
    let inherits = match list.starts_with("D:P") {
        true => SecurityInformation::ProtectedDacl,
        false => SecurityInformation::UnprotectedDacl,
    };
    let parts = SecurityInformation::Dacl | inherits;
    // Without a list, everybody may do everything.
    let list = descriptor.dacl().ok_or(ErrorKind::InvalidData)?;
    SetSecurityInfo(file, SE_FILE_OBJECT, parts, None, None, Some(list), None)
}

/// Gives what was just made an access list of its own, unless that of its folder is enough.
fn protect(file: &mut File, is_folder: bool) -> io::Result<()> {
    let is_enough = |file: &File| {
        of_file(file).is_ok_and(|it| it.check(user()).is_ok() && !it.others_can_read(user()))
    };
    if is_enough(file) {
        return Ok(());
    }
    set_list(file, &descriptor::private(user(), is_folder))?;
    match is_enough(file) {
        true => Ok(()),
        // A file system without access lists.
        false => Err(io::Error::other("it cannot be closed to other users")),
    }
}

/// Creates a file that only its owner and the system can read. It must not exist. No other process
/// can open it until it is closed.
///
/// # Errors
/// The system's error, or the file system has no access lists. No file remains.
pub fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let rights = GENERIC_WRITE | READ_CONTROL | WRITE_DAC;
    options.write(true).create_new(true).access_mode(rights);
    let mut file = options.share_mode(0).open(path)?;
    if let Err(why) = protect(&mut file, false) {
        drop(file);
        let _ = fs::remove_file(path);
        return Err(why);
    }
    Ok(file)
}

/// Opens a log to append to it. A new one is this user's alone.
///
/// # Errors
/// The system's error, or others can write the log.
pub fn open_log(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let rights = FILE_APPEND_DATA | READ_CONTROL | WRITE_DAC;
    options.append(true).create(true).access_mode(rights);
    let mut file = options.open(path)?;
    if file.metadata()?.len() == 0 {
        protect(&mut file, false)?;
    }
    match of_file(&file)?.check(user()) {
        Ok(()) => Ok(file),
        Err(flaw) => Err(io::Error::other(flaw.why().to_owned())),
    }
}

/// Creates a folder that only its owner and the system can use; `recursive` those above it as well.
///
/// # Errors
/// The system's error, or the file system has no access lists.
pub fn create_private_folder(path: &Path, recursive: bool) -> io::Result<()> {
    if let Some(above) = path.parent().filter(|above| recursive && !above.exists()) {
        create_private_folder(above, true)?;
    }
    match fs::create_dir(path) {
        Err(why) if why.kind() == ErrorKind::AlreadyExists && recursive => return Ok(()),
        made => made?,
    }
    let rights = READ_CONTROL | WRITE_DAC;
    protect(
        &mut open_rights(path, rights, FILE_FLAG_OPEN_REPARSE_POINT)?,
        true,
    )
}

/// Who owns a file or folder.
#[must_use]
pub fn owner(path: &Path, metadata: &Metadata) -> Owner {
    of_path(path, metadata).map_or(Owner::Another, |it| it.owner(user()))
}

/// Checks that only this user and the system could have written the file or folder.
///
/// # Errors
/// A [`Flaw`] that says why they are not the only ones.
pub fn check(path: &Path, file: Option<&File>, metadata: &Metadata) -> Result<(), Flaw> {
    let descriptor = match file {
        Some(file) => of_file(file),
        None => of_path(path, metadata),
    };
    descriptor.map_err(unreadable)?.check(user())
}

fn unreadable(why: io::Error) -> Flaw {
    let why = why.to_string().to_lowercase();
    Flaw::Anothers(format!("its access list cannot be read: {why}").into())
}

/// Checks a folder of secrets: nobody else can read what is in it, since files have the access list
/// of their folder.
///
/// # Errors
/// As for [`check`], or others can read it.
pub fn check_private(folder: &Path, metadata: &Metadata) -> Result<(), Flaw> {
    let descriptor = of_path(folder, metadata).map_err(unreadable)?;
    descriptor.check_private(user(), &folder.display().to_string())
}

/// Checks that only this user and the system can replace a file in this folder.
///
/// # Errors
/// A [`Flaw`] of the folder.
pub fn check_folder(folder: &Path, metadata: &Metadata) -> Result<(), Flaw> {
    let of_folder = |why: &str| {
        let why = why.replace("owns it", "owns its folder");
        why.replace("write it", "write its folder").into()
    };
    check(folder, None, metadata).map_err(|flaw| match &flaw {
        Flaw::NotOurs(why) => Flaw::NotOurs(of_folder(why)),
        Flaw::Anothers(why) => Flaw::Anothers(of_folder(why)),
    })
}

/// Whether the system owns a file or folder and nobody else can write it.
#[must_use]
pub fn is_systems_alone(path: &Path, metadata: &Metadata, _: bool) -> bool {
    of_path(path, metadata).is_ok_and(|it| it.is_systems_alone())
}

/// Whether this user can create files in the folder.
#[must_use]
pub fn is_writable(folder: &Path) -> bool {
    open_rights(folder, FILE_ADD_FILE, 0).is_ok()
}

/// Whether this user may replace a tool's file of this owner. What an administrator with all rights
/// makes belongs to the group Administrators.
#[must_use]
pub fn may_replace(owner: Owner) -> bool {
    owner != Owner::Another
}

/// Why the owner of a file cannot write it.
#[must_use]
pub fn read_only(metadata: &Metadata) -> Option<&'static str> {
    let is_read_only = metadata.permissions().readonly();
    is_read_only.then_some("it is read-only (attrib -r changes that)")
}

/// What mends it, if users other than its owner and the system can read a file.
#[must_use]
pub fn others_can_read(path: &Path) -> Option<String> {
    let descriptor = of_path(path, &fs::metadata(path).ok()?).ok()?;
    descriptor.how_to_hide(user(), &path.display().to_string(), false)
}

/// Does nothing: no umask takes rights away.
pub fn restore(_: &Path, _: &Metadata) {}

/// Does nothing: no umask takes rights away.
///
/// # Errors
/// Always `met`.
pub fn reclaim(_: &Path, met: io::Error) -> io::Result<()> {
    Err(met)
}

/// Checks that a path is that of a file.
///
/// # Errors
/// A clause that says why it is not.
pub fn check_name(path: &Path) -> Result<(), &'static str> {
    names::check(&path.to_string_lossy())
}

/// Gives a new file the access list of the file that it replaces, if there is one.
///
/// # Errors
/// The access list cannot be read or set.
pub fn resemble(file: &File, old: &Path) -> io::Result<()> {
    let old = match OpenOptions::new().access_mode(READ_CONTROL).open(old) {
        Err(why) if why.kind() == ErrorKind::NotFound => return Ok(()),
        old => sddl(&old?)?,
    };
    // Where there is no list, the new file stays its owner's.
    let list = old.find("D:").and_then(|at| old.get(at..));
    let list = list.filter(|list| !list.contains("NO_ACCESS_CONTROL"));
    list.map_or(Ok(()), |list| set_list(&mut file.try_clone()?, list))
}
