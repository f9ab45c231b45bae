//! Where a value comes from, as a spec writes it. Opening one is `obtain`'s work; nothing here has an effect.

pub mod jwt;
pub mod value;

use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use crate::credential::{Secret, wipe};

/// Which keyring an entry lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub enum KeyringKind {
    /// The platform's own, or the one that `KEYFOB_KEYRING` names.
    #[default]
    Default,
    /// Secret Service (freedesktop), also where `KEYFOB_KEYRING` says otherwise.
    SecretService,
    /// The Linux kernel's user keyring: memory only, gone at reboot.
    Kernel,
}

/// An entry of a keyring.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct KeyringEntry {
    /// Service attribute; `keyfob` unless the spec says otherwise.
    pub service: String,
    /// User attribute: the NAME of `keyfob secret set NAME`.
    pub user: String,
    /// Which keyring.
    pub store: KeyringKind,
}

impl KeyringEntry {
    /// The service under which keyfob keeps its own entries.
    pub const SERVICE: &'static str = "keyfob";
}

/// A source of a value, as written: it names where the value lies and holds none.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// An entry of the OS keyring.
    Keyring(KeyringEntry),
    /// An environment variable; unset or empty counts as absent.
    Env(String),
    /// A file, read afresh each time; with a JSON pointer (RFC 6901) one value out of it.
    File {
        /// Absolute: the spec's reader has resolved it.
        path: PathBuf,
        /// Which value of a JSON file.
        pointer: Option<String>,
    },
    /// Standard output of a program, run without a shell.
    Command(Command),
    /// A JWT signed here.
    Jwt(Box<SignedJwt>),
    /// Another spec's token; cached on its own.
    Token(Box<NestedSpec>),
    /// The token that this spec issued: for the requests that ask about it or give it back.
    Issued,
    /// The first that is present.
    FirstOf(Vec<Source>),
}

/// A program whose standard output is a value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Command {
    /// The program, by its absolute path or a name that is looked for on PATH, and its arguments.
    pub words: Vec<String>,
    /// The environment variables that it is given besides [`Command::OF_THE_USER`] and [`Command::OF_THE_MACHINE`].
    pub variables: Vec<String>,
    /// Longest run, where the spec says one.
    pub timeout: Option<Duration>,
    /// The folder in which it runs: the one of the spec's file unless the spec says another; the root folder where there is neither.
    pub directory: Option<PathBuf>,
}

impl Command {
    /// Variables that every command is given and that say whose files it reads: they are part of the key.
    pub const OF_THE_USER: &'static [&'static str] = if cfg!(windows) {
        &["USERPROFILE", "APPDATA", "LOCALAPPDATA", "USERNAME"]
    } else {
        &[
            "HOME",
            "USER",
            "LOGNAME",
            "XDG_CONFIG_HOME",
            "XDG_DATA_HOME",
        ]
    };
    /// Variables that every command is given and that say where and how it runs. They are no part of the key: it knows the program that PATH
    /// finds, and the others differ between a desktop, a cron job and an IDE of one and the same user.
    pub const OF_THE_MACHINE: &'static [&'static str] = if cfg!(windows) {
        &[
            "PATH",
            "PATHEXT",
            "SystemRoot",
            "SystemDrive",
            "ComSpec",
            "TEMP",
            "TMP",
        ]
    } else {
        &[
            "PATH",
            "LANG",
            "LC_ALL",
            "LC_CTYPE",
            "LC_MESSAGES",
            "TZ",
            "TMPDIR",
            "XDG_RUNTIME_DIR",
            "DBUS_SESSION_BUS_ADDRESS",
        ]
    };
}

/// A spec within a spec: federation, impersonation, a token that a check needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NestedSpec {
    /// SPEC, as `--spec` takes it.
    Named(String),
    /// Its JSON.
    Inline(String),
}

