//! `keyfob secret set|remove|list|show|rename|copy`: manages secrets in the OS keyring. A secret is
//! never read from argv and never printed.
//!
//! Only a person at a terminal is asked before `set` replaces a secret, and told what was done: for
//! a script it replaces and says nothing.

use super::drop_made_with;
use crate::credential::Secret;
use crate::error::{Code, Error};
use crate::find;
use crate::protocol::{Reply, Until, one_line};
use crate::source::{KeyringEntry, KeyringKind, Source, value};
use crate::text::{is_yes, nearest};
use crate::world::keyring::KeyringError;
use crate::world::{Commanding, Keyring, Terminal};

/// The action of the command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretAction {
    /// Stores a secret from standard input or from a prompt on the terminal.
    Set {
        /// The secret's name.
        name: String,
        /// Whether another one is replaced without a question.
        yes: bool,
    },
    /// Removes the secret.
    Remove(String),
    /// Lists the names of all secrets.
    List,
    /// Shows where the secret is stored and how long it is.
    Show(String),
    /// Renames the secret.
    Rename {
        /// The secret's name.
        name: String,
        /// Its new name.
        new_name: String,
        /// Whether another one is replaced.
        yes: bool,
    },
    /// Copies the secret.
    Copy {
        /// The secret's name.
        name: String,
        /// The name of the copy.
        new_name: String,
        /// The keyring of the copy; `None` for the same.
        to: Option<KeyringKind>,
        /// Whether another one is replaced.
        yes: bool,
    },
}

/// Runs the action on the keyring that `store` names.
///
/// # Errors
/// Returns an error if the name is not valid, the new secret cannot be read, is empty or is not
/// usable, or the keyring fails.
pub fn run(
    world: &dyn Commanding,
    action: &SecretAction,
    store: KeyringKind,
) -> Result<Reply, Error> {
    match action {
        SecretAction::Set { name, yes } => set(world, &entry(name, store)?, *yes),
        SecretAction::Remove(name) => {
            let entry = entry(name, store)?;
            remove(world, &entry)?;
            Ok(said(world, format!("removed `{name}`\n")))
        }
        SecretAction::List => {
            let names = world
                .secret_names(store)
                .map_err(|why| Error::keyring("the keyring", "NAME", &why))?;
            let lines = names.iter().map(|name| one_line(name) + "\n");
            Ok(Reply::text(lines.collect::<String>()))
        }
        SecretAction::Show(name) => {
            let entry = entry(name, store)?;
            let bytes = read(world, &entry)?.len();
            Ok(Reply::text(format!(
                "{name}: {bytes} bytes, service `{}`, user `{name}`, {}\n",
                entry.service,
                world.keyring_name(store)
            )))
        }
        SecretAction::Rename {
            name,
            new_name,
            yes,
        } => {
            let (from, to) = (entry(name, store)?, entry(new_name, store)?);
            copy(world, &from, &to, *yes)?;
            remove(world, &from)?;
            let told = format!("renamed `{name}` to `{new_name}`\n");
            Ok(Reply::text(told + &specs_with(world, &from)))
        }
        SecretAction::Copy {
            name,
            new_name,
            to,
            yes,
        } => {
            let store_of_copy = to.unwrap_or(store);
            let to = entry(new_name, store_of_copy)?;
            copy(world, &entry(name, store)?, &to, *yes)?;
            let store = world.keyring_name(store_of_copy);
            let told = format!("copied `{name}` to `{new_name}` ({store})\n");
            Ok(Reply::text(told))
        }
    }
}

/// keyfob's entry of this name.
fn entry(name: &str, store: KeyringKind) -> Result<KeyringEntry, Error> {
    if name.is_empty() || name.len() > 255 || name.chars().any(char::is_control) {
        return Err(Error::new(
            Code::Usage,
            "a secret's name is 1 to 255 characters without control characters",
        ));
    }
    Ok(KeyringEntry::own(name, store))
}

/// The error for an entry. If there is none of this name, the hint has the name that was probably
/// meant.
fn failed(world: &dyn Commanding, entry: &KeyringEntry, why: &KeyringError) -> Error {
    let name = &entry.user;
    let error = Error::keyring(&format!("keyring entry `{name}`"), name, why);
    if *why != KeyringError::Missing {
        return error;
    }
    let names = world.secret_names(entry.store).unwrap_or_default();
    match nearest(name, names.iter().map(String::as_str)) {
        Some(meant) => error.hint(format!("did you mean `{meant}`?")),
        None => error.hint("`keyfob secret list` shows the names"),
    }
}

