//! docker's credential helper: `get`, `store`, `erase`, `list`, `version`; for skopeo, podman, buildah, crane and helm as well.
//!
//! Ruled by <https://github.com/docker/docker-credential-helpers>: a failure is told on standard output with exit status 1, and three
//! sentences are compared to the letter. "Not found" is for registries that no spec lists: for a failure it would make pulls anonymous.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    Caller, CallerRequest, Conversation, CredentialRequest, Input, Listing, Message, Reply, Until,
};
use crate::code::Code;
use crate::credential::{Credential, Secret};
use crate::target::{InvalidTarget, Pattern, Target};

/// The caller's row.
pub const CALLER: Caller = Caller {
    name: "docker",
    link: "docker-credential-keyfob",
    words: "get|store|erase|list|version",
    about: "docker credential helper; for podman, skopeo, buildah, helm as well",
    owns_stdin: true,
    asked_alone: false,
    talk: Conversation::once,
    read,
};

const NOT_FOUND: &str = "credentials not found in native keychain";
/// What to do about a registry that no spec lists.
const NOT_LISTED: &str = "no spec lists this registry: name another helper for it in `credHelpers`, or none, or add it to the `targets` of a spec";
/// Whether a login's password may be dropped.
const STORE: &str = "KEYFOB_STORE";
const NO_SERVER: &str = "no credentials server URL";
/// Docker Hub's names: whichever of them a client says, it means the same registry.
const HUB: [&str; 3] = ["index.docker.io", "docker.io", "registry-1.docker.io"];
/// The name under which docker itself asks for Docker Hub.
const HUB_KEY: &str = "https://index.docker.io/v1/";

fn read(input: &mut Input<'_>) -> CallerRequest {
    let verb = match input.words {
        [verb] => verb.as_str(),
        _ => {
            return CallerRequest::Reply(on_stdout(&Message::usage(
                "docker takes one verb: get, store, erase, list or version",
            )));
        }
    };
    match verb {
        "get" => match server(input) {
            Ok((key, targets)) => CallerRequest::Credential(Box::new(Server { key, targets })),
            Err(Refused::Empty) => CallerRequest::Reply(exactly(NO_SERVER)),
            Err(Refused::Failed(told)) => CallerRequest::Reply(on_stdout(&told)),
        },
        // A failing erase ends skopeo in a stack overflow and breaks `docker logout`: what is not ours was never kept.
        "erase" => match server(input) {
            Ok((_, targets)) => CallerRequest::Erase {
                targets,
                user: None,
                presented: None,
                done: Reply::silence(),
            },
            Err(_) => CallerRequest::Reply(Reply::silence()),
        },
        "list" => CallerRequest::List(Listing {
            name,
            targets,
            reply: list,
            fail: on_stdout,
        }),
        "version" => CallerRequest::Reply(Reply::words(concat!(
            "docker-credential-keyfob (keyfob) ",
            env!("CARGO_PKG_VERSION"),
            "\n"
        ))),
        "store" => store(input),
        _ => CallerRequest::Reply(on_stdout(&Message::usage(
            "docker's verbs are get, store, erase, list and version",
        ))),
    }
}

/// What a login wants to have stored; the password in it is not looked at.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Login {
    #[serde(rename = "ServerURL")]
    server_url: String,
}

fn not_stored(hint: &str) -> Reply {
    on_stdout(&Message {
        code: Code::NotSupported,
        sentence: "keyfob makes its tokens itself and stores no password".to_owned(),
        hint: Some(hint.to_owned()),
        status: 1,
    })
}

