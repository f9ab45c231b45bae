//! `keyfob secret set|remove|list|show NAME`: manages secrets in the OS keyring. A secret is never
//! read from argv and never printed.

use super::drop_made_with;
use crate::credential::Secret;
use crate::error::{Code, Error};
use crate::protocol::{Reply, Until, one_line};
use crate::source::{KeyringEntry, KeyringKind, value};
use crate::world::{Commanding, Terminal};

/// The action of the command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretAction {
    /// Stores a secret from standard input or from a prompt on the terminal.
    Set(String),
    /// Removes the secret.
    Remove(String),
    /// Lists the names of all secrets.
    List,
    /// Shows where the secret is stored and how long it is.
    Show(String),
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
    let entry = |name: &str| {
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
            let entry = entry(name)?;
            let secret = new_value(world, name)?;
            world
                .write_secret(&entry, &secret)
                .map_err(|why| failed(name, &why))?;
            drop_made_with(world, &entry);
            Ok(Reply::silence())
        }
        SecretAction::Remove(name) => {
            let entry = entry(name)?;
            world
                .remove_secret(&entry)
                .map_err(|why| failed(name, &why))?;
            drop_made_with(world, &entry);
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
            let entry = entry(name)?;
            let secret = world
                .read_secret(&entry)
                .map_err(|why| failed(name, &why))?;
            let bytes = secret.len();
            Ok(Reply::text(format!(
                "{name}: {bytes} bytes, service `{}`, user `{name}`, {}\n",
                entry.service,
                world.keyring_name(store)
            )))
        }
    }
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
