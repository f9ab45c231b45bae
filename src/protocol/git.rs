//! git's credential helper: `get`, `store`, `erase`, `capability`.
//!
//! Ruled by gitcredentials(7) and git-credential(1). Lines end with LF alone; a CR inside a value is refused (CVE-2024-50338,
//! CVE-2024-52006), and so is a request without protocol or host (CVE-2020-11008). Never answers with `host` or `protocol`,
//! never with `authtype` unless git announced that it knows it.
//!
//! Where git announces `state`, an answer says `continue`: if the server refuses the token, git (2.46 and later)
//! asks once more and repeats our `state[]`, which names the refused token by its fingerprint.

use super::{Ask, Caller, Get, Input, Reply, Talk, Told, Until};
use crate::credential::{Authtype, Credential, Secret};
use crate::target::{NotATarget, Target};

/// The caller's row.
pub const CALLER: Caller = Caller {
    name: "git",
    link: "git-credential-keyfob",
    words: "get|store|erase|capability",
    about: "git credential helper",
    owns_stdin: true,
    hides_failures: false,
    talk: Talk::once,
    read,
};

/// Longest line, its LF included, that git itself writes.
const LONGEST_LINE: usize = 65_535;

fn read(input: &mut Input<'_>) -> Ask {
    let operation = match input.words {
        [operation] => operation.as_str(),
        _ => {
            return Ask::Say(Reply::failure(&Told::usage(
                "git takes one operation: get, store, erase or capability",
            )));
        }
    };
    match operation {
        "capability" => Ask::Say(Reply::words(
            "version 0\ncapability authtype\ncapability state\n",
        )),
        "get" | "erase" => {
            request(operation, input).unwrap_or_else(|told| Ask::Say(Reply::failure(&told)))
        }
        // A generator keeps nothing; and operations that are not known are ignored silently (gitcredentials(7)).
        _ => Ask::Say(Reply::silence()),
    }
}

fn request(operation: &str, input: &mut Input<'_>) -> Result<Ask, Told> {
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
                .map_err(|_| Told::malformed(format!("{key} in git's request is not UTF-8")))
        });
        text.transpose()
    };
    let missing = |key: &str| Told::malformed(format!("git's request names no {key}"));
    let protocol = present("protocol")?.ok_or_else(|| missing("protocol"))?;
    if !protocol.eq_ignore_ascii_case("https") && !protocol.eq_ignore_ascii_case("http") {
        // `cert` asks for a key's passphrase, `smtp` for a mail account: somebody else's, with or without a host.
        return Ok(Ask::Say(Reply::silence()));
    }
    let host = present("host")?.ok_or_else(|| missing("host"))?;
    if host.contains(['/', '?', '#']) {
        return Err(Told::malformed(
            "the host in git's request holds more than a host",
        ));
    }
    let path = present("path")?.unwrap_or_default().trim_start_matches('/');
    let target = match Target::with_decoded_path(&format!("{protocol}://{host}"), path) {
        Ok(target) => target,
        // No spec can list it, so it is somebody else's.
        Err(NotATarget::PlainHttp | NotATarget::Host | NotATarget::Port | NotATarget::Path) => {
            return Ok(Ask::Say(Reply::silence()));
        }
        Err(why) => {
            return Err(Told::malformed(format!(
                "git's request names no target: {why}"
            )));
        }
    };
    if operation == "erase" {
        let presented = present("password")?.or(present("credential")?);
        let presented = presented.map(|password| Secret::from(password.to_owned()));
        return Ok(Ask::Erase {
            targets: vec![target],
            presented,
            done: Reply::silence(),
        });
    }
    // An empty value resets what came before it.
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
        let named = |challenge: &&[u8]| {
            let word = challenge.split(|byte| byte.is_ascii_whitespace()).next();
            word.is_some_and(|word| word.eq_ignore_ascii_case(scheme.as_bytes()))
        };
        list("wwwauth[]").iter().any(named)
    };
    Ok(Ask::Get(Box::new(Description {
        knows_authtype: list("capability[]").contains(&b"authtype".as_slice()),
        knows_state: list("capability[]").contains(&b"state".as_slice()),
        refused: list("state[]").into_iter().find_map(refused),
        wants_bearer: offers("bearer") && !offers("basic"),
        username: present("username")?.map(str::to_owned),
        targets: vec![target],
    })))
}

