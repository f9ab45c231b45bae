//! kubelet's request: whatever it holds, the answer is one that kubelet decodes, in the version that was asked for, and for its own image.

use std::time::Duration;

use keyfob::protocol::CallerRequest;
use keyfob::protocol::kubelet::CALLER;

use super::readers::{self, Json};
use super::requests::{END, TOKEN, ask, assert_failure_on_stderr, credential, given, some_failure};

/// What kubelet makes of an answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Response {
    pub cache_key_type: String,
    /// How long it is kept; `None` is the provider's own time.
    pub cache_duration: Option<Duration>,
    /// Pattern, user name, password.
    pub auth: Vec<(String, String, String)>,
}

/// Reads an answer as kubelet does: the version first, then strictly, with no member that it does not know and none twice
/// (`pkg/credentialprovider/plugin/plugin.go`, whose codec is made with `EnableStrict`).
#[track_caller]
pub fn response(text: &str, version: &str) -> Response {
    let json = readers::json(text);
    assert_eq!(json.member("apiVersion").text(), version);
    assert_eq!(json.member("kind").text(), "CredentialProviderResponse");
    let mut response = Response {
        cache_key_type: json.member("cacheKeyType").text().to_owned(),
        cache_duration: None,
        auth: Vec::new(),
    };
    assert!(["Image", "Registry", "Global"].contains(&response.cache_key_type.as_str()));
    for name in json.names() {
        match (name, json.member(name)) {
            ("apiVersion" | "kind" | "cacheKeyType", _)
            | ("cacheDuration" | "auth", Json::Null) => {}
            ("cacheDuration", Json::Text(text)) => {
                response.cache_duration = Some(go_duration(text));
            }
            ("auth", Json::Object(entries)) => {
                for (pattern, login) in entries {
                    let mut names = login.names();
                    names.sort_unstable();
                    assert_eq!(names, ["password", "username"]);
                    let member = |name: &str| login.member(name).text().to_owned();
                    let entry = (pattern.clone(), member("username"), member("password"));
                    response.auth.push(entry);
                }
            }
            (name, value) => panic!("kubelet drops an answer with {name}: {value:?}"),
        }
    }
    response
}

/// Go's `time.ParseDuration`, in whole seconds: a sign is not wanted here, and a number without a unit is `0` alone.
#[track_caller]
fn go_duration(text: &str) -> Duration {
    let mut seconds = 0;
    let mut rest = text;
    assert!(!rest.is_empty(), "an empty duration");
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit());
        let at = digits.unwrap_or_else(|| panic!("{text:?} has no unit"));
        let number: u64 = rest[..at].parse().expect("a number");
        let unit = match &rest[at..=at] {
            "h" => 3600,
            "m" => 60,
            "s" => 1,
            other => panic!("{other:?} is no unit"),
        };
        seconds += number * unit;
        rest = &rest[at + 1..];
    }
    Duration::from_secs(seconds)
}

/// Whether kubelet takes an answer's entry, or a provider, for this image (`pkg/credentialprovider/keyring.go`, `URLsMatch`): as many labels, each
/// matched by itself, the same port, and a path that begins with the pattern's.
pub fn matches_image(pattern: &str, image: &str) -> bool {
    let parts = |text: &str| {
        let (host, path) = text.split_at(text.find('/').unwrap_or(text.len()));
        let end = host.rfind(']').map_or(0, |at| at + 1);
        let (name, port) = match host[end..].rfind(':') {
            Some(at) => (&host[..end + at], &host[end + at + 1..]),
            None => (host, ""),
        };
        (name.to_owned(), port.to_owned(), path.to_owned())
    };
    let (wanted, image) = (parts(pattern), parts(image));
    let (labels, others) = (wanted.0.split('.'), image.0.split('.'));
    let alike = |(label, other): (&str, &str)| {
        assert!(!label.contains(['?', '\\']), "a glob: {label}");
        label == "*" || label == other
    };
    wanted.0.split('.').count() == image.0.split('.').count()
        && labels.zip(others).all(alike)
        && wanted.1 == image.1
        && image.2.starts_with(&wanted.2)
}

/// A request on standard input.
pub fn kubelet(bytes: &[u8]) -> bool {
    match ask(&CALLER, &[], bytes, None) {
        CallerRequest::Credential(get) => {
            // Half a surrogate in a member that is passed over is nobody's business.
            let Ok(json) = serde_json::from_slice::<serde_json::Value>(bytes) else {
                return false;
            };
            let image = json["image"].as_str().expect("an image");
            let version = json["apiVersion"].as_str().expect("a version");
            assert_eq!(json["kind"], "CredentialProviderRequest");
            assert!((1..=9).contains(&get.targets().len()));
            for end in [None, Some(END)] {
                let credential = credential(None, end);
                let answer = response(&given(&*get, &credential), version);
                // Nobody named the spec.
                assert_eq!(answer.cache_key_type, "Image");
                let longest = if end.is_some() { 600 } else { 0 };
                assert_eq!(answer.cache_duration, Some(Duration::from_secs(longest)));
                let [(pattern, username, password)] = answer.auth.as_slice() else {
                    panic!("{answer:?}")
                };
                assert_eq!((username, password.as_str()), (&credential.username, TOKEN));
                assert!(matches_image(pattern, image), "{pattern} for {image}");
            }
            let none = get.not_listed(&some_failure());
            assert_eq!((none.status, none.stderr.as_str()), (0, ""));
            let none = response(none.stdout.expose_text().expect("UTF-8"), version);
            assert_eq!(none.auth, []);
            assert_eq!(none.cache_duration, Some(Duration::ZERO));
            assert_failure_on_stderr(&get.failure(&some_failure()));
            true
        }
        CallerRequest::Reply(reply) => {
            assert_failure_on_stderr(&reply);
            false
        }
        _ => panic!("a request asks for something else"),
    }
}
