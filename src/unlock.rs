//! Opens a source: reads the secret that a spec refers to.
//!
//! An absent secret is kept apart from every other failure. A list of sources goes on to the next
//! one only if a secret is absent, never if a keyring is locked, a file unreadable or a program
//! fails.

use std::path::Path;
use std::time::Duration;

use crate::credential::Secret;
use crate::error::{Code, Error};
use crate::grant::encode;
use crate::source::aws::NoAccessKey;
use crate::source::jwt::{ClaimError, KeyError};
use crate::source::value::{self, InvalidValue};
use crate::source::{self, NestedSpec, NoValue, SignedJwt, Source, jwt};
use crate::time::Timestamp;
use crate::world::files::FileError;
use crate::world::keyring::{KeyringError, NEEDS_SESSION_BUS};
use crate::world::{Environment, Opening, limits};

/// What a source may need besides effects.
pub struct OpeningContext<'a> {
    /// The time in signed assertions: the provider's, if it is known to differ from ours.
    pub now: Timestamp,
    /// The caller's request, if it is a JSON document.
    pub said: Option<&'a Secret>,
    /// The token that a request is about.
    pub issued: Option<&'a Secret>,
    /// The time that is left for the whole call.
    pub left: Duration,
    /// Obtains the token of a spec that this one uses.
    pub nested: &'a mut dyn FnMut(&NestedSpec) -> Result<Secret, Error>,
    /// Receives the secrets that a value was made from and that can be read back from it: a
    /// provider may decode what it is sent, and repeat it.
    pub parts: &'a mut Vec<Secret>,
}

const NO_ACCESS_KEY: &str = "no JSON object with `AccessKeyId` and `SecretAccessKey` is there";

const NOT_SAID: &str = "kubectl says more with `provideClusterInfo: true` and the cluster's \
    extension client.authentication.k8s.io/exec, kubelet with the provider's `tokenAttributes`; \
    other callers, `keyfob token` and `keyfob run` say nothing";

/// What a value is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    /// It is sent: text.
    Text,
    /// It signs: text, or the bytes of a key.
    Key,
}

/// Reads the value of a source.
///
/// # Errors
/// [`Code::SecretMissing`] if the value is absent; another code if it cannot be read.
pub fn open(
    world: &dyn Opening,
    source: &Source,
    context: &mut OpeningContext<'_>,
) -> Result<Secret, Error> {
    open_for(Use::Text, world, source, context)
}

fn open_for(
    purpose: Use,
    world: &dyn Opening,
    source: &Source,
    context: &mut OpeningContext<'_>,
) -> Result<Secret, Error> {
    world.log(&|| format!("secret: {}", source.describe()));
    match present(purpose, world, source, context)? {
        Some(secret) => Ok(secret),
        None => Err(absent(world, source)),
    }
}

/// The value, or `None` where it is absent.
fn present(
    purpose: Use,
    world: &dyn Opening,
    source: &Source,
    context: &mut OpeningContext<'_>,
) -> Result<Option<Secret>, Error> {
    let bytes = match source {
        Source::Keyring(entry) => match world.read_secret(entry) {
            Ok(secret) => Some(secret),
            Err(KeyringError::Missing) => None,
            Err(why) => return Err(Error::keyring(&source.describe(), &entry.user, &why)),
        },
        Source::Env(name) => world.secret_variable(name),
        Source::File(path) => read_file(world, source, path)?,
        Source::FileFrom { variable, name } => match world.variable(variable) {
            None => None,
            Some(value) => {
                let path = source::path_from(&value, name.as_deref());
                let path = path.ok_or_else(|| unreadable(source, "it is not an absolute path"))?;
                read_file(world, source, &path)?
            }
        },
        Source::Public(of) => return present(purpose, world, of, context),
        Source::Request(pointer) => match context.said {
            None => None,
            Some(request) => at_pointer(source, request, pointer)?,
        },
        // A document may have lines, which a text may not.
        Source::Pointer { pointer, of } => match present(Use::Key, world, of, context)? {
            None => None,
            Some(document) => at_pointer(source, &document, pointer)?,
        },
        Source::Command(command) => {
            let own = command.timeout.unwrap_or(limits::PROGRAM);
            let printed = world.run(command, own.min(context.left));
            Some(printed.map_err(|why| Error::program(source, &why))?)
        }
        Source::Jwt(jwt) => return signed(world, jwt, context).map(Some),
        Source::Token(nested) => return (context.nested)(nested).map(Some),
        Source::Issued => return Ok(context.issued.cloned()),
        Source::Presigned(presigned) => {
            let mut each = |source: &Source| open(world, source, context);
            let presigned = presigned.open(&mut each)?;
            let no_key = |NoAccessKey| unreadable(source, NO_ACCESS_KEY);
            let key = presigned.signature.key().map_err(no_key)?;
            let url = presigned.url(&key, context.now);
            context.parts.extend([key.id, key.secret]);
            context.parts.extend(key.session);
            return Ok(Some(url));
        }
        Source::Base64Url { prefix, of } => {
            let value = present(purpose, world, of, context)?;
            context.parts.extend(value.clone());
            return Ok(value.map(|value| encode::base64url(prefix, &value)));
        }
        Source::FirstOf(sources) => {
            return sources
                .iter()
                .find_map(|source| match present(purpose, world, source, context) {
                    Err(why) if lacks_its_own(source, &why) => None,
                    value => value.transpose(),
                })
                .transpose();
        }
    };
    let Some(bytes) = bytes else {
        return Ok(None);
    };
    let value = match purpose {
        Use::Text => value::parse_text(&bytes).map_err(|why| unfit(source, why))?,
        Use::Key => value::parse_key(&bytes),
    };
    Ok(Some(value).filter(|value| !value.is_empty()))
}

