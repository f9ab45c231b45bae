//! `keyfob forget`: drops cached tokens and cool-downs.

use super::{given, spec};
use crate::error::{Code, Error};
use crate::find;
use crate::obtain;
use crate::protocol::Reply;
use crate::world::World;

/// Specs without a name of their own: many may share it.
const NAMELESS: [&str; 2] = ["inline", "stdin"];

/// Drops everything, or what SPEC made, with whichever secret it was made.
///
/// # Errors
/// Neither is named, SPEC is not valid, or something stays.
pub fn run(world: &dyn World, named: Option<&str>, all: bool) -> Result<Reply, Error> {
    if all {
        return match world.forget_all() {
            Ok(()) => Ok(Reply::silence()),
            Err(why) => Err(Error::new(Code::CacheUnusable, why)
                .hint("remove the folder, or name another with KEYFOB_CACHE_DIR")),
        };
    }
    if given(world, named).is_none() {
        return Err(Error::new(Code::Usage, "nothing says what to forget")
            .hint("name a spec with --spec, or --all"));
    }
    let found = spec(world, named, false)?;
    find::validate(&found.spec)?;
    let key = obtain::key(world, found.spec.admit_by_name());
    let entries = world.entries();
    let named_so = |spec: &str| spec == found.name && !NAMELESS.contains(&spec);
    let dropped = entries
        .iter()
        .filter(|entry| entry.key == key.as_str() || named_so(&entry.spec));
    let count = dropped.map(|entry| world.forget(&entry.key)).count();
    world.tell(&|| format!("cache: {count} dropped"));
    Ok(Reply::silence())
}
