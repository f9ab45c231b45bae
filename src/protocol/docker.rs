//! docker's credential helper: `get`, `store`, `erase`, `list`, `version`. skopeo, podman, buildah,
//! crane and helm use it too.
//!
//! Specified by <https://github.com/docker/docker-credential-helpers>: a failure is a message on
//! standard output with exit status 1, and clients compare some messages verbatim. "Not found" is
//! the answer only if no spec lists the registry: after it the client pulls anonymously.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    Caller, CallerRequest, Conversation, CredentialRequest, Input, Listing, Message, Reply, Until,
    docker_hub,
};
use crate::credential::{Credential, Secret};
use crate::target::{InvalidTarget, Pattern, Target};

/// The caller's row in `CALLERS`.
pub const CALLER: Caller = Caller {
    name: "docker",
    link: "docker-credential-keyfob",
    synopsis: "get|store|erase|list|version",
    about: "docker credential helper; for podman, skopeo, buildah, helm as well",
    operations: &["get", "store", "erase", "list", "version"],
    takes_a_prompt: false,
    plugin_argument: None,
    owns_stdin: true,
    asked_alone: false,
    conversation: Conversation::once,
    read,
};

const USAGE: &str = "docker takes one verb: get, store, erase, list or version";
const NOT_FOUND: &str = "credentials not found in native keychain";
/// The hint for a registry that no spec lists.
const NOT_LISTED: &str = "no spec lists this registry: name another helper for it in \
                          `credHelpers`, or none, or add it to the `targets` of a spec";
/// The variable that lets a login succeed although keyfob drops its password.
const STORE: &str = "KEYFOB_STORE";
const NO_SERVER: &str = "no credentials server URL";

fn read(input: &mut Input<'_>) -> CallerRequest {
    let verb = match input.arguments {
        [verb] => verb.as_str(),
        _ => "",
    };
    match verb {
        "get" => match server(input) {
            Ok((key, targets)) => CallerRequest::Credential(Box::new(Server { key, targets })),
            Err(Refused::Empty) => CallerRequest::Reply(exactly(NO_SERVER)),
            Err(Refused::Failed(why)) => CallerRequest::failure_with(why, on_stdout),
        },
        // `erase` never fails: a failure makes skopeo overflow its stack, and breaks
        // `docker logout`. A registry that no spec lists has no cached token.
        "erase" => match server(input) {
            Ok((_, targets)) => CallerRequest::erase(targets),
            Err(_) => CallerRequest::Reply(Reply::silence()),
        },
        "list" => CallerRequest::List(Listing {
            name,
            targets,
            reply: list,
            failure: on_stdout,
        }),
        "version" => CallerRequest::Reply(Reply::text(concat!(
            "docker-credential-keyfob (keyfob) ",
            env!("CARGO_PKG_VERSION"),
            "\n"
        ))),
        "store" => store(input),
        _ => CallerRequest::failure_with(Message::usage(USAGE), on_stdout),
    }
}

/// The request of `store`. The password in it is not parsed.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Login {
    #[serde(rename = "ServerURL")]
    server_url: String,
}

fn not_stored(hint: &str) -> Reply {
    on_stdout(&Message::stores_nothing(hint))
}

/// Makes `store` fail, and with it the login, unless [`STORE`] lets it succeed. It always fails for
/// a registry that no spec lists, because the password would be lost.
fn store(input: &mut Input<'_>) -> CallerRequest {
    let bytes = (input.stdin)(Until::End).ok();
    let login = bytes.and_then(|bytes| serde_json::from_slice::<Login>(bytes.expose()).ok());
    let targets = login.and_then(|login| registry(login.server_url.trim()).ok());
    let Some(targets) = targets else {
        return CallerRequest::Reply(not_stored(NOT_LISTED));
    };
    let reply = match (input.variable)(STORE).as_deref() {
        None => not_stored(
            "there is no need to log in: a spec lists this registry; KEYFOB_STORE=ignore lets a \
             login succeed all the same",
        ),
        Some("ignore") => Reply {
            stderr: "keyfob: hint: nothing was stored: a spec lists this registry, and keyfob \
                     obtains its tokens itself\n"
                .to_owned(),
            ..Reply::silence()
        },
        Some(_) => on_stdout(&Message::usage(format!("{STORE} is `ignore` or not set"))),
    };
    CallerRequest::Acknowledge {
        request: Box::new(Stored { targets }),
        erase: false,
        reply,
    }
}

/// A request to store a password for a registry.
struct Stored {
    targets: Vec<Target>,
}

impl CredentialRequest for Stored {
    fn targets(&self) -> &[Target] {
        &self.targets
    }

    fn reply(&self, _: &Credential) -> Reply {
        Reply::silence()
    }

    fn not_listed(&self, _: &Message) -> Reply {
        not_stored(NOT_LISTED)
    }

    fn failure(&self, message: &Message) -> Reply {
        on_stdout(message)
    }
}

/// Why there is no server key.
enum Refused {
    Empty,
    Failed(Message),
}

