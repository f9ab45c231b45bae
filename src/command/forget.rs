//! `keyfob forget`: drops cached tokens and cool-downs.

use super::given;
use crate::error::{Code, Error};
use crate::find;
use crate::obtain;
use crate::protocol::{Reply, Until};
use crate::world::World;

/// Drops everything, or what SPEC made, with whichever secret it was made.
///
/// # Errors
/// Neither is named, or SPEC is not valid.
pub fn run(world: &dyn World, named: Option<&str>, all: bool) -> Result<Reply, Error> {
    let spec = given(world, named);
    let dropped = match (all, spec) {
        (true, _) => drop_where(world, &|_, _| true),
        (false, None) => {
            return Err(Error::new(Code::Usage, "nothing says what to forget")
                .hint("name a spec with --spec, or --all"));
        }
        (false, Some(spec)) => {
            let piped = (spec == "-")
                .then(|| world.standard_input(Until::End))
                .transpose();
            let piped = piped.map_err(|why| Error::new(Code::SpecInvalid, why))?;
            let found = find::named(world, &spec, piped.as_ref().map(|bytes| bytes.expose()))?;
            let key = obtain::key(world, found.provider.admit_by_name());
            let key = key.as_str();
            drop_where(world, &|entry_key, spec| {
                entry_key == key || (spec == found.name && !["inline", "stdin"].contains(&spec))
            })
        }
    };
    world.tell(&|| format!("cache: {dropped} dropped"));
    Ok(Reply::silence())
}

/// Drops the entries of which `which` is true, by key and spec; gives their number.
pub fn drop_where(world: &dyn World, which: &dyn Fn(&str, &str) -> bool) -> usize {
    let entries = world.entries();
    let dropped = entries
        .iter()
        .filter(|entry| which(&entry.key, &entry.spec));
    dropped.map(|entry| world.forget(&entry.key)).count()
}