/// A JWT that is made when it is needed (RFC 7519, RFC 7523 §3).
#[derive(Debug, Clone, PartialEq)]
pub struct SignedJwt {
    /// Signature algorithm.
    pub algorithm: jwt::Algorithm,
    /// Where the key lies.
    pub key: Source,
    /// Header members besides `alg`.
    pub header: serde_json::Map<String, Value>,
    /// The certificate whose `x5t#S256` thumbprint goes into the header.
    pub certificate: Option<Source>,
    /// Claims as the spec writes them; see [`jwt::resolve_claims`].
    pub claims: serde_json::Map<String, Value>,
}

impl Source {
    /// Every source in this one, itself included, outermost first.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Source)) {
        visit(self);
        match self {
            Self::FirstOf(sources) => sources.iter().for_each(|source| source.walk(visit)),
            Self::Jwt(jwt) => {
                jwt.key.walk(visit);
                if let Some(certificate) = &jwt.certificate {
                    certificate.walk(visit);
                }
            }
            Self::Keyring(_)
            | Self::Env(_)
            | Self::File { .. }
            | Self::Command(_)
            | Self::Token(_)
            | Self::Issued => {}
        }
    }

    /// Where the value lies, in words for a message.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Keyring(place) if place.service == KeyringEntry::SERVICE => {
                format!("keyring entry `{}`", place.user)
            }
            Self::Keyring(place) => format!(
                "keyring entry `{}` of service `{}`",
                place.user, place.service
            ),
            Self::Env(name) => format!("environment variable {name}"),
            Self::File {
                path,
                pointer: None,
            } => format!("file {}", path.display()),
            Self::File {
                path,
                pointer: Some(pointer),
            } => format!("`{pointer}` in file {}", path.display()),
            Self::Command(command) => {
                let program = command.words.first().map_or("", String::as_str);
                format!("command {program}")
            }
            Self::Jwt(jwt) => format!("a JWT signed with the key from {}", jwt.key.describe()),
            Self::Token(nested) => match &**nested {
                NestedSpec::Named(name) => format!("the token of spec `{name}`"),
                NestedSpec::Inline(_) => "the token of a spec within the spec".to_owned(),
            },
            Self::Issued => "the token itself".to_owned(),
            Self::FirstOf(sources) => {
                let all: Vec<String> = sources.iter().map(Self::describe).collect();
                all.join(", else ")
            }
        }
    }
}

/// Why a file's content holds no value at the pointer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoValue {
    /// The file is no JSON.
    NotJson,
    /// Nothing lies at the pointer, or null or an empty string does: it counts as absent.
    Absent,
    /// Something that is neither a string nor a whole number lies there, or a number that a JSON reader changes.
    NotText,
}

/// The value at a JSON pointer (RFC 6901) of a JSON document.
///
/// # Errors
/// [`NoValue`].
pub fn at_pointer(document: &Secret, pointer: &str) -> Result<Secret, NoValue> {
    let mut value: Value =
        serde_json::from_slice(value::document(document)).map_err(|_| NoValue::NotJson)?;
    let found = match value.pointer(pointer) {
        None | Some(Value::Null) => Err(NoValue::Absent),
        Some(Value::String(text)) if text.is_empty() => Err(NoValue::Absent),
        Some(Value::String(text)) => Ok(Secret::from(text.clone())),
        Some(value) if has_fraction(value) => Err(NoValue::NotText),
        Some(Value::Number(number)) => Ok(Secret::from(number.to_string())),
        Some(object @ Value::Object(_)) => Secret::json(object, "").ok_or(NoValue::NotText), // a JWK inside a file
        Some(_) => Err(NoValue::NotText),
    };
    wipe(&mut value);
    found
}

/// Whether a value holds a number that is no integer of 64 bits: only those can have lost digits when they were read.
#[must_use]
pub fn has_fraction(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_f64(),
        Value::Array(values) => values.iter().any(has_fraction),
        Value::Object(members) => members.values().any(has_fraction),
        Value::Null | Value::Bool(_) | Value::String(_) => false,
    }
}