/// The server key as the client wrote it, and every target that it may mean.
fn server(input: &mut Input<'_>) -> Result<(String, Vec<Target>), Refused> {
    let bytes = (input.stdin)(Until::End).map_err(Refused::Failed)?;
    let text = std::str::from_utf8(bytes.expose())
        .map_err(|_| Refused::Failed(Message::malformed("the registry's name is not UTF-8")))?;
    let key = text.trim();
    Ok((key.to_owned(), registry(key)?))
}

/// Every target that a server key may mean.
fn registry(key: &str) -> Result<Vec<Target>, Refused> {
    let malformed = |sentence: String| Refused::Failed(Message::malformed(sentence));
    if key.is_empty() {
        return Err(Refused::Empty);
    }
    if key.chars().any(char::is_control) {
        return Err(malformed(
            "the registry's name holds a line break or another control character".to_owned(),
        ));
    }
    // Clients name the same registry with or without a scheme, whichever scheme they use later.
    let bare = match key.split_once("://") {
        Some((scheme, rest))
            if ["https", "http"]
                .iter()
                .any(|known| scheme.eq_ignore_ascii_case(known)) =>
        {
            rest
        }
        _ => key,
    };
    let no_target = |why: InvalidTarget| malformed(format!("this is not a registry name: {why}"));
    let target = Target::parse(&format!("https://{bare}")).map_err(|why| {
        if bare.contains("://") {
            no_target(InvalidTarget::Scheme)
        } else {
            no_target(why)
        }
    })?;
    if docker_hub::is_at(target.host().as_str()) {
        return Ok(hub());
    }
    let plain = target
        .host()
        .is_loopback()
        .then(|| Target::parse(&format!("http://{bare}")).ok())
        .flatten();
    Ok(std::iter::once(target).chain(plain).collect())
}

/// Docker Hub under each of its names.
fn hub() -> Vec<Target> {
    let urls = docker_hub::registry();
    urls.iter()
        .filter_map(|url| Target::parse(url).ok())
        .collect()
}

/// The server key of an entry of `targets`.
///
/// If a spec's `callers` do not include docker, it may be for git or for a cluster, whose targets
/// are URLs. Of these only bare hosts are listed. An entry with a path is never listed, because
/// docker asks for the host alone and would use the credential for the whole host.
fn name(pattern: &Pattern, names_docker: bool) -> Option<String> {
    if pattern.is_single_host() && hub().iter().any(|target| pattern.matches(target).is_some()) {
        return Some(docker_hub::KEY.to_owned());
    }
    let registry = names_docker || pattern.is_bare();
    pattern.single_host().filter(|_| registry)
}

fn targets(key: &str) -> Vec<Target> {
    registry(key).unwrap_or_default()
}

/// A request for the credential of a registry.
struct Server {
    key: String,
    targets: Vec<Target>,
}

impl CredentialRequest for Server {
    fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// The protocol has no expiry, and buildkit caches a credential for 4 min 50 s.
    fn least_life(&self) -> Duration {
        Duration::from_secs(300)
    }

    fn reply(&self, credential: &Credential) -> Reply {
        // Joined by hand: the token is already escaped, and serializing it twice, first to measure
        // it, would be a twentieth of the cost of a cache hit.
        let text = |text: &str| Value::from(text).to_string();
        Reply::answer(Secret::joined(&[
            "{\"ServerURL\":",
            &text(&self.key),
            ",\"Username\":",
            &text(&credential.username),
            ",\"Secret\":\"",
            &credential.token.access_token.in_json(),
            "\"}\n",
        ]))
    }

    fn not_listed(&self, _: &Message) -> Reply {
        exactly(NOT_FOUND)
    }

    fn failure(&self, message: &Message) -> Reply {
        on_stdout(message)
    }

    fn shows_stderr(&self) -> bool {
        true
    }

    fn never_names_a_path(&self) -> bool {
        true
    }
}

/// A failure with one of the messages that clients compare verbatim.
fn exactly(sentence: &str) -> Reply {
    Reply {
        stdout: Secret::from(format!("{sentence}\n")),
        stderr: String::new(),
        status: 1,
    }
}

/// A failure on standard output, where docker reads it. The exit status is always 1, because
/// testcontainers takes others for success. The message must not contain [`NOT_FOUND`], which some
/// clients look for anywhere in the text.
fn on_stdout(message: &Message) -> Reply {
    let lines = message
        .lines()
        .replace(NOT_FOUND, "credentials were not found");
    Reply {
        stdout: Secret::from(lines),
        stderr: String::new(),
        status: 1,
    }
}

fn list(hosts: &[(String, String)]) -> Reply {
    let map: Map<String, Value> = hosts
        .iter()
        .map(|(host, username)| (host.clone(), Value::from(username.as_str())))
        .collect();
    // Not `Reply::text`: it cleans text for people, and a program parses this.
    Reply::answer(Secret::from(format!("{}\n", Value::Object(map))))
}
