//! The `keyring` program, as pip and uv call it: `get`, `del`, and a `set` that refuses.
//!
//! Ruled by the command line of <https://github.com/jaraco/keyring> (`keyring/cli.py`): a miss is exit status 1 and not a word, and 2 is a wrong
//! call. There are three shapes: `get SERVICE USER` (pip to 26.1, uv), `get SERVICE --mode creds` (uv without a user) and
//! `--mode=creds --output=json get SERVICE [USER]` (pip from 26.2). Exit status 0 always comes with a token: an empty password would be taken.
//! Never answers for a service that no spec lists, and never keeps a password.

use serde::Serialize;

use super::{Caller, CallerRequest, Conversation, CredentialRequest, Input, Message, Reply};
use crate::code::Code;
use crate::credential::{Credential, Secret};
use crate::target::{InvalidTarget, Target};

/// The caller's row.
pub const CALLER: Caller = Caller {
    name: "keyring",
    link: "keyring",
    words: "[--mode password|creds] [--output plain|json] get|set|del SERVICE [USER]",
    about: "the `keyring` program of pip and uv",
    owns_stdin: true,
    // pip drops standard error from 26.2 on.
    asked_alone: false,
    talk: Conversation::once,
    read,
};

/// Looked for in a failure's words by uv and pip: it would mean that this program is too old.
const TOO_OLD: &str = "unrecognized arguments";

/// What is printed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Password,
    Credentials,
}

/// How it is printed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Plain,
    Json,
}

/// A command line, options before or after the verb.
struct CommandLine<'a> {
    mode: Mode,
    form: Form,
    plain: Vec<&'a str>,
}

impl<'a> CommandLine<'a> {
    fn read(words: &'a [String]) -> Result<Self, Message> {
        let mut line = Self {
            mode: Mode::Password,
            form: Form::Plain,
            plain: Vec::new(),
        };
        let mut words = words.iter().map(String::as_str);
        while let Some(word) = words.next() {
            if !word.starts_with('-') {
                line.plain.push(word);
                continue;
            }
            let (option, value) = match word.split_once('=') {
                Some((option, value)) => (option, Some(value)),
                None => (word, words.next()),
            };
            match (option, value) {
                ("--mode", Some("password")) => line.mode = Mode::Password,
                ("--mode", Some("creds")) => line.mode = Mode::Credentials,
                ("--output", Some("plain")) => line.form = Form::Plain,
                ("--output", Some("json")) => line.form = Form::Json,
                _ => {
                    return Err(Message::usage(
                        "keyring's options are --mode password|creds and --output plain|json",
                    ));
                }
            }
        }
        Ok(line)
    }
}

fn read(input: &mut Input<'_>) -> CallerRequest {
    let line = match CommandLine::read(input.words) {
        Ok(line) => line,
        Err(told) => return CallerRequest::Reply(Reply::failure(&told)),
    };
    let (service, user) = match line.plain.as_slice() {
        [_, service] => (*service, None),
        [_, service, user] => (*service, Some(*user)),
        _ => ("", None),
    };
    let known = !service.is_empty();
    match line.plain.first() {
        Some(&"get") if known => get(&line, service, user)
            .unwrap_or_else(|told| CallerRequest::Reply(told.map_or_else(miss, |told| failure(&told)))),
        // Only a listed service has something to be dropped; a failing `del` tells nobody anything.
        Some(&"del") if known => match targets(service) {
            Ok(targets) => CallerRequest::Erase { targets, user: None, presented: None, done: Reply::silence() },
            Err(_) => CallerRequest::Reply(Reply::silence()),
        },
        Some(&"set") if known => CallerRequest::Reply(failure(&Message {
            code: Code::NotSupported,
            sentence: "keyfob makes its tokens itself and stores no password".to_owned(),
            hint: Some("for an index that a spec lists there is nothing to save; for others, take keyfob's link `keyring` out of PATH".to_owned()),
            status: 1,
        })),
        _ => CallerRequest::Reply(Reply::failure(&Message::usage("keyring takes get, set or del, a service and a user name"))),
    }
}

