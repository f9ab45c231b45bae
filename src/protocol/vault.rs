//! The token helper of OpenBao and Vault: `get`, `store`, `erase`, for every program that reads
//! `token_helper`.
//!
//! Specified by <https://openbao.org/docs/commands/token-helper/>. `get` prints the token without a
//! trailing newline, which the program would take for a part of the token. Only the environment
//! names the server. If it is ambiguous, no token is printed.

use super::{
    Caller, CallerRequest, Conversation, CredentialRequest, Input, Message, Reply, Until,
    plain_http,
};
use crate::credential::Credential;
use crate::target::{InvalidTarget, Target};

/// The caller's row in `CALLERS`.
pub const CALLER: Caller = Caller {
    name: "vault",
    link: "vault-token-keyfob",
    synopsis: "get|store|erase",
    about: "token helper for OpenBao and Vault",
    operations: &["get", "store", "erase"],
    takes_a_prompt: false,
    plugin_argument: None,
    owns_stdin: true,
    asked_alone: false,
    conversation: Conversation::once,
    read,
};

/// The variables that name the server. OpenBao sets both to the same address for its helper. Vault
/// sets none, and reads the second.
const ADDRESSES: [&str; 2] = ["BAO_ADDR", "VAULT_ADDR"];

fn read(input: &mut Input<'_>) -> CallerRequest {
    let verb = match input.arguments {
        [verb] => verb.as_str(),
        _ => "",
    };
    match verb {
        "get" => match address(input) {
            Ok(targets) => CallerRequest::Credential(Box::new(Server { targets })),
            Err(Unnamed::Unlisted) => unlisted(input),
            Err(Unnamed::Failed(message)) => CallerRequest::Failure(message),
        },
        "store" => {
            // Standard input is read to its end, so that the program's write does not fail. The
            // token is not used.
            let _ = (input.stdin)(Until::End);
            CallerRequest::Reply(Reply::failure(&Message::stores_nothing(
                "there is no need to log in to a server that a spec lists; for another token set \
                 BAO_TOKEN or VAULT_TOKEN, which come first",
            )))
        }
        // A server that no spec lists has no cached token.
        "erase" => match address(input) {
            Ok(targets) => CallerRequest::erase(targets),
            Err(_) => CallerRequest::Reply(Reply::silence()),
        },
        _ => CallerRequest::Failure(Message::usage("vault takes one verb: get, store or erase")),
    }
}

/// The request for an address that no spec can list: over plain http, or none.
fn unlisted(input: &Input<'_>) -> CallerRequest {
    let mut named = ADDRESSES.iter().filter_map(|name| (input.variable)(name));
    let request = named.find_map(|url| plain_http::request(&url, Reply::silence, false));
    request.unwrap_or_else(|| CallerRequest::Reply(Reply::silence()))
}

/// Why there is no target.
enum Unnamed {
    /// No spec can list the address.
    Unlisted,
    /// The address is not valid, ambiguous or missing.
    Failed(Message),
}

/// The server that the environment names.
///
/// If it names none there is no token, even if a spec is named: the program then uses a server that
/// keyfob does not know.
fn address(input: &Input<'_>) -> Result<Vec<Target>, Unnamed> {
    let failed = |sentence: String, hint: &str| {
        Unnamed::Failed(Message {
            hint: Some(hint.to_owned()),
            ..Message::malformed(sentence)
        })
    };
    let mut named: Option<Target> = None;
    let mut unlisted = false;
    for variable in ADDRESSES {
        let Some(text) = (input.variable)(variable).filter(|text| !text.is_empty()) else {
            continue;
        };
        match Target::parse(&text) {
            Ok(target) if named.as_ref().is_some_and(|other| *other != target) => {
                let sentence = "BAO_ADDR and VAULT_ADDR name two servers, and this program does \
                                not say which it means";
                return Err(failed(
                    sentence.to_owned(),
                    "unset the one that it does not read",
                ));
            }
            Ok(target) => named = Some(target),
            // A socket, or plain http to another machine: no spec can list these.
            Err(InvalidTarget::Scheme | InvalidTarget::PlainHttp) => unlisted = true,
            Err(why) => {
                return Err(failed(
                    format!("{variable} names no server: {why}"),
                    "write it as https://host:port",
                ));
            }
        }
    }
    match named {
        _ if unlisted => Err(Unnamed::Unlisted),
        Some(target) => Ok(vec![target]),
        None => Err(failed(
            "no server is named".to_owned(),
            "set VAULT_ADDR (Vault does not pass its `-address` to helpers)",
        )),
    }
}

/// A request for the token of a server.
struct Server {
    targets: Vec<Target>,
}

impl CredentialRequest for Server {
    fn targets(&self) -> &[Target] {
        &self.targets
    }

    fn reply(&self, credential: &Credential) -> Reply {
        Reply::answer(credential.token.access_token.secret())
    }

    /// No output means that there is no token; the program has no other helper.
    fn not_listed(&self, _: &Message) -> Reply {
        Reply::silence()
    }

    fn failure(&self, message: &Message) -> Reply {
        Reply::failure(message)
    }
}
