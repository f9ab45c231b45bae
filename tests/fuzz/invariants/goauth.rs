//! go's URL and the response behind it: what is given is a block as go reads it, for prefixes of that URL alone.

use keyfob::credential::Authtype;
use keyfob::protocol::CallerRequest;
use keyfob::protocol::goauth::CALLER;
use keyfob::target::Pattern;

use super::requests::{
    END, TOKEN, ask, assert_failure_on_stderr, assert_named, credential, given, is_silence,
    some_failure,
};

/// The first line is the URL, what follows is the response.
pub fn goauth(bytes: &[u8]) -> bool {
    let (url, response) = super::first_line(bytes);
    let url = String::from_utf8_lossy(url).into_owned();
    let get = match ask(&CALLER, &[&url], response, None) {
        CallerRequest::Credential(get) => get,
        CallerRequest::Reply(reply) => {
            assert_failure_on_stderr(&reply);
            return false;
        }
        _ => panic!("go asks for a credential and nothing else"),
    };
    // Where no spec is named go never had the token before.
    assert!(get.asks_again_when_refused().is_none());
    assert_failure_on_stderr(&get.failure(&some_failure()));
    assert!(is_silence(&get.not_listed(&some_failure())));
    let [target] = get.targets() else {
        panic!("one URL, one target")
    };
    let host = target.host().as_str();
    let authority = url.trim_start_matches("https://");
    let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
    assert_named(host, authority.as_bytes());

    let mut credential = credential(Some(Authtype::Bearer), Some(END));
    assert!(given(&*get, &credential).is_empty());
    let listed = target.to_string();
    let origin = listed.split('/').take(3).collect::<Vec<_>>().join("/");
    for pattern in [origin.clone(), format!("{origin}/team")] {
        let pattern = Pattern::parse(&pattern).unwrap();
        let fits = pattern.matches(target).is_some();
        credential.targets = vec![pattern];
        let block = given(&*get, &credential);
        assert_eq!(fits, !block.is_empty());
        if !fits {
            continue;
        }
        let header = format!("\n\nAuthorization: Bearer {TOKEN}\n\n");
        let prefixes = block.strip_suffix(&header).expect("a whole block");
        assert!((1..=2).contains(&prefixes.lines().count()));
        for prefix in prefixes.split('\n') {
            assert!(!prefix.is_empty() && !prefix.chars().any(char::is_control));
            assert!(url.starts_with(prefix), "{prefix} is not a prefix of {url}");
        }
    }
    true
}
