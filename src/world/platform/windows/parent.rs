//! The program that called this one.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::PathBuf;

use winsafe::co::PROCESS_NAME;

use super::process::list::{self, Held};
use crate::world::platform::calling_program::CallingProgram;

/// The program that called this one, if it still runs and the user may look at it.
///
/// The identity consists of the process id and the start time in units of 100 ns: a process of
/// Windows never becomes another program. Windows keeps a parent's id after the parent has ended,
/// and may give the id to another process, which then started later than this one.
pub fn find() -> Option<CallingProgram> {
    let own = std::process::id();
    let of_own = list::all().into_iter().find(|one| one.id == own)?;
    let (this, parent) = (Held::open(own)?, Held::open(of_own.parent)?);
    let at = parent.started_at()?;
    if at > this.started_at()? {
        return None;
    }
    let file = parent
        .handle()
        .QueryFullProcessImageName(PROCESS_NAME::WIN32)
        .ok()?;
    let mut identity = DefaultHasher::new();
    (of_own.parent, at).hash(&mut identity);
    Some(CallingProgram {
        identity: identity.finish(),
        file: PathBuf::from(file),
    })
}
