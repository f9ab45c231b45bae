//! cargo's credential provider: `--cargo-plugin`, a line of JSON for each request; and `token-from-stdout`, a bare line.
//!
//! Ruled by <https://doc.rust-lang.org/cargo/reference/credential-provider-protocol.html>: whatever was said, the exit status is 0, for
//! cargo believes no answer of a program that fails. `url-not-supported` makes it ask its next provider, so it is said only where no spec
//! lists the index: a failure, and what keyfob does not do for an index of ours, is final. cargo sends the token verbatim as
//! `Authorization`. Never fetches what a registry's `headers` name, never keeps the token that `cargo login` brings.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Caller, CallerRequest, Conversation, CredentialRequest, Input, Message, Reply, Until};
use crate::code::Code;
use crate::credential::{Authtype, Credential, Secret};
use crate::target::Target;
use crate::time::Timestamp;

/// The caller's row.
pub const CALLER: Caller = Caller {
    name: "cargo",
    link: "cargo-credential-keyfob",
    words: "--cargo-plugin|token-from-stdout",
    about: "cargo credential provider for private registries",
    owns_stdin: true,
    asked_alone: false,
    talk,
    read,
};

/// All that cargo puts on a provider's command line: what is configured besides comes in its requests.
pub const PLUGIN: &str = "--cargo-plugin";
/// cargo asks anew for each request in it.
const LAST_MINUTE: Duration = Duration::from_secs(60);
const FROM_STDOUT: &str = "token-from-stdout";
/// Where cargo names the index to a `token-from-stdout`.
const INDEX_URL: &str = "CARGO_REGISTRY_INDEX_URL";

fn talk(words: &[String]) -> Conversation {
    match words {
        [word] if word == PLUGIN => Conversation::Lines {
            greeting: "{\"v\":[1]}\n",
        },
        _ => Conversation::Once,
    }
}

fn read(input: &mut Input<'_>) -> CallerRequest {
    match input.words {
        [word] if word == PLUGIN => {
            request(input).unwrap_or_else(|told| CallerRequest::Reply(other(&told)))
        }
        [word] if word == FROM_STDOUT => {
            line(input).unwrap_or_else(|told| CallerRequest::Reply(Reply::failure(&told)))
        }
        _ => CallerRequest::Reply(Reply::failure(&Message::usage(
            "cargo takes --cargo-plugin or token-from-stdout",
        ))),
    }
}

/// A request, as much of it as matters.
#[derive(Deserialize)]
struct Request {
    v: Option<u64>,
    registry: Registry,
    kind: String,
    operation: Option<String>,
    #[serde(default)]
    args: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Registry {
    index_url: String,
}

fn request(input: &mut Input<'_>) -> Result<CallerRequest, Message> {
    let bytes = (input.stdin)(Until::Line)?;
    // What is wrong with it is not repeated: it may be in a token.
    let request: Request = serde_json::from_slice(bytes.expose()).map_err(|_| {
        Message::malformed("cargo's request is no JSON object with `kind` and `registry.index-url`")
    })?;
    if request.v.is_some_and(|version| version != 1) {
        return Err(Message::malformed(
            "cargo speaks a version of its protocol that keyfob does not know",
        ));
    }
    let spec = spec(&request.args)?;
    let Some(target) = target(&request.registry.index_url) else {
        return Ok(CallerRequest::Reply(error(
            &json!({"kind": "url-not-supported"}),
        )));
    };
    let get = Box::new(Index {
        targets: vec![target],
        spec,
    });
    // One spec serves every operation, so that they are told apart only to refuse what is not known.
    let known = ["read", "publish", "yank", "unyank", "owners"];
    let (erase, reply) = match (request.kind.as_str(), request.operation.as_deref()) {
        ("get", Some(operation)) if known.contains(&operation) => {
            return Ok(CallerRequest::Credential(get));
        }
        ("logout", _) => (true, says(&json!({"Ok": {"kind": "logout"}}))),
        // To `operation-not-supported` cargo adds nothing.
        ("login", _) => (false, other(&no_login())),
        _ => (false, error(&json!({"kind": "operation-not-supported"}))),
    };
    Ok(CallerRequest::Acknowledge { get, erase, reply })
}

/// What is configured behind the program's name: the words that a command line would have. cargo joins the arrays of several configuration
/// files (<https://github.com/rust-lang/cargo/issues/14906>): the program's own name may be among them, and all of it twice.
fn spec(args: &[String]) -> Result<Option<String>, Message> {
    let own_name = |word: &str| {
        ["keyfob", CALLER.link]
            .iter()
            .any(|own| word.rsplit('/').next() == Some(own))
    };
    let usage = |sentence| Message {
        hint: Some(
            "in cargo's configuration write credential-provider = \"keyfob cargo --spec SPEC\""
                .to_owned(),
        ),
        ..Message::usage(sentence)
    };
    let mut spec: Option<&str> = None;
    let mut args = args.iter().map(String::as_str);
    while let Some(word) = args.next() {
        let value = match word {
            "--spec" => args.next(),
            "cargo" | PLUGIN => continue,
            word if own_name(word) => continue,
            word => word.strip_prefix("--spec="),
        };
        // Not repeated: it could be a secret in the wrong place.
        let value = value.ok_or_else(|| {
            usage("cargo's configuration gives keyfob an argument other than --spec SPEC")
        })?;
        if spec.replace(value).is_some_and(|before| before != value) {
            return Err(usage("cargo's configuration gives keyfob two specs"));
        }
    }
    Ok(spec.map(str::to_owned))
}

/// The index as a target; none where no spec can list it, so that it is somebody else's: any other word of ours would be cargo's last.
fn target(index: &str) -> Option<Target> {
    let url = index
        .strip_prefix("sparse+")
        .or_else(|| index.strip_prefix("registry+"))
        .unwrap_or(index);
    if url.contains("://") {
        Target::or_its_origin(url).ok().map(Target::of_repository)
    } else {
        None
    }
}

/// An index that cargo asks a credential for.
struct Index {
    targets: Vec<Target>,
    spec: Option<String>,
}

impl CredentialRequest for Index {
    fn targets(&self) -> &[Target] {
        &self.targets
    }

