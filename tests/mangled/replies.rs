//! What callers are answered, for any token and any user name, read by readers that were written from the callers' grammars.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use keyfob::credential::{AccessToken, Authtype, Credential};
use keyfob::protocol::{
    Caller, CallerRequest, askpass, aws, bazel, cargo, docker, git, goauth, google, keyring,
    kubelet, kubernetes, pnpm, terraform,
};
use keyfob::target::Pattern;
use keyfob::time::Timestamp;

use super::invariants::{ask, credential, readers, response};
use super::random::Random;
use crate::support::http::basic;

/// The reply to this request with this credential.
fn reply(caller: &Caller, words: &[&str], stdin: &str, credential: &Credential) -> String {
    let CallerRequest::Credential(get) = ask(caller, words, stdin.as_bytes(), None) else {
        panic!("{stdin} is a request")
    };
    let reply = get.reply(credential);
    assert_eq!((reply.status, reply.stderr.as_str()), (0, ""));
    reply.stdout.expose_text().unwrap().to_owned()
}

/// A user name as a spec may have one: no control character, no colon.
fn username(random: &mut Random) -> String {
    let odd = [
        "\u{f6}",
        "\u{4e2d}",
        "\u{1f511}",
        "\"",
        "\\",
        " ",
        "=",
        "\u{a0}",
        "</",
        "'",
        "\u{2028}",
    ];
    let mut name = random.graphic(12).replace(':', ";");
    for _ in 0..random.below(4) {
        name.push_str(random.pick(&odd));
    }
    name
}

