//! How each code is provoked, and with which secret in which wrong place.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use keyfob::error::Code;
use serde_json::json;

use super::{Provoke, asked, inline, spec};
use crate::leaks::{SECRET, TOKEN};
use crate::support::{Answer, free_port};

/// Codes that need no provider, or none that answers.
pub fn without_answer() -> Vec<(Code, Provoke)> {
    let key = format!("-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----\n");
    vec![
        (
            Code::Usage,
            Box::new(|home, _| (home.keyfob(["token", SECRET]), String::new())),
        ),
        (
            Code::Usage,
            Box::new(|home, _| {
                let word = format!("--token={SECRET}");
                (
                    home.keyfob(["kubectl", "--spec", "ci", &word]),
                    String::new(),
                )
            }),
        ),
        (
            Code::SpecInvalid,
            Box::new(|home, url| inline(home, &spec(url, json!(SECRET)))),
        ),
        (
            Code::SpecNotFound,
            Box::new(|home, _| (home.keyfob(["token", "--spec", "nowhere"]), String::new())),
        ),
        (
            Code::ConfigurationUnusable,
            Box::new(|home, _| {
                let broken = format!("{{\"auths\": {{\"a\": \"{SECRET}\" oops");
                home.write("home/.docker/config.json", broken);
                (
                    home.keyfob(["setup", "docker", "--spec", "ci", "--yes"]),
                    String::new(),
                )
            }),
        ),
        (
            Code::SpecUnsafe,
            Box::new(|home, url| {
                let path = home.spec("ci", spec(url, json!(SECRET)).to_string());
                fs::set_permissions(path, fs::Permissions::from_mode(0o666)).unwrap();
                asked(home)
            }),
        ),
        (
            Code::RequestInvalid,
            Box::new(|home, _| {
                let stdin = format!("protocol=https\npassword={SECRET}\n\n");
                (home.keyfob(["git", "get"]), stdin)
            }),
        ),
        (
            Code::TargetNotListed,
            Box::new(|home, _| {
                let info = json!({ "spec": { "cluster": {
                    "server": "https://other.example.com", "config": SECRET } } });
                let mut command = home.keyfob(["kubectl", "--spec", "ci"]);
                command.env("KUBERNETES_EXEC_INFO", info.to_string());
                (command, String::new())
            }),
        ),
        (
            Code::TargetAmbiguous,
            Box::new(|home, url| {
                home.spec("cd", spec(url, json!({ "env": "CANARY" })).to_string());
                let stdin = format!("protocol=https\nhost=git.example.com\npassword={SECRET}\n\n");
                (home.keyfob(["git", "get"]), stdin)
            }),
        ),
        (
            Code::SecretMissing,
            Box::new(|home, url| {
                let path = home.write("values", json!({ "other": SECRET }).to_string());
                inline(home, &spec(url, json!({ "file": path, "pointer": "/a" })))
            }),
        ),
        (
            Code::SecretUnreadable,
            Box::new(|home, url| {
                home.script(
                    "fails",
                    &format!("echo '{SECRET}'; echo '{SECRET}' >&2; exit 3"),
                );
                inline(home, &spec(url, json!({ "command": ["fails", SECRET] })))
            }),
        ),
        (
            Code::SecretUnreadable,
            Box::new(|home, url| {
                let path = home.write("values", format!("{{\"a\": \"{TOKEN}\" {SECRET}"));
                inline(home, &spec(url, json!({ "file": path, "pointer": "/a" })))
            }),
        ),
        (
            Code::SecretUnreadable,
            Box::new(|home, url| {
                let path = home.write("values", format!("{SECRET}\n{SECRET}\n"));
                inline(home, &spec(url, json!({ "file": path })))
            }),
        ),
        (
            Code::KeyInvalid,
            Box::new(move |home, url| {
                let path = home.write("key.pem", &key);
                let jwt = json!({ "jwt": { "alg": "RS256", "key": { "file": path } } });
                let spec = json!({ "provider": "jwt_bearer", "token_url": url, "assertion": jwt });
                inline(home, &spec)
            }),
        ),
        (
            Code::KeyInvalid,
            Box::new(|home, url| {
                let jwk = json!({ "kty": "RSA", "n": SECRET, "e": SECRET, "d": SECRET });
                let path = home.write("key.jwk", jwk.to_string());
                let jwt = json!({ "jwt": { "alg": "RS256", "key": { "file": path } } });
                let spec = json!({ "provider": "jwt_bearer", "token_url": url, "assertion": jwt });
                inline(home, &spec)
            }),
        ),
        (
            Code::CacheUnusable,
            Box::new(|home, _| {
                fs::set_permissions(home.cache(), fs::Permissions::from_mode(0o777)).unwrap();
                (home.keyfob(["forget", "--all"]), String::new())
            }),
        ),
        (
            Code::KeyringUnavailable,
            Box::new(|home, _| {
                let words = ["secret", "--store", "secret-service", "set", "ci"];
                (home.keyfob(words), SECRET.to_owned())
            }),
        ),
        (
            Code::ProviderUnreachable,
            Box::new(|home, _| {
                let proxy = format!(
                    "http://u:{}@127.0.0.1:{}",
                    crate::leaks::percent(SECRET, "", false),
                    free_port()
                );
                home.set("HTTPS_PROXY", proxy);
                inline(
                    home,
                    &spec("https://token.example.com/", json!({ "env": "CANARY" })),
                )
            }),
        ),
        (
            Code::ConnectionSetup,
            Box::new(|home, _| {
                home.set("HTTPS_PROXY", format!("socks5://u:{SECRET}@127.0.0.1"));
                inline(
                    home,
                    &spec("https://token.example.com/", json!({ "env": "CANARY" })),
                )
            }),
        ),
        (
            Code::ConnectionSetup,
            Box::new(|home, _| {
                let path = home.write(
                    "both.pem",
                    format!("-----BEGIN CERTIFICATE-----\n{SECRET}\n"),
                );
                let pair = json!({ "certificate": { "file": path }, "key": { "file": path } });
                let mut spec = spec("https://token.example.com/", json!({ "env": "CANARY" }));
                spec["client_certificate"] = pair;
                inline(home, &spec)
            }),
        ),
        (
            Code::NotSupported,
            Box::new(|home, _| {
                let stdin = format!("{{\"ServerURL\":\"git.example.com\",\"Secret\":\"{TOKEN}\"}}");
                (home.keyfob(["docker", "store"]), stdin)
            }),
        ),
    ]
}

