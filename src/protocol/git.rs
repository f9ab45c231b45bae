//! git's credential helper: `get`, `store`, `erase`, `capability`.
//!
//! Specified by gitcredentials(7) and git-credential(1). Lines end with LF. A CR inside a value is
//! an error (CVE-2024-50338, CVE-2024-52006), and so is a request without protocol or host
//! (CVE-2020-11008). Never sends `host` or `protocol`, and sends `authtype` only if git has
//! announced that capability.
//!
//! If git (2.46 and later) announces `state`, the answer includes `continue`. If the server then
//! rejects the token, git asks once more and repeats keyfob's `state[]`, which holds the token's
//! fingerprint.

mod attributes;
mod encoded;

use attributes::{LONGEST_LINE, attributes};
use encoded::{decoded, pre_encoded};

use super::{
    Caller, CallerRequest, Conversation, CredentialRequest, Input, Message, Reply, Until,
    plain_http,
};
use crate::credential::{Authtype, Credential, Secret};
use crate::grant::encode;
use crate::target::{InvalidTarget, Target};

/// The caller's row in `CALLERS`.
pub const CALLER: Caller = Caller {
    name: "git",
    link: "git-credential-keyfob",
    synopsis: "get|store|erase|capability",
    about: "git credential helper",
    operations: &["get", "store", "erase", "capability"],
    takes_a_prompt: false,
    plugin_argument: None,
    owns_stdin: true,
    asked_alone: false,
    conversation: Conversation::once,
    read,
};

fn read(input: &mut Input<'_>) -> CallerRequest {
    let operation = match input.arguments {
        [operation] => operation.as_str(),
        _ => {
            return CallerRequest::Failure(Message::usage(
                "git takes one operation: get, store, erase or capability",
            ));
        }
    };
    match operation {
        "capability" => CallerRequest::Reply(Reply::text(
            "version 0\ncapability authtype\ncapability state\n",
        )),
        "get" | "erase" => request(operation, input).unwrap_or_else(CallerRequest::Failure),
        // `store` has nothing to do; unknown operations are ignored silently (gitcredentials(7)).
        _ => CallerRequest::Reply(Reply::silence()),
    }
}

fn request(operation: &str, input: &mut Input<'_>) -> Result<CallerRequest, Message> {
    let bytes = (input.stdin)(Until::BlankLine)?;
    let attributes = attributes(bytes.expose())?;
    let present = |key: &str| {
        let values = attributes
            .iter()
            .rev()
            .filter(|(name, _)| *name == key.as_bytes());
        let value = values
            .map(|(_, value)| *value)
            .next()
            .filter(|value| !value.is_empty());
        let text = value.map(|value| {
            std::str::from_utf8(value)
                .map_err(|_| Message::malformed(format!("{key} in git's request is not UTF-8")))
        });
        text.transpose()
    };
    let missing = |key: &str| Message::malformed(format!("git's request names no {key}"));
    let protocol = present("protocol")?.ok_or_else(|| missing("protocol"))?;
    if !protocol.eq_ignore_ascii_case("https") && !protocol.eq_ignore_ascii_case("http") {
        // `cert` asks for the passphrase of a key, and `smtp` for a mail account. Another helper is
        // responsible for these, with or without a host.
        return Ok(CallerRequest::Reply(Reply::silence()));
    }
    let host = present("host")?.ok_or_else(|| missing("host"))?;
    if host.contains(['/', '?', '#']) {
        return Err(Message::malformed(
            "the host in git's request holds more than a host",
        ));
    }
    let path = present("path")?.unwrap_or_default().trim_start_matches('/');
    let origin = format!("{protocol}://{host}");
    let target = match Target::with_decoded_path(&origin, path) {
        Ok(target) => target,
        Err(InvalidTarget::PlainHttp) => {
            let https = Target::with_decoded_path(&format!("https://{host}"), path);
            return Ok(https.map_or_else(
                |_| CallerRequest::Reply(Reply::silence()),
                |target| plain_http::of_target(target.as_repository(), Reply::silence, true),
            ));
        }
        // No spec can list the target, so another helper is responsible for it.
        Err(why) if why.is_unlistable() => {
            return Ok(CallerRequest::Reply(Reply::silence()));
        }
        Err(why) => {
            return Err(Message::malformed(format!(
                "git's request names no target: {why}"
            )));
        }
    };
    // git decodes the path of a URL; libgit2 and dulwich do not.
    let encoded = Target::with_encoded_path(&origin, path).ok();
    let targets: Vec<Target> = std::iter::once(target)
        .chain(encoded)
        .map(Target::as_repository)
        .collect();
    if operation == "erase" {
        let username = present("username")?.map(str::to_owned);
        let (user, presented) = match (present("password")?, present("credential")?) {
            (Some(password), _) => (username, Some(Secret::from(password.to_owned()))),
            (None, Some(credential)) => {
                let (user, presented) = decoded(present("authtype")?, credential);
                (username.or(user), Some(presented))
            }
            (None, None) => (username, None),
        };
        return Ok(CallerRequest::Erase {
            targets,
            user,
            presented,
            reply: Reply::silence(),
        });
    }
    // An empty value clears the list.
    let list = |key: &str| {
        let values = attributes
            .iter()
            .filter(|(name, _)| *name == key.as_bytes())
            .map(|(_, value)| *value);
        values.fold(Vec::new(), |mut list, value| {
            if value.is_empty() {
                list.clear()
            } else {
                list.push(value)
            }
            list
        })
    };
    let offers = |scheme: &str| {
        let is_named = |challenge: &&[u8]| {
            let word = challenge.split(|byte| byte.is_ascii_whitespace()).next();
            word.is_some_and(|word| word.eq_ignore_ascii_case(scheme.as_bytes()))
        };
        list("wwwauth[]").iter().any(is_named)
    };
    Ok(CallerRequest::Credential(Box::new(Description {
        knows_authtype: list("capability[]").contains(&b"authtype".as_slice()),
        knows_state: list("capability[]").contains(&b"state".as_slice()),
        refused: list("state[]").into_iter().find_map(refused),
        wants_bearer: offers("bearer") && !offers("basic"),
        takes_basic: offers("basic") || list("wwwauth[]").is_empty(),
        username: present("username")?.map(str::to_owned),
        targets,
    })))
}