/// Why there is no request: `None` where it is somebody else's, which is a miss.
type NoRequest = Option<Message>;

fn get(
    line: &CommandLine<'_>,
    service: &str,
    user: Option<&str>,
) -> Result<CallerRequest, NoRequest> {
    if user.is_none() && line.mode == Mode::Password {
        return Err(Some(Message::usage(
            "without a user name keyring is asked with --mode creds",
        )));
    }
    let user = user.filter(|user| !user.is_empty());
    if user.is_some_and(|user| user.contains(|c: char| c.is_control() || c == ':')) {
        return Err(Some(Message::malformed(
            "the user name holds a colon, a line break or another control character",
        )));
    }
    Ok(CallerRequest::Credential(Box::new(Service {
        targets: targets(service)?,
        user: user.map(str::to_owned),
        mode: line.mode,
        form: line.form,
    })))
}

/// A service as pip and uv name one: a URL, then `host` or `host:port`. The second says nothing of TLS: it is asked for an index of plain http as
/// well, and for every host that a page links to. So it means this machine or nothing.
fn targets(service: &str) -> Result<Vec<Target>, NoRequest> {
    let target = Target::or_its_origin(service).map_err(|why| match why {
        // Not repeated: it could be a password.
        InvalidTarget::UserInfo => {
            Some(Message::malformed(format!("the service is no URL: {why}")))
        }
        // No spec can list it, so it is somebody else's.
        _ => None,
    })?;
    if service.contains("://") {
        return Ok(vec![target]);
    }
    if !target.host().is_loopback() {
        return Err(None);
    }
    let plain = Target::parse(&format!("http://{service}")).ok();
    Ok(std::iter::once(target).chain(plain).collect())
}

/// What is asked for.
struct Service {
    targets: Vec<Target>,
    user: Option<String>,
    mode: Mode,
    form: Form,
}

/// With `--output json`.
#[derive(Serialize)]
struct Response<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<&'a str>,
    password: &'a str,
}

impl CredentialRequest for Service {
    fn targets(&self) -> &[Target] {
        &self.targets
    }

    fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// There is no expiry in this language, and pip and uv keep what they get until they end.
    fn least_life(&self) -> std::time::Duration {
        std::time::Duration::from_secs(300)
    }

    /// The user who was asked for is the one that is answered, as keyring does and pip insists: an index that takes tokens takes them under any
    /// name, and who named another one in the index's URL meant it.
    fn give(&self, credential: &Credential) -> Reply {
        let password = credential.token.access_token.expose();
        let username = self.user.as_deref().unwrap_or(&credential.username);
        let username = (self.mode == Mode::Credentials).then_some(username);
        let stdout = match (self.form, username) {
            (Form::Json, username) => Secret::json(&Response { username, password }, "\n"),
            (Form::Plain, Some(username)) => {
                Some(Secret::joined(&[username, "\n", password, "\n"]))
            }
            (Form::Plain, None) => Some(Secret::joined(&[password, "\n"])),
        };
        stdout.map_or_else(miss, Reply::answer)
    }

    fn not_mine(&self, _: &Message) -> Reply {
        miss()
    }

    fn fail(&self, told: &Message) -> Reply {
        failure(told)
    }
}

/// Nothing is known of this service.
fn miss() -> Reply {
    Reply {
        status: 1,
        ..Reply::silence()
    }
}

/// A failure in words. A provider's may not pass for those of a program that is too old; what is wrong with a spec is no wrong call.
fn failure(told: &Message) -> Reply {
    let wrong_call = told.code == Code::Usage;
    Reply {
        stdout: Secret::new(Vec::new()),
        stderr: told.lines().replace(TOO_OLD, "arguments not recognized"),
        status: if wrong_call { told.status } else { 1 },
    }
}
