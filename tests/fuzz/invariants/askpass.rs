//! A prompt: whoever answers it answers for the one host that stands between scheme and path, and never with nothing.

use keyfob::protocol::CallerRequest;
use keyfob::protocol::askpass::CALLER;

use super::requests::{
    TOKEN, ask, assert_failure_on_stderr, assert_named, credential, given, some_failure,
};

/// A prompt, as one word.
pub fn askpass(bytes: &[u8]) -> bool {
    let Ok(prompt) = std::str::from_utf8(bytes) else {
        return false;
    };
    match ask(&CALLER, &[prompt], b"", None) {
        CallerRequest::Credential(get) => {
            let (_, url) = prompt.split_once("://").expect("a URL");
            let url = &url[..url.find(['\'', '"']).expect("the quote ends")];
            // Read from behind: a second `@` would make two readers differ.
            assert!(url.matches('@').count() < 2, "{prompt}");
            let host = url.rsplit('@').next().unwrap_or_default();
            let host = host.split('/').next().unwrap_or_default();
            let [target] = get.targets() else {
                panic!("one prompt, one target")
            };
            assert_named(target.host().as_str(), host.as_bytes());
            let mut credential = credential(None, None);
            let wanted = if prompt.starts_with("Username for ") {
                credential.username.clone()
            } else {
                TOKEN.to_owned()
            };
            assert_eq!(given(&*get, &credential), format!("{wanted}\n"));
            credential.username = " ".to_owned();
            let reply = get.reply(&credential);
            assert!(reply.status == 1 || reply.stdout.expose().len() > 2);
            assert_failure_on_stderr(&get.failure(&some_failure()));
            assert_failure_on_stderr(&get.not_listed(&some_failure()));
            true
        }
        CallerRequest::Reply(reply) => {
            assert_failure_on_stderr(&reply);
            false
        }
        _ => panic!("a prompt asks for something else"),
    }
}