/// A login fails with its `store`, unless [`STORE`] says that it need not be kept. A registry that
/// is not ours fails all the same: its password would be gone.
fn store(input: &mut Input<'_>) -> CallerRequest {
    let bytes = (input.stdin)(Until::End).ok();
    let login = bytes.and_then(|bytes| serde_json::from_slice::<Login>(bytes.expose()).ok());
    let targets = login.and_then(|login| registry(login.server_url.trim()).ok());
    let Some(targets) = targets else {
        return CallerRequest::Reply(not_stored(NOT_LISTED));
    };
    let reply = match (input.variable)(STORE).as_deref() {
        None => not_stored(
            "there is no need to log in: a spec lists this registry; KEYFOB_STORE=ignore lets a login succeed all the same",
        ),
        Some("ignore") => Reply {
            stderr: "keyfob: hint: nothing was stored: a spec lists this registry, and keyfob makes its tokens itself\n".to_owned(),
            ..Reply::silence()
        },
        Some(_) => on_stdout(&Message::usage(format!("{STORE} is `ignore` or not set"))),
    };
    CallerRequest::Acknowledge {
        get: Box::new(Stored { targets }),
        erase: false,
        reply,
    }
}

/// A registry whose password is to be stored.
struct Stored {
    targets: Vec<Target>,
}

impl CredentialRequest for Stored {
    fn targets(&self) -> &[Target] {
        &self.targets
    }

    fn give(&self, _: &Credential) -> Reply {
        Reply::silence()
    }

    fn not_mine(&self, _: &Message) -> Reply {
        not_stored(NOT_LISTED)
    }

    fn fail(&self, told: &Message) -> Reply {
        on_stdout(told)
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
    // Clients ask for the same registry with and without scheme; what they then speak is not told here.
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
    let no_target = |why: InvalidTarget| malformed(format!("this is no registry's name: {why}"));
    let target = Target::parse(&format!("https://{bare}")).map_err(|why| {
        if bare.contains("://") {
            no_target(InvalidTarget::Scheme)
        } else {
            no_target(why)
        }
    })?;
    let host = target.host().as_str();
    if HUB.contains(&host) {
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
    let names = HUB.iter();
    let urls = names.flat_map(|name| [format!("https://{name}"), format!("https://{name}/v1")]);
    urls.filter_map(|url| Target::parse(&url).ok()).collect()
}

/// The server key of what an entry of `targets` means. A spec that does not name docker may be for
/// git or for a cluster, which are written as URLs: of these only bare hosts are taken for
/// registries. With a path it is none: docker asks for the host alone, and takes what it has for a
/// path to be for the whole host.
fn name(pattern: &Pattern, names_docker: bool) -> Option<String> {
    if pattern.is_one_host() && hub().iter().any(|target| pattern.fits(target).is_some()) {
        return Some(HUB_KEY.to_owned());
    }
    let registry = names_docker || pattern.is_bare();
    pattern.concrete_host().filter(|_| registry)
}

fn targets(key: &str) -> Vec<Target> {
    registry(key).unwrap_or_default()
}

/// What a client asks for.
struct Server {
    key: String,
    targets: Vec<Target>,
}

impl CredentialRequest for Server {
    fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// There is no expiry in this language, and buildkit keeps what it gets for 4 min 50 s.
    fn least_life(&self) -> std::time::Duration {
        std::time::Duration::from_secs(300)
    }

    fn give(&self, credential: &Credential) -> Reply {
        // Put together by hand: a token knows what it is in JSON, and writing it twice, first to measure it, is a twentieth of a hit.
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

    fn not_mine(&self, _: &Message) -> Reply {
        exactly(NOT_FOUND)
    }

    fn fail(&self, told: &Message) -> Reply {
        on_stdout(told)
    }

    fn passes_on_stderr(&self) -> bool {
        true
    }
}

/// One of the sentences that clients compare to the letter.
fn exactly(sentence: &str) -> Reply {
    Reply {
        stdout: Secret::from(format!("{sentence}\n")),
        stderr: String::new(),
        status: 1,
    }
}

/// A failure in words, where docker reads it. Exit status 1 always: testcontainers takes others for success. A provider's words may not
/// pass for "not found", which some clients look for anywhere in the text.
fn on_stdout(told: &Message) -> Reply {
    let lines = told
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
    // Not `words`, which is for people: a program reads this, to the letter.
    Reply::answer(Secret::from(format!("{}\n", Value::Object(map))))
}
