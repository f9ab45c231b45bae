//! A provider's answer: what is taken for a token can be handed on anywhere, and what is said of a refusal is one sober line without a
//! secret in it.
//!
//! The bytes are an answer as one would write it down: the status, header fields, a blank line, the body.

use keyfob::credential::{AccessToken, Secret};
use keyfob::grant::response::{self, Location, NoToken, ResponseFormat, TokenLocation};
use keyfob::http::Response;
use keyfob::time::{ExpiryRule, Timestamp};

use super::first_line;
use super::readers::assert_sober;

/// What was sent: one in which every encoding can be told from every other, and one of words.
pub const SECRETS: [&str; 2] = [
    "s3cret/of+the?client&=~*\"x",
    "correct horse battery staple",
];
/// 2026-01-01T00:00:00Z.
const ASKED_AT: Timestamp = Timestamp::from_unix(1_767_225_600);
const TEN_YEARS: i64 = 315_576_000;

/// Status, header fields, body; a status that is no number is 200.
fn parsed(bytes: &[u8]) -> Response {
    let (status, mut rest) = first_line(bytes);
    let status = std::str::from_utf8(status)
        .ok()
        .and_then(|status| status.trim().parse().ok());
    let mut headers = Vec::new();
    loop {
        let (line, behind) = first_line(rest);
        rest = behind;
        let line = String::from_utf8_lossy(line);
        match line.trim_end_matches('\r').split_once(':') {
            Some((name, value)) => {
                headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
            }
            None => break,
        }
    }
    Response {
        status: status.unwrap_or(200),
        headers,
        body: Secret::new(rest.to_vec()),
    }
}

fn readings() -> [ResponseFormat; 8] {
    let pointer = |at: &str| at.to_owned();
    let seconds = |at: &str| ExpiryRule::Seconds {
        at: at.to_owned(),
        relative_to: Some("/issued_at".to_owned()),
    };
    [
        ResponseFormat {
            token: TokenLocation::At(Location::Pointer(pointer("/access_token"))),
            expiry_rules: vec![
                ExpiryRule::Seconds {
                    at: pointer("/expires_in"),
                    relative_to: None,
                },
                ExpiryRule::Jwt,
            ],
            username: None,
            retry_header: None,
            limits: Vec::new(),
            token_types: Vec::new(),
            require: Vec::new(),
        },
        ResponseFormat {
            token: TokenLocation::At(Location::Pointer(pointer("/data/token"))),
            expiry_rules: vec![
                seconds("/data/ttl"),
                ExpiryRule::Epoch(pointer("/data/expires_on")),
                ExpiryRule::Date {
                    at: pointer("/data/expires_at"),
                    utc: false,
                },
                ExpiryRule::Constant(1800),
            ],
            username: None,
            retry_header: Some("x-ratelimit-reset".to_owned()),
            limits: Vec::new(),
            token_types: Vec::new(),
            require: Vec::new(),
        },
        ResponseFormat {
            token: TokenLocation::At(Location::Pointer(String::new())),
            expiry_rules: vec![ExpiryRule::Never],
            username: None,
            retry_header: None,
            limits: Vec::new(),
            token_types: Vec::new(),
            require: Vec::new(),
        },
        ResponseFormat {
            token: TokenLocation::Parts(
                ["AccessKeyId", "SecretAccessKey", "SessionToken"]
                    .map(|name| {
                        (
                            name.to_owned(),
                            Location::Pointer(format!("/Credentials/{name}")),
                        )
                    })
                    .to_vec(),
            ),
            expiry_rules: vec![ExpiryRule::Epoch(pointer("/Credentials/Expiration"))],
            username: None,
            retry_header: None,
            limits: Vec::new(),
            token_types: Vec::new(),
            require: Vec::new(),
        },
        place(Location::Text, None),
        place(Location::Header("x-subject-token".to_owned()), None),
        place(Location::Basic(pointer("/data/token")), None),
        place(
            Location::Element("Credentials".to_owned()),
            Some(Location::Element("Name".to_owned())),
        ),
    ]
}