fn read(world: &dyn Commanding, entry: &KeyringEntry) -> Result<Secret, Error> {
    let secret = Keyring::read_secret(world, entry);
    secret.map_err(|why| failed(world, entry, &why))
}

fn write(world: &dyn Commanding, entry: &KeyringEntry, secret: &Secret) -> Result<(), Error> {
    let written = Keyring::write_secret(world, entry, secret);
    written.map_err(|why| failed(world, entry, &why))?;
    drop_made_with(world, entry)
}

fn remove(world: &dyn Commanding, entry: &KeyringEntry) -> Result<(), Error> {
    let removed = Keyring::remove_secret(world, entry);
    removed.map_err(|why| failed(world, entry, &why))?;
    drop_made_with(world, entry)
}

/// What was done, for a person at a terminal.
fn said(world: &dyn Terminal, text: String) -> Reply {
    match world.is_terminal() {
        true => Reply::text(text),
        false => Reply::silence(),
    }
}

fn set(world: &dyn Commanding, entry: &KeyringEntry, yes: bool) -> Result<Reply, Error> {
    let name = &entry.user;
    let there = match world.is_terminal() {
        true => Keyring::read_secret(world, entry),
        false => Err(KeyringError::Missing),
    };
    // Before the secret is typed, and before another dialog is shown.
    if let Err(
        why @ (KeyringError::Unavailable { .. }
        | KeyringError::Forbidden { .. }
        | KeyringError::Keychain(_)),
    ) = &there
    {
        return Err(failed(world, entry, why));
    }
    if !yes && there.is_ok() {
        let question = format!("secret `{name}` exists. Replace it? [y/N] ");
        let answer = world.ask(&question).unwrap_or_default();
        if !is_yes(&answer) {
            return Ok(Reply {
                stderr: "keyfob: the secret stays as it was\n".to_owned(),
                status: 1,
                ..Reply::silence()
            });
        }
    }
    let secret = new_value(world, name)?;
    write(world, entry, &secret)?;
    let (bytes, store) = (secret.len(), world.keyring_name(entry.store));
    Ok(said(
        world,
        format!("stored `{name}`: {bytes} bytes, {store}\n"),
    ))
}

/// Copies an entry. One that is there stays, unless `replaces` is set.
fn copy(
    world: &dyn Commanding,
    from: &KeyringEntry,
    to: &KeyringEntry,
    replaces: bool,
) -> Result<(), Error> {
    // The platform's keyring may be one that has a name of its own.
    let keyring = |entry: &KeyringEntry| world.keyring_name(entry.store);
    if from.user == to.user && keyring(from) == keyring(to) {
        let sentence = format!("`{}` in {} is this entry itself", to.user, keyring(to));
        return Err(Error::new(Code::Usage, sentence));
    }
    let secret = read(world, from)?;
    match Keyring::read_secret(world, to) {
        Ok(_) if !replaces => {
            let sentence = format!("keyring entry `{}` exists", to.user);
            Err(Error::new(Code::Usage, sentence).hint("add --yes to replace it"))
        }
        Ok(_) | Err(KeyringError::Missing) => write(world, to, &secret),
        Err(why) => Err(failed(world, to, &why)),
    }
}

/// The specs of the configuration folder that name an entry that is gone, a line each.
fn specs_with(world: &dyn Commanding, entry: &KeyringEntry) -> String {
    let names = |source: &Source| {
        matches!(source, Source::Keyring(other)
            if other.service == entry.service && other.user == entry.user)
    };
    let mut lines = String::new();
    for loaded in find::all(world) {
        let provider = find::read_provider(loaded.spec.admit_by_name());
        if provider.is_ok_and(|provider| provider.uses(&names)) {
            let line = format!("spec `{}` still names `{}`\n", loaded.name, entry.user);
            lines.push_str(&line);
        }
    }
    lines
}

/// Reads the new secret from the terminal without echo, or from standard input if that is not a
/// terminal. A value that a source would reject is not stored.
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
