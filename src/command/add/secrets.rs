//! The secrets of a new spec: read, checked against what the spec needs, and stored.

use super::Stop;
use super::draft::Draft;
use super::form::{Field, Form};
use super::places::FORMS_WITHOUT_KEYRING;
use super::questions::{self, TRIES, WITHOUT_KEYRING};
use crate::credential::Secret;
use crate::error::{Code, Error};
use crate::find::{self, LoadedSpec};
use crate::protocol::Until;
use crate::source::jwt::{self, Algorithm, KeyError};
use crate::source::{KeyringEntry, NoValue, Source, at_pointer, value};
use crate::spec::Provider;
use crate::world::keyring::KeyringError;
use crate::world::{Commanding, Keyring, Terminal};

/// A secret for the keyring.
pub(super) struct Stored {
    pub(super) entry: KeyringEntry,
    secret: Secret,
    /// Whether there was an entry before.
    replaces: bool,
}

impl Stored {
    /// What will be done.
    pub(super) fn plan(&self, world: &dyn Commanding) -> String {
        let (name, store) = (&self.entry.user, world.keyring_name(self.entry.store));
        match self.replaces {
            true => format!("the secret replaces keyring entry `{name}` ({store})"),
            false => format!("the secret goes into keyring entry `{name}` ({store})"),
        }
    }

    /// What was done.
    pub(super) fn report(&self, world: &dyn Commanding) -> String {
        let (name, store) = (&self.entry.user, world.keyring_name(self.entry.store));
        format!("stored keyring entry `{name}` ({store})\n")
    }
}

/// Reads every new secret. One that exists and stays is not among them.
pub(super) fn collect(
    world: &dyn Commanding,
    form: &Form,
    draft: &mut Draft,
    loaded: &LoadedSpec,
) -> Result<Vec<Stored>, Stop> {
    let provider = find::read_provider(loaded.spec.admit_by_name())?;
    let mut secrets = Vec::new();
    for field in draft.new.clone() {
        let entry = KeyringEntry::own(&draft.entry_name(&field.name), draft.store);
        let replaces = match questions::there(world, &entry.user, entry.store) {
            Ok(replaces) => replaces,
            Err(why) => {
                let what = format!("keyring entry `{}`", entry.user);
                let error = Error::keyring(&what, &entry.user, &why);
                return Err(match why {
                    KeyringError::Unavailable { .. } => error.hint(format!(
                        "name its place in place of `-`: {FORMS_WITHOUT_KEYRING}{WITHOUT_KEYRING}"
                    )),
                    _ => error,
                }
                .into());
            }
        };
        let secret = match world.is_terminal() {
            true => typed(world, draft, &field, &entry, replaces, &provider)?,
            false => Some(piped(world, draft, &entry, replaces, &provider)?),
        };
        secrets.extend(secret.map(|secret| Stored {
            entry,
            secret,
            replaces,
        }));
    }
    // A place that was named in place of the secret is described by the form no less.
    debug_assert!(
        draft
            .new
            .iter()
            .all(|field| form.field(&field.name).is_secret)
    );
    Ok(secrets)
}

/// Reads the secret from standard input.
fn piped(
    world: &dyn Commanding,
    draft: &Draft,
    entry: &KeyringEntry,
    replaces: bool,
    provider: &Provider,
) -> Result<Secret, Stop> {
    if replaces && !draft.replaces {
        let sentence = format!("keyring entry `{}` exists", entry.user);
        return Err(Error::new(Code::Usage, sentence)
            .hint(format!(
                "add --yes to replace it, or use it as it is: MEMBER=keyring:{}",
                entry.user
            ))
            .into());
    }
    let given = world
        .read_stdin(Until::End)
        .map_err(|why| Error::new(Code::SecretMissing, why))?;
    let unusable = |(why, hint): (String, Option<String>)| {
        let sentence = format!("the secret on standard input cannot be used: {why}");
        let error = Error::new(Code::SecretUnreadable, sentence);
        match hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    };
    Ok(checked(&given, entry, provider).map_err(unusable)?)
}

/// Asks for the secret. `None` if the entry that is there stays, or a place was named instead.
fn typed(
    world: &dyn Commanding,
    draft: &mut Draft,
    field: &Field,
    entry: &KeyringEntry,
    replaces: bool,
    provider: &Provider,
) -> Result<Option<Secret>, Stop> {
    let enter = match replaces {
        true => "Enter keeps the one in the keyring",
        false => "Enter to say where it is instead",
    };
    let question = format!("{} ({}; not shown; {enter}): ", field.name, field.about);
    let mut last = String::new();
    for _ in 0..TRIES {
        let given = match Terminal::prompt(world, &question) {
            Some(Ok(given)) => given,
            Some(Err(why)) if why.starts_with("more than one line") => {
                world.show(&format!("  {why}\n"));
                last = why;
                continue;
            }
            Some(Err(why)) => return Err(Stop::Ended(why)),
            None => return Err(Stop::Ended("there is no terminal".to_owned())),
        };
        if given.is_empty() {
            if !replaces {
                questions::place(world, draft, field)?;
            }
            return Ok(None);
        }
        match checked(&given, entry, provider) {
            Ok(secret) => return Ok(Some(secret)),
            Err((why, hint)) => {
                let hint = hint.map(|hint| format!("  {hint}\n")).unwrap_or_default();
                world.show(&format!("  it cannot be used: {why}\n{hint}"));
                last = why;
            }
        }
    }
    Err(Stop::Ended(last))
}