fn place(token: Location, username: Option<Location>) -> ResponseFormat {
    ResponseFormat {
        token: TokenLocation::At(token),
        username,
        expiry_rules: vec![ExpiryRule::Element {
            name: "Expiration".to_owned(),
            utc: false,
        }],
        retry_header: None,
        limits: Vec::new(),
        token_types: Vec::new(),
        require: Vec::new(),
    }
}

/// A provider's answer.
pub fn answer(bytes: &[u8]) -> bool {
    let answer = parsed(bytes);
    let secrets = SECRETS.map(|secret| Secret::from(secret.to_owned()));
    let mut accepted = false;
    for response_format in readings() {
        match response::parse_token(&answer, &response_format, ASKED_AT, &secrets) {
            Ok(token) => {
                accepted = true;
                assert!((200..300).contains(&answer.status));
                let text = token.access_token.expose();
                assert!(text.bytes().all(|b| b.is_ascii_graphic()), "{text:?}");
                assert!((1..=AccessToken::MAX).contains(&text.len()));
                assert_eq!(token.issued_at, ASKED_AT);
                if let Some(end) = token.expires_at {
                    assert!(end.unix() - ASKED_AT.unix() <= TEN_YEARS, "{end}");
                }
                token.scope.iter().for_each(|scope| assert_excerpt(scope));
                if let Some(name) = &token.username {
                    assert!((1..=512).contains(&name.len()) && !name.contains(':'));
                    assert!(!name.contains(char::is_control), "{name:?}");
                }
            }
            Err(NoToken::Refused(refusal)) => {
                assert_eq!(refusal.status, answer.status);
                for text in [&refusal.code, &refusal.text, &refusal.request_id]
                    .into_iter()
                    .flatten()
                {
                    assert_excerpt(text);
                    assert!(!text.is_empty());
                }
                assert_sober(&refusal.to_string());
                assert!(refusal.retry_after.unwrap_or_default().as_secs() <= 3600);
            }
            Err(
                NoToken::Nonsense(why)
                | NoToken::Unusable(why)
                | NoToken::TokenType(why, _)
                | NoToken::NoUsername(why)
                | NoToken::Vetoed(why)
                | NoToken::UnreadableExpiry(why, _),
            ) => {
                assert_sober(&why);
                assert_tells_no_secret(&why);
            }
            Err(NoToken::Rotated) => unreachable!("only who knows the request can tell"),
        }
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        assert_excerpt(&response::sanitise(text, &secrets));
        if text.len() < 1024 {
            let around = format!("{text}{}{text}{}{text}", SECRETS[0], SECRETS[1]);
            assert_excerpt(&response::sanitise(&around, &secrets));
        }
    }
    accepted
}

/// Asserts one sober line of at most 300 characters and an ellipsis, without a secret.
fn assert_excerpt(text: &str) {
    assert_sober(text);
    let length = text.chars().count();
    assert!(
        length <= 300 || (length == 301 && text.ends_with('…')),
        "{length} characters"
    );
    assert_eq!(text, text.trim());
    assert_tells_no_secret(text);
}

/// Asserts that none of [`SECRETS`] stands in it: as it is, percent-encoded, escaped, in base64 or hexadecimal, or its first half.
pub fn assert_tells_no_secret(text: &str) {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    let percent = |secret: &str, lower: bool| -> String {
        let encoded = secret.bytes().map(|byte| match byte {
            byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            byte if lower => format!("%{byte:02x}"),
            byte => format!("%{byte:02X}"),
        });
        encoded.collect()
    };
    for secret in SECRETS {
        for form in [
            secret.to_owned(),
            secret[..secret.len() / 2].to_owned(),
            percent(secret, true),
            percent(secret, false),
            secret.replace('"', "\\\""),
            secret.replace(' ', "+"),
            STANDARD.encode(secret),
            STANDARD.encode(format!("id:{secret}")),
            URL_SAFE_NO_PAD.encode(secret),
            secret.bytes().map(|byte| format!("{byte:02x}")).collect(),
        ] {
            assert!(!text.contains(&form), "{form} is told in {text:?}");
        }
    }
}
