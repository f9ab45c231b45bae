//! docker's server key: the answer repeats it to the letter, and no failure passes for "not found".

use keyfob::protocol::docker::CALLER;
use keyfob::protocol::{CallerRequest, Reply};

use super::readers;
use super::requests::{END, TOKEN, ask, assert_named, credential, given, is_silence, some_failure};

/// docker's server key, for every verb; and the same lines as the hosts of `list`.
pub fn docker(bytes: &[u8]) -> bool {
    let CallerRequest::List(list) = ask(&CALLER, &["list"], bytes, None) else {
        panic!("list lists")
    };
    let hosts: std::collections::BTreeMap<String, String> = bytes
        .split(|byte| *byte == b'\n')
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .map(|line| (line.clone(), line))
        .collect();
    let pairs: Vec<(String, String)> = hosts.into_iter().collect();
    let listed = readers::json((list.reply)(&pairs).stdout.expose_text().expect("UTF-8"));
    let text = |(host, user): (String, String)| (host, readers::Json::Text(user));
    assert_eq!(
        listed,
        readers::Json::Object(pairs.into_iter().map(text).collect())
    );

    if let CallerRequest::Reply(reply) = ask(&CALLER, &["erase"], bytes, None) {
        assert!(is_silence(&reply), "a failing erase breaks skopeo");
    }
    match ask(&CALLER, &["get"], bytes, None) {
        CallerRequest::Credential(get) => {
            let key = std::str::from_utf8(bytes).expect("UTF-8").trim();
            // A scheme in any letters (RFC 3986 §3.1).
            let lower = key.to_ascii_lowercase();
            let bare = lower
                .trim_start_matches("https://")
                .trim_start_matches("http://");
            let hub = ["index.docker.io", "docker.io", "registry-1.docker.io"];
            for target in get.targets() {
                let host = target.host().as_str();
                if !hub.contains(&host) {
                    assert_named(host, bare.split('/').next().unwrap_or_default().as_bytes());
                }
            }
            assert!((1..=6).contains(&get.targets().len()));
            let credential = credential(None, Some(END));
            let answer = readers::json(&given(&*get, &credential));
            assert_eq!(answer.names(), ["ServerURL", "Username", "Secret"]);
            assert_eq!(answer.member("ServerURL").text(), key);
            assert_eq!(answer.member("Username").text(), credential.username);
            assert_eq!(answer.member("Secret").text(), TOKEN);
            assert_docker_told(&get.failure(&some_failure()));
            let not_listed = get.not_listed(&some_failure()).stdout;
            assert_eq!(
                not_listed.expose(),
                b"credentials not found in native keychain\n"
            );
            true
        }
        CallerRequest::Reply(reply) => {
            if reply.stdout.expose() != b"no credentials server URL\n" {
                assert_docker_told(&reply);
            }
            assert_eq!(reply.status, 1);
            false
        }
        _ => panic!("get asks for something else"),
    }
}

/// A failure that no client takes for "not found".
fn assert_docker_told(reply: &Reply) {
    let text = reply.stdout.expose_text().expect("UTF-8");
    readers::told(text);
    assert_eq!((reply.status, reply.stderr.as_str()), (1, ""));
    assert!(!text.contains("credentials not found"), "{text}");
}