/// The kernel's keyring, where there is one.
pub fn of_the_keyring() -> Vec<(Code, Provoke)> {
    vec![
        (
            Code::SecretTooLarge,
            Box::new(|home, _| {
                let words = ["secret", "--store", "kernel", "set", "leak-too-large"];
                (home.keyfob(words), SECRET.repeat(2000))
            }),
        ),
        (
            Code::KeyringFailed,
            Box::new(|home, url| {
                let place =
                    json!({ "keyring": { "service": "a@b", "user": "c", "store": "kernel" } });
                inline(home, &spec(url, place))
            }),
        ),
    ]
}

/// What a provider answers, so that the code follows; each with what it was sent.
pub fn answered() -> Vec<(Code, Answer)> {
    let said = |code: &str| {
        let words = crate::leaks::forms(SECRET).join(" ");
        json!({ "error": code, "error_description": words, "access_token": TOKEN }).to_string()
    };
    let ended = json!({ "access_token": TOKEN, "expires_at": 1, "scope": SECRET });
    vec![
        (
            Code::ProviderRefused,
            Answer::json(400, said("invalid_client")),
        ),
        (
            Code::RateLimited,
            Answer::json(429, said("slow_down")).header("Retry-After", SECRET),
        ),
        (
            Code::ProviderUnavailable,
            Answer::json(503, said("down")).header("Retry-After", "9"),
        ),
        (
            Code::ProviderNonsense,
            Answer::json(
                200,
                json!({ "access_token": format!("{TOKEN} {SECRET}") }).to_string(),
            ),
        ),
        (
            Code::ProviderNonsense,
            Answer::json(
                200,
                json!({ "access_token": TOKEN, "token_type": SECRET }).to_string(),
            ),
        ),
        (Code::ProviderNonsense, Answer::text(200, SECRET)),
        (Code::TokenExpired, Answer::json(200, ended.to_string())),
        (
            Code::ProviderUnreachable,
            Answer::raw(format!("HTTP/1.1 200 OK\r\n{SECRET}: {TOKEN}")),
        ),
    ]
}
