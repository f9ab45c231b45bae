//! `keyfob secret set|remove|list|show NAME`: secrets in the OS keyring. Never from argv, never
//! printed.

use crate::credential::Secret;
use crate::error::{Code, Error};
use crate::protocol::{Reply, Until, one_line};
use crate::source::{KeyringEntry, KeyringKind, value};
use crate::world::cache::{SecretChanges, TokenCache};
use crate::world::{Commanding, Terminal};

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretAction {
    /// Stores what standard input or the person at the terminal says.
    Set(String),
    /// Remove it.
    Remove(String),
    /// The names of all.
    List,
    /// Where it lies and how long it is.
    Show(String),
}

/// Does it, in the keyring that `store` names.
///
/// # Errors
/// The keyring's, or a name that is none.
pub fn run(
    world: &dyn Commanding,
    action: &SecretAction,
    store: KeyringKind,
) -> Result<Reply, Error> {
    let place = |name: &str| {
        if name.is_empty() || name.len() > 255 || name.chars().any(char::is_control) {
            return Err(Error::new(
                Code::Usage,
                "a secret's name is 1 to 255 characters without control characters",
            ));
        }
        Ok(KeyringEntry {
            service: KeyringEntry::SERVICE.to_owned(),
            user: name.to_owned(),
            store,
        })
    };
    let failed =
        |name: &str, why: &_| Error::keyring(&format!("keyring entry `{name}`"), name, why);
    match action {
        SecretAction::Set(name) => {
            let place = place(name)?;
            let secret = new_value(world, name)?;
            world
                .write_secret(&place, &secret)
                .map_err(|why| failed(name, &why))?;
            drop_made_with(world, &place);
            Ok(Reply::silence())
        }
        SecretAction::Remove(name) => {
            let place = place(name)?;
            world
                .remove_secret(&place)
                .map_err(|why| failed(name, &why))?;
            drop_made_with(world, &place);
            Ok(Reply::silence())
        }
        SecretAction::List => {
            let names = world
                .secret_names(store)
                .map_err(|why| Error::keyring("the keyring", "NAME", &why))?;
            let lines = names.iter().map(|name| one_line(name) + "\n");
            Ok(Reply::text(lines.collect::<String>()))
        }
        SecretAction::Show(name) => {
            let place = place(name)?;
            let secret = world
                .read_secret(&place)
                .map_err(|why| failed(name, &why))?;
            let bytes = secret.len();
            Ok(Reply::text(format!(
                "{name}: {bytes} bytes, service `{}`, user `{name}`, {}\n",
                place.service,
                world.keyring_name(store)
            )))
        }
    }
}

/// What is to be stored: standard input, or a line that is not echoed. What no source would give is
/// not stored either.
fn new_value(world: &dyn Terminal, name: &str) -> Result<Secret, Error> {
    let given = match world.prompt(&format!("secret `{name}`: ")) {
        Some(typed) => typed,
        None => world.read_stdin(Until::End),
    };
    let given = given.map_err(|why| Error::new(Code::SecretMissing, why))?;
    let value = value::parse_text(&given).map_err(|why| {
        let problem = format!("keyring entry `{name}`: {why}; nothing was stored");
        Error::new(Code::SecretUnreadable, problem).hint(why.hint())
    })?;
    if value.is_empty() {
        return Err(Error::new(
            Code::SecretMissing,
            "the secret is empty; nothing was stored",
        )
        .hint(format!("pipe it in: keyfob secret set {name} < FILE")));
    }
    Ok(value)
}

/// Tokens that were made with the old secret are no longer wanted.
fn drop_made_with(world: &(impl SecretChanges + TokenCache + ?Sized), place: &KeyringEntry) {
    // First of all: who is fetching one at the moment has no entry yet that could be dropped.
    world.record_secret_change();
    let with = |entry: &crate::world::cache::Entry| {
        entry
            .secrets
            .iter()
            .any(|(service, user)| *service == place.service && *user == place.user)
    };
    world
        .entries()
        .iter()
        .filter(|entry| with(entry))
        .for_each(|entry| world.forget(&entry.key));
}
