//! What goes back to a caller, and a failure in words. The last gate before a terminal or a CI log.

use crate::code::Code;
use crate::credential::{Authtype, Credential, Secret};
use crate::grant::{answer, encode};

/// What goes back to the caller.
#[derive(Debug)]
pub struct Reply {
    /// Standard output: one complete answer.
    pub stdout: Secret,
    /// Standard error: empty on success.
    pub stderr: String,
    /// Exit status.
    pub status: u8,
}

impl Reply {
    /// An answer on standard output, exit status 0.
    #[must_use]
    pub fn answer(stdout: Secret) -> Self {
        Self {
            stdout,
            stderr: String::new(),
            status: 0,
        }
    }

    /// Nothing at all, exit status 0.
    #[must_use]
    pub fn silence() -> Self {
        Self::answer(Secret::new(Vec::new()))
    }

    /// Words on standard output, exit status 0: lines, with tabs between their columns.
    #[must_use]
    pub fn words(text: impl AsRef<str>) -> Self {
        let columns = |line: &str| {
            line.split('\t')
                .map(one_line)
                .collect::<Vec<_>>()
                .join("\t")
        };
        let lines: Vec<String> = text.as_ref().split('\n').map(columns).collect();
        Self::answer(Secret::from(lines.join("\n")))
    }

    /// A failure, told on standard error.
    #[must_use]
    pub fn failure(told: &Message) -> Self {
        Self {
            stdout: Secret::new(Vec::new()),
            stderr: told.lines(),
            status: told.status,
        }
    }
}

/// A failure in words: sentence, stable code, hint and exit status. One line each, sanitised by who made them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The stable code.
    pub code: Code,
    /// What happened, lower case.
    pub sentence: String,
    /// What to do.
    pub hint: Option<String>,
    /// 1 could not, 2 called wrongly.
    pub status: u8,
}

impl Message {
    /// A request that makes no sense.
    pub fn malformed(sentence: impl Into<String>) -> Self {
        Self {
            code: Code::RequestInvalid,
            sentence: sentence.into(),
            hint: None,
            status: 1,
        }
    }

    /// A command line that makes no sense.
    pub fn usage(sentence: impl Into<String>) -> Self {
        Self {
            code: Code::Usage,
            sentence: sentence.into(),
            hint: Some("`keyfob --help` lists the commands".to_owned()),
            status: 2,
        }
    }

    /// `keyfob: error: …` and `keyfob: hint: …`, a line each.
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

    /// `keyfob: hint: …` alone, a line; nothing where there is no hint.
    #[must_use]
    pub fn hint_line(&self) -> String {
        let hint = self.hint.as_deref().map(one_line);
        hint.map(|hint| format!("keyfob: hint: {hint}\n"))
            .unwrap_or_default()
    }
}

/// The last gate before a terminal or a CI log: one line, no control or bidirectional character, and nothing with which runners begin
/// commands: no `##`, and no `::` at its beginning.
#[must_use]
pub fn one_line(text: &str) -> String {
    // A name, in most cases, and there is one in every cache hit.
    if text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return text.to_owned();
    }
    let visible: String = text.chars().map(answer::visible).collect();
    let line = visible.replace("##", "# #").replace("##", "# #");
    match line.trim_start().strip_prefix("::") {
        Some(rest) => format!(": :{rest}"),
        None => line,
    }
}

/// The value of `Authorization`, as the spec's `authtype` says, or else in this way.
///
/// # Errors
/// The user name cannot stand in Basic credentials.
pub(super) fn authorization(
    credential: &Credential,
    unless_written: Authtype,
) -> Result<Secret, Message> {
    let token = &credential.token.access_token;
    match credential.authtype.unwrap_or(unless_written) {
        Authtype::Bearer => Ok(Secret::joined(&["Bearer ", token.expose()])),
        Authtype::Basic => {
            encode::basic(&credential.username, &token.secret(), true).map_err(|why| {
                Message::malformed(format!("the spec's `username` cannot be sent: {why}"))
            })
        }
    }
}