/// Checks a secret as far as the spec says what it is: text, a key, a certificate, JSON. The reason
/// never quotes it.
fn checked(
    given: &Secret,
    entry: &KeyringEntry,
    provider: &Provider,
) -> Result<Secret, (String, Option<String>)> {
    let secret =
        value::parse_text(given).map_err(|why| (why.to_string(), Some(why.hint().to_owned())))?;
    if secret.is_empty() {
        return Err(("it is empty".to_owned(), None));
    }
    let mut problem = None;
    provider.walk_sources(&mut |source| {
        let found = match source {
            Source::Jwt(jwt) => {
                let certificate = jwt.certificate.as_ref();
                let certificate = certificate.and_then(|source| opened(source, entry, &secret));
                opened(&jwt.key, entry, &secret)
                    .and_then(|key| bad_key(jwt.algorithm, key))
                    .or_else(|| certificate.and_then(bad_certificate))
            }
            Source::Pointer { .. } => match opened(source, entry, &secret) {
                Some(Err(why)) => Some((why, None)),
                _ => None,
            },
            _ => None,
        };
        problem = problem.take().or(found);
    });
    problem.map_or(Ok(secret), Err)
}

type Problem = (String, Option<String>);

/// What a source gives that reads the entry. `None` if it reads something else.
fn opened(
    source: &Source,
    entry: &KeyringEntry,
    secret: &Secret,
) -> Option<Result<Secret, String>> {
    match source {
        Source::Keyring(other) => (other == entry).then(|| Ok(secret.clone())),
        Source::Public(of) => opened(of, entry, secret),
        Source::Pointer { pointer, of } => {
            let document = opened(of, entry, secret)?;
            Some(document.and_then(|document| {
                at_pointer(&document, pointer).map_err(|why| match why {
                    NoValue::NotJson => "it is not a JSON document".to_owned(),
                    NoValue::Absent => format!("it has no value at `{pointer}`"),
                    NoValue::NotText => format!("its value at `{pointer}` is no text"),
                })
            }))
        }
        _ => None,
    }
}

fn bad_key(algorithm: Algorithm, key: Result<Secret, String>) -> Option<Problem> {
    let key = match key {
        Ok(key) => value::parse_key(&key),
        Err(why) => return Some((why, None)),
    };
    match jwt::fingerprint(algorithm, &key) {
        Ok(_) | Err(KeyError::NoPublicKey) => None,
        Err(why) => Some((why.to_string(), why.hint().map(str::to_owned))),
    }
}

fn bad_certificate(certificate: Result<Secret, String>) -> Option<Problem> {
    let is_one = certificate.is_ok_and(|it| jwt::thumbprint_s256(&it).is_some());
    (!is_one).then(|| ("it is not a certificate in PEM".to_owned(), None))
}

/// Stores the secrets: all, or none.
pub(super) fn store(world: &dyn Commanding, secrets: &[Stored]) -> Result<(), Stop> {
    for (index, it) in secrets.iter().enumerate() {
        let stored = secrets.get(..index).unwrap_or_default();
        // Somebody may have stored one while the questions were asked.
        if !it.replaces && questions::there(world, &it.entry.user, it.entry.store) == Ok(true) {
            let kept = take_back(world, stored);
            let sentence = format!(
                "keyring entry `{}` was stored meanwhile, and stays as it is{kept}",
                it.entry.user
            );
            let error = Error::new(Code::OutputFailed, sentence);
            return Err(error.hint("run the command again").into());
        }
        if let Err(why) = world.write_secret(&it.entry, &it.secret) {
            let kept = take_back(world, stored);
            let what = format!("keyring entry `{}`", it.entry.user);
            let mut error = Error::keyring(&what, &it.entry.user, &why);
            error.sentence.push_str(&kept);
            return Err(error.into());
        }
    }
    Ok(())
}

/// Removes the secrets that were stored, but not those that replaced others. Returns what stays, as
/// the end of a sentence.
pub(super) fn take_back(world: &(impl Keyring + ?Sized), secrets: &[Stored]) -> String {
    let mut stay = Vec::new();
    for it in secrets {
        let gone = !it.replaces
            && matches!(
                world.remove_secret(&it.entry),
                Ok(()) | Err(KeyringError::Missing)
            );
        if !gone {
            stay.push(format!("`{}`", it.entry.user));
        }
    }
    match stay.is_empty() {
        true => String::new(),
        false => format!("; stored all the same: keyring entry {}", stay.join(", ")),
    }
}