/// A key and its value.
type Attribute<'a> = (&'a [u8], &'a [u8]);

/// `key=value` lines up to the first blank line or the end. One CR at a line's end is forgiven, for input made by hand.
fn attributes(bytes: &[u8]) -> Result<Vec<Attribute<'_>>, Told> {
    let mut attributes = Vec::new();
    for line in bytes.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            break;
        }
        if line.len() >= LONGEST_LINE {
            return Err(Told::malformed(
                "a line of git's request is longer than 65535 bytes",
            ));
        }
        if line.iter().any(|byte| matches!(byte, b'\r' | 0)) {
            return Err(Told::malformed(
                "git's request holds a carriage return or a NUL inside a value",
            ));
        }
        let at = line.iter().position(|byte| *byte == b'=');
        let (key, value) = at
            .and_then(|at| line.split_at_checked(at))
            .ok_or_else(|| Told::malformed("a line of git's request is no `key=value`"))?;
        attributes.push((key, value.get(1..).unwrap_or_default()));
    }
    Ok(attributes)
}

/// What an entry of `state[]` begins with that is ours.
const STATE: &str = "keyfob:";

/// The fingerprint of the refused token, out of an entry of `state[]`.
fn refused(state: &[u8]) -> Option<u64> {
    let ours = std::str::from_utf8(state).ok()?.strip_prefix(STATE)?;
    u64::from_str_radix(ours, 16).ok()
}

/// What git asks for.
struct Description {
    targets: Vec<Target>,
    knows_authtype: bool,
    knows_state: bool,
    refused: Option<u64>,
    wants_bearer: bool,
    username: Option<String>,
}

impl Get for Description {
    fn targets(&self) -> &[Target] {
        &self.targets
    }

    fn refused(&self) -> Option<u64> {
        self.refused
    }

    fn give(&self, credential: &Credential) -> Reply {
        let token = credential.token.access_token.expose();
        let bearer = match credential.authtype {
            Some(authtype) => authtype == Authtype::Bearer,
            None => self.wants_bearer,
        };
        let name = self.username.as_deref().unwrap_or(&credential.username);
        let mut lines =
            zeroize::Zeroizing::new(String::with_capacity(token.len() + name.len() + 192));
        // Once: a second token that is refused is refused for good, and git says `erase`.
        let may_ask_again = self.knows_state && self.refused.is_none();
        if may_ask_again {
            lines.push_str("capability[]=state\n");
        }
        if bearer && self.knows_authtype {
            // The capability comes first: git reads line by line, and drops `authtype` before it. `ephemeral` keeps other helpers from storing it.
            lines.push_str("capability[]=authtype\nauthtype=Bearer\nephemeral=1\ncredential=");
        } else {
            lines.push_str(&format!("username={name}\npassword="));
        }
        lines.push_str(token);
        lines.push('\n');
        if let Some(end) = credential.published_end {
            lines.push_str(&format!("password_expiry_utc={}\n", end.unix()));
        }
        if may_ask_again {
            let fingerprint = credential.token.access_token.fingerprint();
            lines.push_str(&format!("state[]={STATE}{fingerprint:016x}\ncontinue=1\n"));
        }
        Reply::answer(Secret::new(lines.as_bytes().to_vec()))
    }

    fn not_mine(&self, _: &Told) -> Reply {
        Reply::silence()
    }

    /// `quit` keeps git from asking other helpers and from a prompt: the host is ours and the reason is on the terminal.
    fn fail(&self, told: &Told) -> Reply {
        Reply {
            stdout: Secret::from("quit=1\n".to_owned()),
            stderr: told.lines(),
            status: told.status,
        }
    }
}