/// The prefix of keyfob's entry in `state[]`.
const STATE: &str = "keyfob:";

/// The fingerprint of the rejected token, from an entry of `state[]`.
fn refused(state: &[u8]) -> Option<u64> {
    let fingerprint = std::str::from_utf8(state).ok()?.strip_prefix(STATE)?;
    u64::from_str_radix(fingerprint, 16).ok()
}

/// A request for a credential (git-credential(1)).
struct Description {
    targets: Vec<Target>,
    knows_authtype: bool,
    knows_state: bool,
    refused: Option<u64>,
    wants_bearer: bool,
    takes_basic: bool,
    username: Option<String>,
}

impl Description {
    /// The scheme of a pre-encoded credential; `None` if git needs a user name and a password.
    fn authtype(&self, written: Option<Authtype>) -> Option<Authtype> {
        let offered = match (self.wants_bearer, self.takes_basic) {
            (true, _) => Some(Authtype::Bearer),
            (false, true) => Some(Authtype::Basic),
            (false, false) => None,
        };
        written.or(offered).filter(|_| self.knows_authtype)
    }
}

impl CredentialRequest for Description {
    fn targets(&self) -> &[Target] {
        &self.targets
    }

    fn refused(&self) -> Option<u64> {
        self.refused
    }

    fn user(&self) -> Option<&str> {
        self.username.as_deref()
    }

    fn reply(&self, credential: &Credential) -> Reply {
        let username = credential.username_for(self.username.as_deref());
        let token = &credential.token.access_token;
        let authtype = self.authtype(credential.authtype);
        let basic = match authtype {
            Some(Authtype::Basic) => encode::basic(username, &token.secret(), true).ok(),
            Some(Authtype::Bearer) | None => None,
        };
        let basic = basic.as_ref().and_then(Secret::expose_text);
        let encoded = match authtype {
            Some(Authtype::Bearer) => Some(token.expose()),
            Some(Authtype::Basic) | None => basic.and_then(|basic| basic.strip_prefix("Basic ")),
        };
        let lines = authtype.zip(encoded).map(pre_encoded);
        // git gets the user name and the password, and encodes them itself, if Basic cannot hold
        // the user name or the encoded credential would be too long for a line.
        let fits = |lines: &[&str; 5]| lines.map(str::len).iter().sum::<usize>() < LONGEST_LINE;
        let password = ["username=", username, "\npassword=", token.expose(), "\n"];
        let lines = lines.filter(fits).unwrap_or(password);
        // git is asked to repeat the request only once: after a second rejected token it gives up
        // and sends `erase`.
        let may_ask_again = self.knows_state && self.refused.is_none();
        let begins = if may_ask_again {
            "capability[]=state\n"
        } else {
            ""
        };
        let mut ends = credential.published_expiry.map_or(String::new(), |end| {
            format!("password_expiry_utc={}\n", end.unix())
        });
        if may_ask_again {
            let fingerprint = token.fingerprint();
            ends.push_str(&format!("state[]={STATE}{fingerprint:016x}\ncontinue=1\n"));
        }
        let [one, two, three, four, five] = lines;
        Reply::answer(Secret::joined(&[
            begins, one, two, three, four, five, &ends,
        ]))
    }

    fn not_listed(&self, _: &Message) -> Reply {
        Reply::silence()
    }

    /// After `quit` git asks no other helper and does not prompt. A spec lists the target, so no
    /// other helper is responsible for it. The reason is on standard error.
    fn failure(&self, message: &Message) -> Reply {
        Reply {
            stdout: Secret::from("quit=1\n".to_owned()),
            ..Reply::failure(message)
        }
    }

    /// Another helper may be responsible for the target: git shows the message and asks the next
    /// one.
    fn unknown(&self, message: &Message) -> Reply {
        Reply::failure(message)
    }

    fn shows_stderr(&self) -> bool {
        true
    }

    fn how_to_send_a_path(&self) -> Option<String> {
        let target = self.targets.first()?;
        Some(format!(
            "git config --global credential.{target}.useHttpPath true"
        ))
    }
}
