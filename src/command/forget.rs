//! `keyfob forget`: drops cached tokens, and the times until which no provider is asked.

use super::{forget_each, selected_spec, spec, stays};
use crate::error::{Code, Error};
use crate::find;
use crate::obtain::{self, kept_token, present};
use crate::protocol::Reply;
use crate::source::KeyringEntry;
use crate::world::cache::Entry;
use crate::world::cache::TokenCache;
use crate::world::{Clock, Commanding, Keyring, Log};

/// Drops every cached token, or those of SPEC, whichever secrets they were made with.
///
/// # Errors
/// Neither `--all` nor SPEC is given, SPEC is not valid, or an entry cannot be removed.
pub fn run(world: &dyn Commanding, named: Option<&str>, all: bool) -> Result<Reply, Error> {
    if all {
        let doubted = doubt(world, stores(&world.entries()));
        return match world.forget_all() {
            Ok(()) => doubted.map(|()| Reply::silence()),
            Err(why) => Err(stays(why)),
        };
    }
    let Some(given) = selected_spec(world, named) else {
        return Err(Error::new(Code::Usage, "neither --spec nor --all is given")
            .hint("name a spec with --spec, or drop all tokens with --all"));
    };
    let entries = world.entries();
    let loaded = match spec(world, named, false) {
        Err(missing) if [Code::SpecNotFound, Code::PolicyForbids].contains(&missing.code) => {
            return gone(world, &entries, &given).unwrap_or(Err(missing));
        }
        loaded => loaded?,
    };
    find::validate(&loaded.spec)?;
    let specs = obtain::resolve(world, &loaded.name, loaded.spec.admit_by_name());
    let key = specs.key();
    // What the policy forbids may be forgotten.
    let provider = specs.provider().ok();
    let doubted = doubt(
        world,
        provider.and_then(|provider| provider.grant.keyring_entry().cloned()),
    );
    let named_so = |spec: &str| spec == loaded.name && !find::is_nameless(spec);
    let dropped = entries
        .iter()
        .filter(|entry| entry.key == key.as_str() || named_so(&entry.spec));
    let (count, forgotten) = forget_each(world, dropped);
    world.log(&|| format!("cache: {count} dropped"));
    doubted.and(forgotten)?;
    if count > 0 {
        return Ok(Reply::silence());
    }
    // A token may be cached for values that are missing now.
    present::check_values(&obtain::call(world, &specs)?)?;
    Ok(Reply::text(present::nothing_to_do(
        world,
        "forget",
        &loaded.name,
    )))
}

/// Drops the tokens of a spec that no longer exists: by its name, or by its file.
fn gone(
    world: &(impl Clock + Log + Keyring + TokenCache + ?Sized),
    entries: &[Entry],
    given: &str,
) -> Option<Result<Reply, Error>> {
    let word = (!given.contains('/') && !given.ends_with(".json")).then_some(given);
    let made = |entry: &&Entry| {
        entry.file.as_deref() == Some(given)
            || word.is_some_and(|word| entry.spec == word && !find::is_nameless(word))
    };
    let made: Vec<Entry> = entries.iter().filter(made).cloned().collect();
    let doubted = doubt(world, stores(&made));
    let (count, forgotten) = forget_each(world, made.iter());
    (count > 0).then(|| doubted.and(forgotten).map(|()| Reply::silence()))
}

fn stores(entries: &[Entry]) -> Vec<KeyringEntry> {
    let stores = entries.iter().filter_map(|entry| entry.store.clone());
    stores.collect()
}

/// Tokens that are also stored in a keyring are used again only if their provider says that they
/// exist.
fn doubt(
    world: &(impl Clock + Log + Keyring + ?Sized),
    places: impl IntoIterator<Item = KeyringEntry>,
) -> Result<(), Error> {
    let doubted = places
        .into_iter()
        .map(|entry| kept_token::doubt(world, &entry));
    doubted.fold(Ok(()), Result::and)
}
