//! cargo's credential provider: `--cargo-plugin` with a line of JSON for each request, and
//! `token-from-stdout` with one bare line.
//!
//! Specified by <https://doc.rust-lang.org/cargo/reference/credential-provider-protocol.html>. The
//! exit status is always 0, since cargo ignores the answer of a program that fails. After
//! `url-not-supported` cargo tries its next provider, so this is the answer only if no spec lists
//! the index. Every other error is final. cargo sends the token unchanged as the value of
//! `Authorization`. Never sends a request to a URL in a registry's `headers`, and never stores the
//! token of `cargo login`.

mod bare;

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Caller, CallerRequest, Conversation, CredentialRequest, Input, Message, Reply, Until,
    plain_http,
};
use crate::credential::{Authtype, Credential, Secret};
use crate::target::Target;
use crate::time::Timestamp;

/// The caller's row in `CALLERS`.
pub const CALLER: Caller = Caller {
    name: "cargo",
    link: "cargo-credential-keyfob",
    synopsis: "--cargo-plugin|token-from-stdout",
    about: "cargo credential provider for private registries",
    operations: &[PLUGIN, FROM_STDOUT],
    takes_a_prompt: false,
    plugin_argument: Some(PLUGIN),
    owns_stdin: true,
    asked_alone: false,
    conversation,
    read,
};

/// The only argument that cargo passes to a provider. The configured arguments are part of its
/// requests, so the name of this caller may be missing on the command line.
pub const PLUGIN: &str = "--cargo-plugin";
/// cargo does not use a cached token that expires within this time.
const LAST_MINUTE: Duration = Duration::from_secs(60);
const FROM_STDOUT: &str = "token-from-stdout";

fn conversation(words: &[String]) -> Conversation {
    match words {
        [word] if word == PLUGIN => Conversation::Lines {
            greeting: "{\"v\":[1]}\n",
        },
        _ => Conversation::Once,
    }
}

fn read(input: &mut Input<'_>) -> CallerRequest {
    match input.arguments {
        [word] if word == PLUGIN => {
            request(input).unwrap_or_else(|message| CallerRequest::failure_with(message, other))
        }
        [word] if word == FROM_STDOUT => {
            bare::request(input).unwrap_or_else(CallerRequest::Failure)
        }
        _ => CallerRequest::Failure(Message::usage(
            "cargo takes --cargo-plugin or token-from-stdout",
        )),
    }
}

/// The members of a request that are used.
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
    // serde's message is not shown, because it could quote a token.
    let request: Request = serde_json::from_slice(bytes.expose()).map_err(|_| {
        Message::malformed(
            "cargo's request is not a JSON object with `kind` and `registry.index-url`",
        )
    })?;
    if request.v.is_some_and(|version| version != 1) {
        return Err(Message::malformed(
            "cargo uses a version of its protocol that keyfob does not support",
        ));
    }
    let spec = spec(&request.args)?;
    let Some(target) = target(&request.registry.index_url) else {
        let plain_http = plain_http::request(url(&request.registry.index_url), unsupported, true);
        return Ok(plain_http.unwrap_or_else(|| CallerRequest::Reply(unsupported())));
    };
    let index = Box::new(Index {
        targets: vec![target],
        spec,
    });
    // One spec serves every operation; an unknown one is refused.
    let known = ["read", "publish", "yank", "unyank", "owners"];
    let (erase, reply) = match (request.kind.as_str(), request.operation.as_deref()) {
        ("get", Some(operation)) if known.contains(&operation) => {
            return Ok(CallerRequest::Credential(index));
        }
        ("logout", _) => (true, line_of(&json!({"Ok": {"kind": "logout"}}))),
        // Not `operation-not-supported`, which cargo shows without a reason.
        ("login", _) => (
            false,
            other(&Message::stores_nothing(
                "there is no need to log in to a registry that a spec lists",
            )),
        ),
        _ => (false, error(&json!({"kind": "operation-not-supported"}))),
    };
    Ok(CallerRequest::Acknowledge {
        request: index,
        erase,
        reply,
    })
}

/// The spec in the arguments that cargo's configuration lists after the program's name.
///
/// cargo joins the arrays of several configuration files
/// (<https://github.com/rust-lang/cargo/issues/14906>), so the program's own name may be among
/// them, and every argument may be there twice.
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
        // The message does not quote the argument, because it could be a secret in the wrong place.
        let value = value.ok_or_else(|| {
            usage("cargo's configuration gives keyfob an argument other than --spec SPEC")
        })?;
        if spec.replace(value).is_some_and(|before| before != value) {
            return Err(usage("cargo's configuration gives keyfob two specs"));
        }
    }
    Ok(spec.map(str::to_owned))
}

/// Parses the index as a target. Returns `None` if no spec can list it. The answer must then be
/// `url-not-supported`, because cargo tries no other provider after any other error.
fn target(index: &str) -> Option<Target> {
    let url = url(index);
    if url.contains("://") {
        Target::parse_or_origin(url).ok().map(Target::as_repository)
    } else {
        None
    }
}

/// A request for the credential of an index.
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

    /// cargo does not use a token in its last minute. One more minute is for the work of cargo
    /// itself.
    fn least_life(&self) -> Duration {
        Duration::from_secs(120)
    }

    fn reply(&self, credential: &Credential) -> Reply {
        let is_last_minute = |end: Timestamp| end.since(credential.delivered_at) < LAST_MINUTE;
        let cache = match (credential.published_expiry, credential.token.expires_at) {
            (Some(end), _) if !is_last_minute(end) => {
                format!(r#""expires","expiration":{}"#, end.unix())
            }
            // The token expires within a minute. It is valid for this request, and must not be
            // cached.
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

    fn not_listed(&self, _: &Message) -> Reply {
        unsupported()
    }

    fn failure(&self, message: &Message) -> Reply {
        other(message)
    }

    fn shows_stderr(&self) -> bool {
        true
    }
}

/// The text before the token in the value of `Authorization`.
fn scheme(credential: &Credential) -> &'static str {
    match credential.authtype {
        Some(Authtype::Bearer) => "Bearer ",
        Some(Authtype::Basic) | None => "",
    }
}

fn line_of(value: &Value) -> Reply {
    Reply::answer(Secret::from(format!("{value}\n")))
}

/// After this answer cargo tries its next provider.
fn unsupported() -> Reply {
    error(&json!({"kind": "url-not-supported"}))
}

/// The URL of an index, without the kind of the index before it.
fn url(index: &str) -> &str {
    let url = index.strip_prefix("sparse+");
    let url = url.or_else(|| index.strip_prefix("registry+"));
    url.unwrap_or(index)
}

fn error(kind: &Value) -> Reply {
    line_of(&json!({ "Err": kind }))
}

/// A failure with a message, which cargo shows below its own.
fn other(message: &Message) -> Reply {
    error(&json!({"kind": "other", "message": message.lines().trim_end()}))
}
