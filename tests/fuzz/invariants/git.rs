//! git's attributes: an accepted request names the very host that git wrote, and each of its possible replies is read back strictly.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use keyfob::credential::Authtype;
use keyfob::protocol::git::CALLER;
use keyfob::protocol::{CallerRequest, CredentialRequest};

use super::readers;
use super::requests::{
    END, TOKEN, ask, assert_failure_on_stderr, assert_named, credential, given, is_silence,
    some_failure,
};

/// The attributes that git's grammar has in these bytes, up to the first blank line; none where it has no such request.
fn attributes(bytes: &[u8]) -> Option<Vec<(&[u8], &[u8])>> {
    let mut attributes = Vec::new();
    for line in bytes.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            break;
        }
        let at = line.iter().position(|byte| *byte == b'=')?;
        if line.contains(&0) || line.contains(&b'\r') {
            return None;
        }
        attributes.push((&line[..at], &line[at + 1..]));
    }
    Some(attributes)
}

/// The last value of a key that is not empty; git's own rule for what comes twice is that the last one counts.
fn last<'a>(attributes: &[(&[u8], &'a [u8])], key: &str) -> Option<&'a [u8]> {
    let mut values = attributes
        .iter()
        .rev()
        .filter(|(name, _)| *name == key.as_bytes());
    values
        .next()
        .map(|(_, value)| *value)
        .filter(|value| !value.is_empty())
}

/// git's attributes, for every operation.
pub fn git(bytes: &[u8]) -> bool {
    for (operation, words) in [
        ("store", ""),
        ("approve", ""),
        (
            "capability",
            "version 0\ncapability authtype\ncapability state\n",
        ),
    ] {
        let CallerRequest::Reply(reply) = ask(&CALLER, &[operation], bytes, None) else {
            panic!("{operation} wants a credential")
        };
        assert_eq!((reply.status, reply.stdout.expose()), (0, words.as_bytes()));
    }
    let read = attributes(bytes);
    if let CallerRequest::Erase {
        targets, presented, ..
    } = ask(&CALLER, &["erase"], bytes, None)
    {
        let attributes = read.as_ref().expect("git's grammar has no such request");
        assert!((1..=2).contains(&targets.len()));
        let password = last(attributes, "password");
        if password.is_some() || last(attributes, "authtype").is_none() {
            let password = password.or(last(attributes, "credential"));
            assert_eq!(presented.as_ref().map(|secret| secret.expose()), password);
        }
    }
    let asked = ask(&CALLER, &["get"], bytes, None);
    let more = [
        bytes,
        b"\n\nprotocol=https\nhost=evil.example\nnonsense\n\0\r",
    ]
    .concat();
    assert_eq!(
        shown(&asked),
        shown(&ask(&CALLER, &["get"], &more, None)),
        "what follows a blank line counts"
    );
    match asked {
        CallerRequest::Credential(get) => {
            assert_git_asked(&*get, &read.expect("git's grammar has no such request"));
            true
        }
        // Whatever becomes of it, there is nothing to be had.
        CallerRequest::OtherScheme(get) => {
            assert!(is_silence(&get.not_listed(&some_failure())));
            assert!(given(&*get, &credential(None, None)).is_empty());
            false
        }
        CallerRequest::Reply(reply) if is_silence(&reply) => false,
        CallerRequest::Reply(reply) => {
            assert_failure_on_stderr(&reply);
            false
        }
        _ => panic!("get asks for something else"),
    }
}

fn assert_git_asked(get: &dyn CredentialRequest, attributes: &[(&[u8], &[u8])]) {
    let [target, others @ ..] = get.targets() else {
        panic!("git names a target")
    };
    assert!(others.len() < 2 && others.iter().all(|other| other.host() == target.host()));
    let host = last(attributes, "host").expect("a host");
    let protocol = last(attributes, "protocol").expect("a protocol");
    assert_named(target.host().as_str(), host);
    assert!(
        target
            .to_string()
            .as_bytes()
            .starts_with(&protocol.to_ascii_lowercase())
    );
    for authtype in [None, Some(Authtype::Basic), Some(Authtype::Bearer)] {
        for end in [None, Some(END)] {
            let credential = credential(authtype, end);
            let reply = readers::git(given(get, &credential).as_bytes());
            let value = |key: &str| {
                let found = reply.iter().find(|(name, _)| name == key);
                found.map(|(_, value)| value.as_str())
            };
            let expiry = value("password_expiry_utc");
            assert_eq!(expiry, end.map(|_| "1767229200"));
            if let Some(state) = value("state[]") {
                assert!(attributes.contains(&(b"capability[]", b"state")));
                assert!(state.starts_with("keyfob:") && !state.contains(TOKEN));
                assert_eq!(value("continue"), Some("1"));
            }
            match value("credential") {
                Some(encoded) => {
                    let capable = attributes.contains(&(b"capability[]", b"authtype"));
                    assert!(capable && value("ephemeral") == Some("1"));
                    if value("authtype") == Some("Bearer") {
                        assert_eq!(encoded, TOKEN);
                        assert_ne!(authtype, Some(Authtype::Basic));
                    } else {
                        assert_eq!(value("authtype"), Some("Basic"));
                        let pair = BASE64_STANDARD.decode(encoded).unwrap();
                        assert!(pair.ends_with(format!(":{TOKEN}").as_bytes()));
                    }
                    assert_eq!((value("password"), value("username")), (None, None));
                }
                None => {
                    let asked = last(attributes, "username");
                    let username = asked.unwrap_or(credential.username.as_bytes());
                    assert_eq!(value("username").map(str::as_bytes), Some(username));
                    assert_eq!(value("password"), Some(TOKEN));
                }
            }
        }
    }
    let failed = get.failure(&some_failure());
    assert_eq!(
        readers::git(failed.stdout.expose()),
        [("quit".to_owned(), "1".to_owned())]
    );
    readers::told(&failed.stderr);
    assert!(is_silence(&get.not_listed(&some_failure())));
}

/// What can be told of a `CallerRequest` without opening it.
fn shown(asked: &CallerRequest) -> String {
    match asked {
        CallerRequest::Credential(get) => format!(
            "{:?} {}",
            get.targets(),
            given(&**get, &credential(None, Some(END)))
        ),
        CallerRequest::Erase { targets, .. } => format!("{targets:?}"),
        CallerRequest::Acknowledge { .. } => "ours".to_owned(),
        CallerRequest::OtherScheme(get) => format!("{:?}", get.targets()),
        CallerRequest::List(_) => "list".to_owned(),
        // `ask` makes a reply of them.
        CallerRequest::Failure(_) | CallerRequest::FailureWith(..) => String::new(),
        CallerRequest::Reply(reply) => format!(
            "{} {} {:?}",
            reply.status,
            reply.stderr,
            reply.stdout.expose()
        ),
    }
}