    fn spec(&self) -> Option<&str> {
        self.spec.as_deref()
    }

    /// cargo asks anew for each request from a minute before the end; a minute more is for what it does meanwhile.
    fn least_life(&self) -> Duration {
        Duration::from_secs(120)
    }

    fn give(&self, credential: &Credential) -> Reply {
        let is_last_minute = |end: Timestamp| end.since(credential.given_at) < LAST_MINUTE;
        let cache = match (credential.published_end, credential.token.expires_at) {
            (Some(end), _) if !is_last_minute(end) => {
                format!(r#""expires","expiration":{}"#, end.unix())
            }
            // It ends within a minute: good for this request, and no other.
            (Some(_), _) | (None, Some(_)) => r#""never""#.to_owned(),
            (None, None) => r#""session""#.to_owned(),
        };
        Reply::answer(Secret::joined(&[
            r#"{"Ok":{"kind":"get","token":""#,
            scheme(credential),
            &credential.token.access_token.in_json(),
            r#"","cache":"#,
            &cache,
            ",\"operation_independent\":true}}\n",
        ]))
    }

    fn not_mine(&self, _: &Message) -> Reply {
        error(&json!({"kind": "url-not-supported"}))
    }

    fn fail(&self, told: &Message) -> Reply {
        other(told)
    }

    fn passes_on_stderr(&self) -> bool {
        true
    }
}

/// What stands before the token in `Authorization`.
fn scheme(credential: &Credential) -> &'static str {
    match credential.authtype {
        Some(Authtype::Bearer) => "Bearer ",
        Some(Authtype::Basic) | None => "",
    }
}

fn no_login() -> Message {
    Message {
        code: Code::NotSupported,
        sentence: "keyfob makes its tokens itself and stores none".to_owned(),
        hint: Some("there is no need to log in to a registry that a spec lists".to_owned()),
        status: 1,
    }
}

fn says(value: &Value) -> Reply {
    Reply::answer(Secret::from(format!("{value}\n")))
}

fn error(kind: &Value) -> Reply {
    says(&json!({ "Err": kind }))
}

/// A failure in words, which cargo shows below its own.
fn other(told: &Message) -> Reply {
    error(&json!({"kind": "other", "message": told.lines().trim_end()}))
}

/// A request by way of cargo's own `cargo:token-from-stdout`, which reads a line and passes standard error on.
fn line(input: &Input<'_>) -> Result<CallerRequest, Message> {
    let index = (input.variable)(INDEX_URL).ok_or_else(|| Message {
        hint: Some(
            "cargo sets it for credential-provider = \"cargo:token-from-stdout keyfob cargo token-from-stdout\""
                .to_owned(),
        ),
        ..Message::malformed(format!("{INDEX_URL} does not say for which index"))
    })?;
    let target = target(&index).ok_or_else(|| {
        Message::malformed(format!(
            "the index in {INDEX_URL} is neither https nor http on this machine"
        ))
    })?;
    Ok(CallerRequest::Credential(Box::new(Line(vec![target]))))
}

/// An index, for an answer of one bare line. Nothing can be said of its end: cargo keeps it until it ends itself.
struct Line(Vec<Target>);

impl CredentialRequest for Line {
    fn targets(&self) -> &[Target] {
        &self.0
    }

    fn least_life(&self) -> Duration {
        Duration::from_secs(300)
    }

    fn give(&self, credential: &Credential) -> Reply {
        Reply::answer(Secret::joined(&[
            scheme(credential),
            credential.token.access_token.expose(),
            "\n",
        ]))
    }

    fn not_mine(&self, told: &Message) -> Reply {
        Reply::failure(told)
    }

    fn fail(&self, told: &Message) -> Reply {
        Reply::failure(told)
    }
}
