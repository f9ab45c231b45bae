//! What the callers' requests have in common: how one is put, a credential that is hard to write down, and a failure that is hard to tell.

use keyfob::code::Code;
use keyfob::credential::{AccessToken, Authtype, Credential, Token};
use keyfob::protocol::{Caller, CallerRequest, CredentialRequest, Input, Message, Reply};
use keyfob::time::Timestamp;

use super::readers;

/// A token with everything that a quoted string could trip over.
pub const TOKEN: &str = "a'b\"c\\d$e`f!g#h~i;j&k|l<m>n(o)p{q,r}s[t]*u?v%w^x=y:~z\\n\\u0041##";
pub const END: Timestamp = Timestamp::from_unix(1_767_229_200);

/// A credential that is hard to write down.
pub fn credential(authtype: Option<Authtype>, end: Option<Timestamp>) -> Credential {
    let token = Token {
        access_token: AccessToken::parse(TOKEN).unwrap(),
        issued_at: Timestamp::from_unix(1_767_225_600),
        expires_at: end,
        scope: None,
        username: None,
        repeats_secret: false,
    };
    Credential {
        username: "r\u{f6}bot \"\\".to_owned(),
        username_is_explicit: false,
        authtype,
        targets: Vec::new(),
        depends_on_request: false,
        token,
        published_expiry: end,
        delivered_at: Timestamp::from_unix(1_767_225_600),
    }
}

/// What a caller makes of its arguments, its standard input and `KUBERNETES_EXEC_INFO`. A failure
/// is its reply here; that it is noted is a matter of `command/serve`.
pub fn ask(caller: &Caller, words: &[&str], stdin: &[u8], info: Option<&str>) -> CallerRequest {
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    let request = (caller.read)(&mut Input {
        arguments: &words,
        spec_is_named: false,
        stdin: &mut |_| Ok(keyfob::credential::Secret::new(stdin.to_vec())),
        variable: &|name| {
            info.filter(|_| name == "KUBERNETES_EXEC_INFO")
                .map(str::to_owned)
        },
    });
    match request {
        CallerRequest::Failure(message) => CallerRequest::Reply(Reply::failure(&message)),
        CallerRequest::FailureWith(_, reply) => CallerRequest::Reply(reply),
        other => other,
    }
}

pub fn some_failure() -> Message {
    Message {
        code: Code::ProviderRefused,
        sentence: "no\u{1b}[31m\r\n##[command]credentials not found in native keychain".to_owned(),
        hint: Some("a\nb".to_owned()),
        status: 1,
    }
}

pub fn is_silence(reply: &Reply) -> bool {
    reply.status == 0 && reply.stdout.is_empty() && reply.stderr.is_empty()
}

pub fn assert_failure_on_stderr(reply: &Reply) {
    assert!(reply.stdout.is_empty() && [1, 2].contains(&reply.status));
    readers::told(&reply.stderr);
}

/// Standard output of a reply that is a success.
pub fn given(get: &dyn CredentialRequest, credential: &Credential) -> String {
    let reply = get.reply(credential);
    assert_eq!((reply.status, reply.stderr.as_str()), (0, ""));
    reply.stdout.expose_text().expect("UTF-8").to_owned()
}

/// The host is the one that was written: the same letters, or the same IPv6 address.
pub fn assert_named(host: &str, written: &[u8]) {
    let written = String::from_utf8_lossy(written).to_ascii_lowercase();
    match host.strip_prefix('[') {
        Some(address) => {
            let written = &written[1..written.find(']').expect("a bracket")];
            let (a, b): (std::net::Ipv6Addr, std::net::Ipv6Addr) = (
                address.trim_end_matches(']').parse().unwrap(),
                written.parse().unwrap(),
            );
            assert_eq!(a, b);
        }
        None => assert_eq!(Some(host), written.split(':').next()),
    }
}
