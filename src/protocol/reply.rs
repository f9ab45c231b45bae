//! The reply to a caller, and a failure as text. Text for people is cleaned here, before it reaches
//! a terminal or a CI log.

use crate::code::Code;
use crate::credential::{Authtype, Credential, Secret};
use crate::grant::encode;
pub use crate::text::one_line;

/// The output and the exit status of the process.
#[derive(Debug)]
pub struct Reply {
    /// The complete standard output.
    pub stdout: Secret,
    /// Standard error: empty on success.
    pub stderr: String,
    /// Exit status: that of keyfob, or that of the program that `run` ran, which Windows does not
    /// limit to a byte.
    pub status: i32,
}

impl Reply {
    /// A reply on standard output, with exit status 0.
    #[must_use]
    pub fn answer(stdout: Secret) -> Self {
        Self {
            stdout,
            stderr: String::new(),
            status: 0,
        }
    }

    /// A reply without output, with exit status 0.
    #[must_use]
    pub fn silence() -> Self {
        Self::answer(Secret::new(Vec::new()))
    }

    /// Text for people on standard output, with exit status 0: lines, with tabs between columns.
    #[must_use]
    pub fn text(text: impl AsRef<str>) -> Self {
        let columns = |line: &str| {
            line.split('\t')
                .map(one_line)
                .collect::<Vec<_>>()
                .join("\t")
        };
        let lines: Vec<String> = text.as_ref().split('\n').map(columns).collect();
        Self::answer(Secret::from(lines.join("\n")))
    }

    /// A failure on standard error.
    #[must_use]
    pub fn failure(message: &Message) -> Self {
        Self {
            stdout: Secret::new(Vec::new()),
            stderr: message.lines(),
            status: message.status,
        }
    }
}

/// A failure as text: sentence, code, hint and exit status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The stable code.
    pub code: Code,
    /// What happened, in one sentence without a capital letter.
    pub sentence: String,
    /// What the user can do.
    pub hint: Option<String>,
    /// The exit status: 2 if the command line is wrong or the spec cannot be used, else 1.
    pub status: i32,
}

impl Message {
    /// A request that is not valid.
    pub fn malformed(sentence: impl Into<String>) -> Self {
        Self {
            code: Code::RequestInvalid,
            sentence: sentence.into(),
            hint: None,
            status: 1,
        }
    }

    /// A command line that is not valid. The exit status is 2.
    pub fn usage(sentence: impl Into<String>) -> Self {
        Self {
            code: Code::Usage,
            sentence: sentence.into(),
            hint: Some("`keyfob --help` lists the commands".to_owned()),
            status: 2,
        }
    }

    /// A command line with an argument where this caller takes none: a spec, for the most part.
    pub fn no_argument(caller: &str, sentence: &str) -> Self {
        Self {
            hint: Some(format!(
                "a spec is named by --spec: keyfob {caller} --spec NAME"
            )),
            ..Self::usage(sentence)
        }
    }

    /// A request for something that keyfob does not support. The hint says what to do instead.
    pub fn not_supported(sentence: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            code: Code::NotSupported,
            sentence: sentence.into(),
            hint: Some(hint.into()),
            status: 1,
        }
    }

    /// A login that asks keyfob to store a password, which keyfob never does.
    pub fn stores_nothing(hint: impl Into<String>) -> Self {
        Self::not_supported("keyfob obtains its tokens itself and stores no other", hint)
    }

    /// The lines `keyfob: error: …` and `keyfob: hint: …`.
    #[must_use]
    pub fn lines(&self) -> String {
        let mut lines = format!(
            "keyfob: error: {} ({})\n",
            one_line(&self.sentence),
            self.code
        );
        lines.push_str(&self.hint_line());
        lines
    }

    /// The line `keyfob: hint: …` with its newline; empty if there is no hint.
    #[must_use]
    pub fn hint_line(&self) -> String {
        let hint = self.hint.as_deref().map(one_line);
        hint.map(|hint| format!("keyfob: hint: {hint}\n"))
            .unwrap_or_default()
    }
}

/// The value of `Authorization`, with the spec's `authtype` or else the caller's default.
///
/// # Errors
/// Returns an error if the user name cannot be part of Basic credentials.
pub(super) fn authorization(credential: &Credential, default: Authtype) -> Result<Secret, Message> {
    let token = &credential.token.access_token;
    match credential.authtype.unwrap_or(default) {
        Authtype::Bearer => Ok(Secret::joined(&["Bearer ", token.expose()])),
        Authtype::Basic => {
            encode::basic(&credential.username, &token.secret(), true).map_err(|why| {
                Message::malformed(format!("the spec's `username` cannot be sent: {why}"))
            })
        }
    }
}
