//! Sources: where a spec says a value comes from. Nothing here has an effect: `unlock` opens a
//! source.

pub mod aws;
mod command;
mod document;
pub mod jwt;
mod replace;
mod text;
pub mod value;

use std::path::PathBuf;

use serde_json::Value;

pub use command::Command;
pub use document::{NoValue, at_pointer, has_fraction};
pub use text::Text;
pub use value::path_from;

/// Which keyring holds an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub enum KeyringKind {
    /// The platform's default, or the keyring that `KEYFOB_KEYRING` names.
    #[default]
    Default,
    /// Secret Service (freedesktop), whatever `KEYFOB_KEYRING` says.
    SecretService,
    /// The Linux kernel's user keyring: in memory, lost at reboot.
    Kernel,
}

/// An entry of a keyring.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct KeyringEntry {
    /// Service attribute. Default: `keyfob`.
    pub service: String,
    /// User attribute: the NAME of `keyfob secret set NAME`.
    pub user: String,
    /// The keyring that holds it.
    pub store: KeyringKind,
}

impl KeyringEntry {
    /// The service of keyfob's own entries.
    pub const SERVICE: &'static str = "keyfob";

    /// keyfob's own entry of this name.
    #[must_use]
    pub fn own(name: &str, store: KeyringKind) -> Self {
        Self {
            service: Self::SERVICE.to_owned(),
            user: name.to_owned(),
            store,
        }
    }
}

/// Where a value comes from, as in the spec. It never holds the value.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// An entry of the OS keyring.
    Keyring(KeyringEntry),
    /// An environment variable. Unset and empty both mean absent.
    Env(String),
    /// A file, read each time. The path is absolute: `spec` resolves relative ones.
    File(PathBuf),
    /// A file whose path is in an environment variable.
    FileFrom {
        /// The variable, which has an absolute path.
        variable: String,
        /// The file's name, if the variable names its folder.
        name: Option<String>,
    },
    /// One value of the JSON document that another source gives.
    Pointer {
        /// A JSON pointer (RFC 6901).
        pointer: String,
        /// The source of the document.
        of: Box<Source>,
    },
    /// Standard output of a program, run without a shell.
    Command(Command),
    /// A JWT that keyfob signs.
    Jwt(Box<SignedJwt>),
    /// The value at this JSON pointer (RFC 6901) of the caller's request.
    Request(String),
    /// The token of another spec, cached under its own key.
    Token(Box<NestedSpec>),
    /// The token of this spec, for the requests that check or revoke it.
    Issued,
    /// A presigned URL of AWS. It is as secret as the key that signs it.
    Presigned(Box<aws::Presigned<Source>>),
    /// A prefix and the value of another source in Base64 (RFC 4648 §5, without padding).
    Base64Url {
        /// The prefix, which is not encoded.
        prefix: String,
        /// The source whose value is encoded.
        of: Box<Source>,
    },
    /// A value that is not a secret, such as a client identifier: a message may repeat it.
    Public(Box<Source>),
    /// The first source that is present.
    FirstOf(Vec<Source>),
}

/// Another spec whose token is a source: federation, impersonation, a token for a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NestedSpec {
    /// SPEC, as for `--spec`.
    Named(String),
    /// The JSON of the spec.
    Inline(String),
}

/// A JWT that is signed for each request (RFC 7519, RFC 7523 §3).
#[derive(Debug, Clone, PartialEq)]
pub struct SignedJwt {
    /// Signature algorithm.
    pub algorithm: jwt::Algorithm,
    /// The source of the private key.
    pub key: Source,
    /// Header members besides `alg`.
    pub header: serde_json::Map<String, Value>,
    /// The certificate whose `x5t#S256` thumbprint goes into the header.
    pub certificate: Option<Source>,
    /// Whether the `x5t` thumbprint goes into the header as well.
    pub x5t: bool,
    /// Claims as in the spec; see [`jwt::resolve_claims`].
    pub claims: serde_json::Map<String, Value>,
    /// Values of sources in the header and the claims.
    pub texts: Vec<SignedText>,
}

