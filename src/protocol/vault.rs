//! OpenBao's and Vault's token helper: `get`, `store`, `erase`, for every program that reads `token_helper`.
//!
//! Ruled by <https://openbao.org/docs/commands/token-helper/>. What `get` prints is the token to the last byte: a line break would be part of
//! it. The server is named in the environment alone, and a token is never given on a guess which server is meant.

use super::{Caller, CallerRequest, Conversation, CredentialRequest, Input, Message, Reply, Until};
use crate::code::Code;
use crate::credential::Credential;
use crate::target::{InvalidTarget, Target};

/// The caller's row.
pub const CALLER: Caller = Caller {
    name: "vault",
    link: "vault-token-keyfob",
    words: "get|store|erase",
    about: "token helper for OpenBao and Vault",
    owns_stdin: true,
    asked_alone: false,
    talk: Conversation::once,
    read,
};

/// OpenBao sets both for its helper, to the same address, whatever was set before; Vault sets neither and reads the second.
const ADDRESSES: [&str; 2] = ["BAO_ADDR", "VAULT_ADDR"];

fn read(input: &mut Input<'_>) -> CallerRequest {
    let verb = match input.words {
        [verb] => verb.as_str(),
        _ => "",
    };
    match verb {
        "get" => match address(input) {
            Ok(targets) => CallerRequest::Credential(Box::new(Server { targets })),
            Err(Unnamed::Unlisted) => CallerRequest::Reply(Reply::silence()),
            Err(Unnamed::Failed(told)) => CallerRequest::Reply(Reply::failure(&told)),
        },
        "store" => {
            // Read to its end, so that who writes it is not cut off; looked at by nobody.
            let _ = (input.stdin)(Until::End);
            CallerRequest::Reply(Reply::failure(&Message {
                code: Code::NotSupported,
                sentence: "keyfob makes its tokens itself and stores none".to_owned(),
                hint: Some("there is no need to log in to a server that a spec lists; for another token set BAO_TOKEN or VAULT_TOKEN, which come first".to_owned()),
                status: 1,
            }))
        }
        // What is not ours was never kept.
        "erase" => match address(input) {
            Ok(targets) => CallerRequest::Erase {
                targets,
                user: None,
                presented: None,
                done: Reply::silence(),
            },
            Err(_) => CallerRequest::Reply(Reply::silence()),
        },
        _ => CallerRequest::Reply(Reply::failure(&Message::usage(
            "vault takes one verb: get, store or erase",
        ))),
    }
}

/// Why no target is named.
enum Unnamed {
    /// By an address that no spec can list.
    Unlisted,
    /// By an address that makes no sense.
    Failed(Message),
}

/// The server that the environment names. Where it names none there is no token, were the spec named: the program has a server of its own then.
fn address(input: &Input<'_>) -> Result<Vec<Target>, Unnamed> {
    let told = |sentence: String, hint: &str| {
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
                let sentence = "BAO_ADDR and VAULT_ADDR name two servers, and this program does not say which it means";
                return Err(told(
                    sentence.to_owned(),
                    "unset the one that it does not read",
                ));
            }
            Ok(target) => named = Some(target),
            // A socket, a host off loopback without TLS: somebody else's.
            Err(InvalidTarget::Scheme | InvalidTarget::PlainHttp) => unlisted = true,
            Err(why) => {
                return Err(told(
                    format!("{variable} names no server: {why}"),
                    "write it as https://host:port",
                ));
            }
        }
    }
    match named {
        _ if unlisted => Err(Unnamed::Unlisted),
        Some(target) => Ok(vec![target]),
        None => Err(told(
            "no server is named".to_owned(),
            "set VAULT_ADDR (Vault's `-address` is not told to helpers)",
        )),
    }
}

/// A server that wants a token.
struct Server {
    targets: Vec<Target>,
}

impl CredentialRequest for Server {
    fn targets(&self) -> &[Target] {
        &self.targets
    }

    fn give(&self, credential: &Credential) -> Reply {
        Reply::answer(credential.token.access_token.secret())
    }

    /// No output is no token, and the only helper that there is has nobody to pass on to.
    fn not_mine(&self, _: &Message) -> Reply {
        Reply::silence()
    }

    fn fail(&self, told: &Message) -> Reply {
        Reply::failure(told)
    }
}