#[test]
fn any_token_and_user_name_reach_every_caller_unchanged() {
    let mut random = Random::new(2);
    for round in 0..1500 {
        let end =
            Timestamp::from_unix(1_767_225_600 + i64::try_from(random.below(100_000)).unwrap());
        let end = random.once_in(2).then_some(end);
        let authtype = random.pick(&[None, Some(Authtype::Basic), Some(Authtype::Bearer)]);
        let mut credential = credential(authtype, end);
        let longest = if round % 100 == 0 {
            AccessToken::MAX
        } else {
            60
        };
        let token = random.graphic(longest);
        credential.token.access_token = AccessToken::parse(&token).unwrap();
        credential.username = username(&mut random);

        let capable = random.once_in(2);
        let announced = if capable {
            "capability[]=authtype\n"
        } else {
            ""
        };
        let asked = format!("{announced}protocol=https\nhost=git.example.com\n\n");
        let lines = readers::git(reply(&git::CALLER, &["get"], &asked, &credential).as_bytes());
        let encoded = |authtype: &str, credential: String| {
            vec![
                ("capability[]", "authtype".to_owned()),
                ("authtype", authtype.to_owned()),
                ("ephemeral", "1".to_owned()),
                ("credential", credential),
            ]
        };
        let encoded_pair = BASE64_STANDARD.encode(format!("{}:{token}", credential.username));
        // git reads no longer lines.
        let fits = encoded_pair.len() < 65_000;
        let mut wanted: Vec<(&str, String)> = if capable && authtype == Some(Authtype::Bearer) {
            encoded("Bearer", token.clone())
        } else if capable && fits {
            encoded("Basic", encoded_pair)
        } else {
            vec![
                ("username", credential.username.clone()),
                ("password", token.clone()),
            ]
        };
        wanted.extend(end.map(|end| ("password_expiry_utc", end.unix().to_string())));
        let wanted: Vec<_> = wanted
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect();
        assert_eq!(lines, wanted);

        let json = readers::json(&reply(&kubernetes::CALLER, &[], "", &credential));
        let status = json.member("status");
        assert_eq!(status.member("token").text(), token);
        match end {
            Some(end) => assert_eq!(status.member("expirationTimestamp").text(), end.rfc3339()),
            None => assert_eq!(status.names(), ["token"]),
        }

        let json = readers::json(&reply(
            &docker::CALLER,
            &["get"],
            "registry.example.com",
            &credential,
        ));
        assert_eq!(json.names(), ["ServerURL", "Username", "Secret"]);
        assert_eq!(json.member("Username").text(), credential.username);
        assert_eq!(json.member("Secret").text(), token);

        let uri = r#"{"uri":"https://cache.example.com/a"}"#;
        let json = readers::json(&reply(&bazel::CALLER, &["get"], uri, &credential));
        let header = json.member("headers").member("Authorization");
        let readers::Json::List(values) = header else {
            panic!("not an array of strings")
        };
        let pair = BASE64_STANDARD.encode(format!("{}:{token}", credential.username));
        let value = match authtype {
            Some(Authtype::Basic) => format!("Basic {pair}"),
            _ => format!("Bearer {token}"),
        };
        assert_eq!(*values, [readers::Json::Text(value)]);
        match end {
            Some(end) => assert_eq!(json.member("expires").text(), end.rfc3339()),
            None => assert_eq!(json.names(), ["headers"]),
        }

        let service = "https://pypi.example.com/simple/";
        let words = ["--mode=creds", "--output=json", "get", service];
        let json = readers::json(&reply(&keyring::CALLER, &words, "", &credential));
        assert_eq!(json.names(), ["username", "password"]);
        assert_eq!(json.member("username").text(), credential.username);
        assert_eq!(json.member("password").text(), token);
        let lines = reply(
            &keyring::CALLER,
            &["get", service, "--mode=creds"],
            "",
            &credential,
        );
        assert_eq!(lines, format!("{}\n{token}\n", credential.username));
        let line = reply(&keyring::CALLER, &["get", service, "u"], "", &credential);
        assert_eq!(line, format!("{token}\n"));
        let asked = r#"{"registry":{"index-url":"https://registry.example.com/"},"kind":"get","operation":"read"}"#;
        let json = readers::json(&reply(&cargo::CALLER, &[cargo::PLUGIN], asked, &credential));
        let scheme = match authtype {
            Some(Authtype::Bearer) => "Bearer ",
            _ => "",
        };
        let shown = json.member("Ok").member("token").text();
        assert_eq!(shown, format!("{scheme}{token}"));
        let words = ["get", "registry.example.com"];
        let json = readers::json(&reply(&terraform::CALLER, &words, "", &credential));
        assert_eq!(json.names(), ["token"]);
        assert_eq!(json.member("token").text(), token);

        let url = "https://proxy.example.com/go/@v/list";
        credential.targets = vec![Pattern::parse("proxy.example.com").unwrap()];
        let said = reply(&goauth::CALLER, &[url], "HTTP/1.1 401 X\n\n", &credential);
        let value = match authtype {
            Some(Authtype::Bearer) => format!("Bearer {token}"),
            _ => basic(&credential.username, &token),
        };
        let wanted = format!("https://proxy.example.com\n\nAuthorization: {value}\n\n");
        assert_eq!(said, wanted);
        let prompt = "Password for 'https://git.example.com': ";
        let line = reply(&askpass::CALLER, &[prompt], "", &credential);
        assert_eq!(line, format!("{token}\n"));
        let version = "credentialprovider.kubelet.k8s.io/v1";
        let asked = format!(
            r#"{{"kind":"CredentialProviderRequest","apiVersion":"{version}","image":"a.example.com/x"}}"#
        );
        let answer = reply(&kubelet::CALLER, &[], &asked, &credential);
        let entry = (
            "a.example.com".to_owned(),
            credential.username.clone(),
            token.clone(),
        );
        assert_eq!(response(&answer, version).auth, [entry]);
        let header = reply(&pnpm::CALLER, &[], "", &credential);
        let value = header.strip_suffix('\n').unwrap();
        if authtype == Some(Authtype::Basic) {
            let pair = value.strip_prefix("Basic ").unwrap();
            let pair = String::from_utf8(BASE64_STANDARD.decode(pair).unwrap()).unwrap();
            assert_eq!(
                pair.split_once(':'),
                Some((credential.username.as_str(), token.as_str()))
            );
        } else {
            assert_eq!(value.strip_prefix("Bearer "), Some(token.as_str()));
        }
    }
}

