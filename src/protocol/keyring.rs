//! The `keyring` program of pip and uv: `get`, `del`, and a `set` that always fails.
//!
//! Specified by the command line of <https://github.com/jaraco/keyring> (`keyring/cli.py`): exit
//! status 1 without a message means that there is no entry, and 2 is a usage error. There are three
//! forms: `get SERVICE USER` (pip to 26.1, uv), `get SERVICE --mode creds` (uv without a user) and
//! `--mode=creds --output=json get SERVICE [USER]` (pip from 26.2, which drops standard error).
//! Exit status 0 always comes with a token, because clients would use an empty password. Never
//! answers for a service that no spec lists, and never stores a password.

use std::time::Duration;

use serde::Serialize;

use super::{
    Caller, CallerRequest, Conversation, CredentialRequest, Input, Message, Reply, plain_http,
};
use crate::code::Code;
use crate::credential::{Credential, Secret};
use crate::target::{InvalidTarget, Target};

/// The caller's row in `CALLERS`.
pub const CALLER: Caller = Caller {
    name: "keyring",
    link: "keyring",
    synopsis: "[--mode password|creds] [--output plain|json] get|set|del SERVICE [USER]",
    about: "the `keyring` program of pip and uv",
    operations: &["get", "set", "del"],
    takes_a_prompt: false,
    plugin_argument: None,
    owns_stdin: true,
    asked_alone: false,
    conversation: Conversation::once,
    read,
};

/// uv and pip treat the program as an old version if a failure contains this text.
const TOO_OLD: &str = "unrecognized arguments";

/// `--mode`: what is printed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Password,
    Credentials,
}

/// `--output`: how it is printed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Plain,
    Json,
}

/// A command line; options may stand before or after the operation.
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
    let line = match CommandLine::read(input.arguments) {
        Ok(line) => line,
        Err(message) => return CallerRequest::Failure(message),
    };
    let (service, user) = match line.plain.as_slice() {
        [_, service] => (*service, None),
        [_, service, user] => (*service, Some(*user)),
        _ => ("", None),
    };
    let known = !service.is_empty();
    match line.plain.first() {
        Some(&"get") if known => get(&line, service, user).unwrap_or_else(|why| match why {
            None => plain_http::request(service, no_entry, true)
                .unwrap_or_else(|| CallerRequest::Reply(no_entry())),
            Some(message) => CallerRequest::failure_with(message, failure),
        }),
        // `del` never fails: a service that no spec lists has no cached token.
        Some(&"del") if known => match targets(service) {
            Ok(targets) => CallerRequest::erase(targets),
            Err(_) => CallerRequest::Reply(Reply::silence()),
        },
        Some(&"set") if known => CallerRequest::Reply(failure(&Message::stores_nothing(
            "for an index that a spec lists there is nothing to save; for others, take keyfob's \
             link `keyring` out of PATH",
        ))),
        _ => CallerRequest::Failure(Message::usage(
            "keyring takes get, set or del, a service and a user name",
        )),
    }
}

/// Why there is no request; `None` if another program is responsible for the service.
type NoRequest = Option<Message>;

fn get(
    line: &CommandLine<'_>,
    service: &str,
    user: Option<&str>,
) -> Result<CallerRequest, NoRequest> {
    if user.is_none() && line.mode == Mode::Password {
        return Err(Some(Message::usage(
            "without a user name, keyring needs --mode creds",
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

/// The targets of a service. pip and uv ask for a URL first, then for `host` or `host:port`.
///
/// The second form is also used for an index over plain http, and for every host that a page links
/// to. So it is answered only for loopback hosts.
fn targets(service: &str) -> Result<Vec<Target>, NoRequest> {
    let target = Target::parse_or_origin(service).map_err(|why| match why {
        // The message does not quote the service, because it could hold a password.
        InvalidTarget::UserInfo => Some(Message::malformed(format!(
            "the service is not a valid URL: {why}"
        ))),
        // No spec can list the service, so another program is responsible for it.
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

/// A request for the password of a service.
struct Service {
    targets: Vec<Target>,
    user: Option<String>,
    mode: Mode,
    form: Form,
}

/// The answer with `--output json`.
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

    /// The protocol has no expiry, and pip and uv use a token for as long as they run.
    fn least_life(&self) -> Duration {
        Duration::from_secs(300)
    }

    /// The answer repeats the user name of the request, as keyring does and pip requires. An index
    /// that accepts tokens accepts them with any user name.
    fn reply(&self, credential: &Credential) -> Reply {
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
        stdout.map_or_else(no_entry, Reply::answer)
    }

    fn not_listed(&self, _: &Message) -> Reply {
        no_entry()
    }

    fn failure(&self, message: &Message) -> Reply {
        failure(message)
    }

    /// pip passes standard error on; uv keeps it.
    fn shows_stderr(&self) -> bool {
        true
    }
}

/// The answer for a service without an entry.
fn no_entry() -> Reply {
    Reply {
        status: 1,
        ..Reply::silence()
    }
}

/// A failure. Its text must not contain [`TOO_OLD`], even if a provider sent it. Only a usage error
/// has exit status 2: an invalid spec is not the caller's mistake.
fn failure(message: &Message) -> Reply {
    let is_usage = message.code == Code::Usage;
    Reply {
        stdout: Secret::new(Vec::new()),
        stderr: message.lines().replace(TOO_OLD, "arguments not recognized"),
        status: if is_usage { message.status } else { 1 },
    }
}
