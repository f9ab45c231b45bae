//! `keyfob status`: lists every spec and its tokens. Never prints a token.
//!
//! A spec's current token is found by its cache key, as a hit finds it. Tokens that the spec made
//! for other values, targets or requests are found by the spec's name. What is left in the cache is
//! of a spec that no longer exists, or of one that was passed by value or by a path.

mod state;
mod table;
mod words;

use crate::credential::Secret;
use crate::error::Error;
use crate::find;
use crate::obtain;
use crate::protocol::Reply;
use crate::text::one_line;
use crate::world::SpecFile;
use crate::world::cache::Entry;
use crate::world::files::FileError;
use crate::world::folders;
use crate::world::screen::Listing;
use state::State;

/// A spec and one of its tokens, or a token without a spec.
struct Row {
    name: String,
    provider: String,
    targets: Vec<String>,
    /// The spec's file.
    from: Option<String>,
    /// Why the spec cannot be used.
    broken: Option<Error>,
    /// The spec no longer exists.
    gone: bool,
    entry: Option<Entry>,
    state: State,
}

/// Lists every spec with its tokens, and every token without a spec: a table on a terminal, else
/// fields separated by tabs, or JSON.
///
/// # Errors
/// The configuration folder cannot be read.
pub fn run(world: &dyn Listing, as_json: bool) -> Result<Reply, Error> {
    let now = world.now();
    let rows = rows(world)?;
    if as_json {
        return Ok(Reply::text(words::json(&rows, now)));
    }
    Ok(match world.screen() {
        Some(_) if rows.is_empty() => Reply::text("no specs and no tokens\n"),
        Some(screen) => {
            let home = world.variable(folders::HOME);
            let table = table::table(&rows, now, screen, home.as_deref());
            // Its cells are cleaned, and its colours are not.
            Reply::answer(Secret::from(table))
        }
        None => Reply::text(
            rows.iter()
                .map(|row| words::fields(row, now))
                .collect::<String>(),
        ),
    })
}

fn rows(world: &dyn Listing) -> Result<Vec<Row>, Error> {
    let unreadable = |why| Error::spec_file("the configuration folder", &why);
    let specs = world.spec_files().map_err(unreadable)?;
    let mut entries = world.entries();
    let order = |entry: &Entry| (entry.spec.clone(), entry.target.clone(), entry.key.clone());
    entries.sort_by_cached_key(order);
    let mut listed = vec![false; entries.len()];
    let mut rows = Vec::new();
    for spec in &specs {
        rows.extend(of_spec(world, spec, &entries, &mut listed));
    }
    let left = entries.into_iter().zip(listed);
    let left = left.filter_map(|(entry, listed)| (!listed).then_some(entry));
    rows.extend(left.map(|entry| without_spec(world, &specs, entry)));
    Ok(rows)
}

/// The rows of a spec: one for each of its tokens, or one that says that there is none.
fn of_spec(
    world: &dyn Listing,
    file: &SpecFile,
    entries: &[Entry],
    listed: &mut [bool],
) -> Vec<Row> {
    let path = file.path.to_str();
    let loaded = find::in_folder(world, file);
    let (mut key, mut targets, mut provider) = (None, Vec::new(), String::new());
    let checked = match &loaded {
        Err(error) => Err(error.clone()),
        Ok(loaded) => {
            let patterns = loaded.spec.targets.iter();
            targets = patterns.map(ToString::to_string).collect();
            provider.clone_from(&loaded.spec.provider);
            let resolved = obtain::resolve(world, &loaded.name, loaded.spec.admit_by_name());
            key = Some(resolved.key().clone());
            resolved.verify()
        }
    };
    let broken = checked.err();
    let name = one_line(&file.name);
    let is_own = |entry: &Entry| {
        let of_key = key.as_ref().is_some_and(|key| key.as_str() == entry.key);
        let of_file = match &entry.file {
            Some(file) => Some(file.as_str()) == path,
            None => entry.spec == name && !find::is_nameless(&name),
        };
        of_key || of_file
    };
    let mut own = Vec::new();
    for (entry, listed) in entries.iter().zip(listed) {
        if is_own(entry) {
            *listed = true;
            own.push(Some(entry.clone()));
        }
    }
    if own.is_empty() {
        own.push(None);
    }
    let now = world.now();
    let row = |entry: Option<Entry>| Row {
        name: name.clone(),
        provider: provider.clone(),
        targets: targets.clone(),
        from: path.map(one_line),
        state: match &broken {
            Some(_) => State::Broken,
            None => state::of_entry(entry.as_ref(), now),
        },
        broken: broken.clone(),
        gone: false,
        entry,
    };
    own.into_iter().map(row).collect()
}

/// The row of a token whose spec is gone, or was passed by value or by a path.
fn without_spec(world: &dyn Listing, specs: &[SpecFile], entry: Entry) -> Row {
    let gone = match &entry.file {
        Some(file) => world.read_config(file.as_ref()) == Err(FileError::Missing),
        None => {
            let mut names = specs.iter().map(|spec| one_line(&spec.name));
            let has_folder = world.config_folder().is_some();
            !find::is_nameless(&entry.spec) && has_folder && !names.any(|name| name == entry.spec)
        }
    };
    Row {
        name: one_line(&entry.spec),
        provider: one_line(&entry.provider),
        targets: Vec::new(),
        from: entry.file.as_deref().map(one_line),
        broken: None,
        gone,
        state: state::of_entry(Some(&entry), world.now()),
        entry: Some(entry),
    }
}