/// Whether a source that is made from others lacks one of them. A spec that it names is none of
/// them: what that lacks is an error.
fn lacks_its_own(source: &Source, why: &Error) -> bool {
    why.code == Code::SecretMissing && !source.uses(&|source| matches!(source, Source::Token(_)))
}

fn read_file(world: &dyn Opening, source: &Source, path: &Path) -> Result<Option<Secret>, Error> {
    match world.read_value(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(FileError::Missing) => Ok(None),
        Err(why) => Err(Error::secret_file(source, &why)),
    }
}

/// One value of a JSON document.
fn at_pointer(source: &Source, document: &Secret, pointer: &str) -> Result<Option<Secret>, Error> {
    match source::at_pointer(document, pointer) {
        Ok(secret) => Ok(Some(secret)),
        Err(NoValue::Absent) => Ok(None),
        Err(NoValue::NotJson) => Err(unreadable(source, "it is not JSON")),
        Err(NoValue::NotText) => Err(unreadable(
            source,
            "the value there is neither a string nor a 64-bit integer",
        )),
    }
}

fn unfit(source: &Source, why: InvalidValue) -> Error {
    unreadable(source, &why.to_string()).hint(why.hint())
}

fn unreadable(source: &Source, why: &str) -> Error {
    Error::new(
        Code::SecretUnreadable,
        format!("{}: {why}", source.describe()),
    )
}

fn absent(world: &dyn Environment, source: &Source) -> Error {
    let hint = match source {
        Source::Keyring(entry) => {
            let has_no_bus = world.variable("DBUS_SESSION_BUS_ADDRESS").is_none();
            let store = if has_no_bus && NEEDS_SESSION_BUS {
                "; on a runner use {\"env\": …} or {\"file\": …}"
            } else {
                ""
            };
            format!("put it there: keyfob secret set {}{store}", entry.user)
        }
        Source::Env(name) => format!("set {name}; an empty value counts as absent"),
        Source::File(_) => "check the path; an empty file counts as absent".to_owned(),
        Source::FileFrom { variable, .. } => {
            format!("set {variable}; an empty file counts as absent")
        }
        Source::Pointer { of, .. } if !matches!(**of, Source::FirstOf(_)) => {
            format!("is the value in {}?", of.describe())
        }
        Source::Command(_) => "the command printed nothing".to_owned(),
        Source::Issued => "this request is not about a token".to_owned(),
        Source::Public(of) => return absent(world, of),
        Source::Request(_) => NOT_SAID.to_owned(),
        Source::Token(_)
        | Source::Jwt(_)
        | Source::Presigned(_)
        | Source::Base64Url { .. }
        | Source::Pointer { .. }
        | Source::FirstOf(_) => "no source in the list has a value".to_owned(),
    };
    Error::new(
        Code::SecretMissing,
        format!("there is no secret in {}", source.describe()),
    )
    .hint(hint)
}

fn signed(
    world: &dyn Opening,
    jwt: &SignedJwt,
    context: &mut OpeningContext<'_>,
) -> Result<Secret, Error> {
    let key = open_for(Use::Key, world, &jwt.key, context)?;
    let thumbprints = match &jwt.certificate {
        None => None,
        Some(certificate) => {
            let pem = open(world, certificate, context)?;
            let sha256 = jwt::thumbprint_s256(&pem)
                .ok_or_else(|| unreadable(certificate, "there is no certificate in PEM"))?;
            let sha1 = jwt.x5t.then(|| jwt::thumbprint_sha1(&pem)).flatten();
            Some((sha256, sha1))
        }
    };
    let (header, claims) = jwt::fill(jwt, thumbprints, &mut |text| {
        let value = open(world, text, context)?;
        if !text.is_text() {
            context.parts.push(value.clone());
        }
        Ok(value)
    })?;
    let fingerprint = || jwt::fingerprint(jwt.algorithm, &key);
    let jti = jwt::jti(world.random());
    let claims = jwt::resolve_claims(&claims, context.now, &jti, &fingerprint);
    let invalid_key = |why: KeyError| {
        let error = Error::new(Code::KeyInvalid, format!("{}: {why}", jwt.key.describe()));
        why.hint().map_or(error.clone(), |hint| error.hint(hint))
    };
    let claims = claims.map_err(|why| match why {
        ClaimError::Key(why) => invalid_key(why),
        why => Error::new(Code::SpecInvalid, why.to_string()),
    })?;
    jwt::sign(jwt.algorithm, &key, &header, &claims).map_err(invalid_key)
}