#[test]
fn any_keys_reach_aws_unchanged() {
    let mut random = Random::new(3);
    for _ in 0..500 {
        let mut part = || random.graphic(40).replace(['"', '\\'], "/");
        let (id, key, session) = (part(), part(), part());
        let token = format!(
            r#"{{"AccessKeyId":"{id}","SecretAccessKey":"{key}","SessionToken":"{session}"}}"#
        );
        let end = Timestamp::from_unix(1_767_225_600);
        let mut credential = credential(None, Some(end));
        credential.token.access_token = AccessToken::parse(&token).unwrap();
        let json = readers::json(&reply(&aws::CALLER, &[], "", &credential));
        let names = [
            "Version",
            "AccessKeyId",
            "SecretAccessKey",
            "SessionToken",
            "Expiration",
        ];
        assert_eq!(json.names(), names);
        assert_eq!(json.member("AccessKeyId").text(), id);
        assert_eq!(json.member("SecretAccessKey").text(), key);
        assert_eq!(json.member("SessionToken").text(), session);
        assert_eq!(json.member("Expiration").text(), end.rfc3339());
    }
}

#[test]
fn any_jwt_reaches_google_unchanged_and_nothing_else_does() {
    let mut random = Random::new(4);
    for _ in 0..1500 {
        let mut part = || {
            let text = random.graphic(12);
            if random.once_in(20) {
                return text;
            }
            BASE64_URL_SAFE_NO_PAD.encode(&text)
        };
        let token = [part(), part(), part()].join(".");
        let end = Timestamp::from_unix(1_767_225_600);
        let end = random.once_in(2).then_some(end);
        let mut credential = credential(None, end);
        credential.token.access_token = AccessToken::parse(&token).unwrap();
        let json = readers::json(&reply(&google::CALLER, &[], "", &credential));
        let digit = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        let is_part =
            |part: &str| !part.is_empty() && part.len() % 4 != 1 && part.bytes().all(digit);
        let is_jwt = token.split('.').count() == 3 && token.split('.').all(is_part);
        if is_jwt {
            assert_eq!(json.member("id_token").text(), token);
            assert_eq!(json.names().contains(&"expiration_time"), end.is_some());
        } else {
            assert_eq!(json.member("code").text(), "not-supported");
        }
    }
}

#[test]
fn the_readers_refuse_what_their_grammars_do_not_have() {
    let refuses_json = |text: &str| {
        let text = text.to_owned();
        assert!(
            std::panic::catch_unwind(|| readers::json(&text)).is_err(),
            "{text}"
        );
    };
    for text in [
        "",
        "{",
        "{}x",
        "[1,]",
        "{\"a\":1,\"a\":2}",
        "{\"a\" 1}",
        "{a:1}",
        "'a'",
        "\"a\nb\"",
        "\"\\x\"",
        "\"\\ud800\"",
        "01",
        "1.",
        "+1",
        ".5",
        "nul",
        "\"a",
        "[1 2]",
        "--1",
        "1e",
    ] {
        refuses_json(text);
    }
    for reply in [
        "username=a",
        "username=a\r\n",
        "username=a\0\n",
        "host=a\n",
        "username\n",
        "username=a\nusername=b\n",
        "authtype=Bearer\n",
        "credential=x\ncapability[]=authtype\n",
        "\n",
        "username=a\n\n",
        "quit=1\nprotocol=https\n",
    ] {
        let caught = std::panic::catch_unwind(|| readers::git(reply.as_bytes()));
        assert!(caught.is_err(), "{reply:?}");
    }
    for line in ["a\u{1b}[0m", "##[x]", "\u{202e}", "a\u{9b}"] {
        let caught = std::panic::catch_unwind(|| readers::assert_sober(line));
        assert!(caught.is_err(), "{line:?}");
    }
}