/// `{"text": SOURCE}` in the header or the claims of a JWT.
#[derive(Debug, Clone, PartialEq)]
pub struct SignedText {
    /// Whether it is in the header, not in the claims.
    pub in_header: bool,
    /// The JSON pointer (RFC 6901) to it, where `null` stands.
    pub at: String,
    /// The source of the text.
    pub source: Source,
}

impl Source {
    /// Whether this machine or job is given the value. A spec below is judged by itself.
    #[must_use]
    pub fn is_ambient(&self) -> bool {
        !self.uses(&|source| {
            !matches!(
                source,
                Self::Env(_)
                    | Self::File(_)
                    | Self::FileFrom { .. }
                    | Self::Pointer { .. }
                    | Self::FirstOf(_)
                    | Self::Base64Url { .. }
                    | Self::Public(_)
                    | Self::Token(_)
            )
        })
    }

    /// Whether it names what is no secret: a message may show the value of such a text.
    #[must_use]
    pub fn is_text(&self) -> bool {
        match self {
            Self::Pointer { of, .. } => of.is_text(),
            _ => matches!(self, Self::Env(_) | Self::Request(_)),
        }
    }

    /// The same as a value that is no secret.
    #[must_use]
    pub fn public(self) -> Self {
        Self::Public(Box::new(self))
    }

    /// Whether this source, or one in it, passes the test.
    pub fn uses(&self, test: &dyn Fn(&Source) -> bool) -> bool {
        let mut uses = false;
        self.walk(&mut |source| uses |= test(source));
        uses
    }

    /// Visits this source and every source in it, outermost first.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Source)) {
        visit(self);
        match self {
            Self::FirstOf(sources) => sources.iter().for_each(|source| source.walk(visit)),
            Self::Jwt(jwt) => {
                jwt.key.walk(visit);
                if let Some(certificate) = &jwt.certificate {
                    certificate.walk(visit);
                }
                jwt.texts.iter().for_each(|text| text.source.walk(visit));
            }
            Self::Presigned(presigned) => {
                presigned.sources().for_each(|source| source.walk(visit));
            }
            Self::Base64Url { of, .. } | Self::Pointer { of, .. } | Self::Public(of) => {
                of.walk(visit);
            }
            Self::Keyring(_)
            | Self::Env(_)
            | Self::File(_)
            | Self::FileFrom { .. }
            | Self::Request(_)
            | Self::Command(_)
            | Self::Token(_)
            | Self::Issued => {}
        }
    }

    /// Describes the source in a message.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Keyring(entry) if entry.service == KeyringEntry::SERVICE => {
                format!("keyring entry `{}`", entry.user)
            }
            Self::Keyring(entry) => format!(
                "keyring entry `{}` of service `{}`",
                entry.user, entry.service
            ),
            Self::Env(name) => format!("environment variable {name}"),
            Self::File(path) => format!("file {}", path.display()),
            Self::FileFrom {
                variable,
                name: None,
            } => format!("the file that environment variable {variable} names"),
            Self::FileFrom {
                variable,
                name: Some(name),
            } => format!("file {name} in the folder that environment variable {variable} names"),
            Self::Request(pointer) => format!("`{pointer}` in the caller's request"),
            Self::Pointer { pointer, of } => format!("`{pointer}` in {}", of.describe()),
            Self::Command(command) => {
                let program = command.argv.first().map_or("", String::as_str);
                format!("command {program}")
            }
            Self::Jwt(jwt) => format!("a JWT signed with the key from {}", jwt.key.describe()),
            Self::Token(nested) => match &**nested {
                NestedSpec::Named(name) => format!("the token of spec `{name}`"),
                NestedSpec::Inline(_) => "the token of a spec within the spec".to_owned(),
            },
            Self::Issued => "the token itself".to_owned(),
            Self::Presigned(presigned) => {
                let sources = presigned.signature.sources().map(Self::describe);
                let all: Vec<String> = sources.collect();
                format!("a URL signed with the key from {}", all.join(" and "))
            }
            Self::Base64Url { of, .. } | Self::Public(of) => of.describe(),
            Self::FirstOf(sources) => {
                let all: Vec<String> = sources.iter().map(Self::describe).collect();
                all.join(", else ")
            }
        }
    }
}
