//! Opens a source: the one place where a written source becomes a secret.
//!
//! Absent is told apart from every other failure: a list goes on to its next source only where one is absent, never where a keyring is
//! locked, a file unreadable or a program broken.

use std::time::Duration;

use crate::credential::Secret;
use crate::error::{Code, Error};
use crate::source::{self, Nested, NoValue, SignedHere, Source, jwt};
use crate::time::Timestamp;
use crate::world::files::FileError;
use crate::world::keyring::KeyringError;
use crate::world::{World, limits};

/// What a source may need besides the world.
pub struct Around<'a> {
    /// The time that goes into what is signed: the provider's, where it is known to differ.
    pub now: Timestamp,
    /// The token that a request is about.
    pub issued: Option<&'a Secret>,
    /// How much time is left for the whole call.
    pub left: Duration,
    /// Obtains the token of a spec within the spec.
    pub nested: &'a mut dyn FnMut(&Nested) -> Result<Secret, Error>,
}

/// The value of a source.
///
/// # Errors
/// [`Code::SecretMissing`] where it is absent; else what kept it from being read.
pub fn open(world: &dyn World, source: &Source, around: &mut Around<'_>) -> Result<Secret, Error> {
    world.tell(&|| format!("secret: {}", source.describe()));
    match present(world, source, around)? {
        Some(secret) => Ok(secret),
        None => Err(absent(world, source)),
    }
}

/// The value, or `None` where it is absent.
fn present(
    world: &dyn World,
    source: &Source,
    around: &mut Around<'_>,
) -> Result<Option<Secret>, Error> {
    match source {
        Source::Keyring(place) => match world.secret(place) {
            Ok(secret) => Ok(Some(secret)),
            Err(KeyringError::Missing) => Ok(None),
            Err(why) => Err(Error::keyring(&source.describe(), &place.user, &why)),
        },
        Source::Env(name) => Ok(world.secret_variable(name)),
        Source::File { path, pointer } => {
            let bytes = match world.read(path) {
                Ok(bytes) => bytes,
                Err(FileError::Missing) => return Ok(None),
                Err(why) => return Err(Error::secret_file(source, &why)),
            };
            match pointer {
                None => Ok(Some(without_line_break(bytes)).filter(|secret| !secret.is_empty())),
                Some(pointer) => match source::at_pointer(&bytes, pointer) {
                    Ok(secret) => Ok(Some(secret)),
                    Err(NoValue::Absent) => Ok(None),
                    Err(NoValue::NotJson) => Err(unreadable(source, "the file is no JSON")),
                    Err(NoValue::NotText) => Err(unreadable(
                        source,
                        "neither a string nor a number lies there",
                    )),
                },
            }
        }
        Source::Command(words) => {
            let secret = world
                .run(words, limits::PROGRAM.min(around.left))
                .map_err(|why| Error::program(source, &why))?;
            Ok(Some(secret).filter(|secret| !secret.is_empty()))
        }
        Source::Jwt(jwt) => signed(world, jwt, around).map(Some),
        Source::Token(nested) => (around.nested)(nested).map(Some),
        Source::Issued => Ok(around.issued.cloned()),
        Source::FirstOf(sources) => sources
            .iter()
            .find_map(|source| present(world, source, around).transpose())
            .transpose(),
    }
}

/// The value without the one line break that editors and `echo` put at a file's end.
fn without_line_break(bytes: Secret) -> Secret {
    let content = bytes.expose();
    match content.strip_suffix(b"\n") {
        Some(line) => Secret::new(line.strip_suffix(b"\r").unwrap_or(line).to_vec()),
        None => bytes,
    }
}

fn unreadable(source: &Source, why: &str) -> Error {
    Error::new(
        Code::SecretUnreadable,
        format!("{}: {why}", source.describe()),
    )
}

fn absent(world: &dyn World, source: &Source) -> Error {
    let hint = match source {
        Source::Keyring(place) => {
            let names =
                world.variable("DBUS_SESSION_BUS_ADDRESS").is_none() && cfg!(target_os = "linux");
            let store = if names {
                "; on a runner use {\"env\": …} or {\"file\": …}"
            } else {
                ""
            };
            format!("put it there: keyfob secret set {}{store}", place.user)
        }
        Source::Env(name) => format!("set {name}; an empty value counts as absent"),
        Source::File { .. } => "check the path; an empty file counts as absent".to_owned(),
        Source::Command(_) => "the command printed nothing".to_owned(),
        Source::Issued => "there is no token that this request is about".to_owned(),
        Source::Token(_) | Source::Jwt(_) | Source::FirstOf(_) => {
            "none of the places has it".to_owned()
        }
    };
    Error::new(
        Code::SecretMissing,
        format!("there is no secret in {}", source.describe()),
    )
    .hint(hint)
}

fn signed(world: &dyn World, jwt: &SignedHere, around: &mut Around<'_>) -> Result<Secret, Error> {
    let key = open(world, &jwt.key, around)?;
    let mut header = jwt.header.clone();
    if let Some(certificate) = &jwt.certificate {
        let pem = open(world, certificate, around)?;
        let thumbprint = jwt::thumbprint_s256(pem.expose())
            .ok_or_else(|| unreadable(certificate, "there is no certificate in PEM"))?;
        header.insert("x5t#S256".to_owned(), thumbprint.into());
    }
    let claims = jwt::resolve_claims(&jwt.claims, around.now, &jwt::jti(world.random()));
    let claims = claims.map_err(|why| Error::new(Code::SpecInvalid, why.to_string()))?;
    jwt::sign(jwt.algorithm, &key, &header, &claims).map_err(|why| {
        let error = Error::new(Code::KeyInvalid, format!("{}: {why}", jwt.key.describe()));
        why.hint().map_or(error.clone(), |hint| error.hint(hint))
    })
}
