//! `{:?}`: every public type that can hold a secret is made with one and printed; and what the source derives is read.

use keyfob::credential::{AccessToken, Credential, Secret, Token};
use keyfob::error::{Code, Error};
use keyfob::grant::endpoint::{BodyForm, ClientAuthentication, TokenEndpoint};
use keyfob::grant::kept_token::record::{CurrentToken, Record};
use keyfob::grant::response::{ResponseFormat, TokenLocation};
use keyfob::grant::static_token::StaticToken;
use keyfob::grant::template::{Body, Json, Slot, Template};
use keyfob::grant::token_request::{Parameter, TokenRequest};
use keyfob::grant::url::Url;
use keyfob::grant::{Grant, encode, token_exchange};
use keyfob::http::{ClientCertificate, Method, Request, Response, Transport};
use keyfob::protocol::Reply;
use keyfob::run::Outcome;
use keyfob::source::Text;
use keyfob::target::Endpoint;
use keyfob::time::Timestamp;
use keyfob::world::cache::{Entry, StoredToken};

use super::{SECRET, holds_none};
use crate::house::sources;

fn secret() -> Secret {
    Secret::from(SECRET.to_owned())
}

fn token() -> Token {
    Token {
        access_token: AccessToken::parse(SECRET).unwrap(),
        issued_at: Timestamp::from_unix(0),
        expires_at: None,
        scope: None,
        username: None,
        repeats_secret: false,
    }
}

fn reading() -> ResponseFormat {
    ResponseFormat {
        token: TokenLocation::At(keyfob::grant::response::Location::Pointer(
            "/access_token".to_owned(),
        )),
        username: None,
        expiry_rules: Vec::new(),
        retry_header: None,
        limits: Vec::new(),
        token_types: Vec::new(),
        require: Vec::new(),
    }
}

fn endpoint() -> Endpoint {
    Endpoint::parse("https://token.example.com/token").unwrap()
}

fn template() -> Template<Secret> {
    Template {
        method: Method::Post,
        url: Url::Written(endpoint()),
        headers: vec![
            ("a".to_owned(), Slot::Secret(secret())),
            ("b".to_owned(), Slot::Bearer(secret())),
            ("c".to_owned(), Slot::Basic("user".to_owned(), secret())),
        ],
        body: Body::Json(Json::Object(vec![("d".to_owned(), Json::Secret(secret()))])),
        aws: None,
        repeatable: false,
    }
}

fn at(authentication: ClientAuthentication<Secret>) -> TokenEndpoint<Secret> {
    TokenEndpoint {
        url: endpoint(),
        client_id: Some(Text::Written("the-client".to_owned())),
        authentication,
        body: BodyForm::Form,
    }
}

fn grants() -> Vec<Grant<Secret>> {
    let exchange = TokenRequest {
        grant: &token_exchange::GRANT,
        endpoint: at(ClientAuthentication::Basic(secret())),
        parameters: vec![("subject_token".to_owned(), Parameter::Token(secret()))],
        response_format: reading(),
    };
    let stored = StaticToken {
        token: secret(),
        metadata: None,
        response_format: reading(),
    };
    vec![
        Grant::OAuth(exchange),
        Grant::Http(template(), reading()),
        Grant::StaticToken(stored),
    ]
}

fn kept() -> StoredToken {
    StoredToken {
        token: token(),
        renew_at: Timestamp::from_unix(0),
        use_until: Timestamp::from_unix(0),
    }
}

#[track_caller]
fn shows_nothing(value: &dyn std::fmt::Debug) {
    let bytes: Vec<String> = SECRET.bytes().map(|byte| byte.to_string()).collect();
    for shown in [format!("{value:?}"), format!("{value:#?}")] {
        holds_none("debug", &shown, &[SECRET]);
        let listed = shown.replace(['\n', ' '], "").replace(",]", "]");
        assert!(!listed.contains(&bytes.join(",")), "{shown}");
    }
}

#[test]
fn whatever_holds_a_secret_does_not_show_it_when_it_is_debugged() {
    shows_nothing(&secret());
    shows_nothing(&Secret::joined(&["Bearer ", SECRET]));
    shows_nothing(&Secret::json(SECRET, "\n"));
    shows_nothing(&AccessToken::parse(SECRET).unwrap());
    shows_nothing(&token());
    shows_nothing(&Credential {
        username_is_explicit: true,
        depends_on_request: false,
        targets: Vec::new(),
        username: "user".to_owned(),
        authtype: None,
        token: token(),
        published_expiry: None,
        delivered_at: Timestamp::from_unix(0),
    });
    for grant in grants() {
        shows_nothing(&grant);
        shows_nothing(&grant.request(Timestamp::from_unix(0)).unwrap());
    }
    shows_nothing(&template());
    shows_nothing(&Request {
        method: Method::Post,
        endpoint: endpoint(),
        headers: vec![("authorization".to_owned(), secret())],
        body: Some(secret()),
        repeatable: true,
    });
    shows_nothing(&Response {
        status: 200,
        headers: vec![("x-token".to_owned(), SECRET.to_owned())],
        body: secret(),
    });
    shows_nothing(&Transport {
        client_certificate: Some(ClientCertificate {
            chain: secret(),
            key: secret(),
        }),
        ..Transport::default()
    });
    shows_nothing(&kept());
    shows_nothing(&Entry {
        stored: Some(kept()),
        ..Entry::default()
    });
    shows_nothing(&Record {
        current: Some(CurrentToken {
            token: token(),
            id: "1".to_owned(),
        }),
        ..Record::default()
    });
    shows_nothing(&Reply::answer(secret()));
    shows_nothing(&Outcome::Reply(Reply::answer(secret())));
    shows_nothing(&keyfob::command::run::Exec {
        program: "true".into(),
        arguments: Vec::new(),
        variable: "KEYFOB_TOKEN".to_owned(),
        value: secret(),
    });
    let unsendable = encode::basic("the:client", &secret(), true).err();
    shows_nothing(&unsendable);
    let why = AccessToken::parse(&format!("{SECRET} ")).err();
    shows_nothing(&why);
    shows_nothing(&Error::new(
        Code::SecretUnreadable,
        why.unwrap().to_string(),
    ));
}

/// Words in the names of fields whose values are secrets.
const WORDS: [&str; 9] = [
    "token",
    "secret",
    "password",
    "key",
    "assertion",
    "credential",
    "body",
    "value",
    "answer",
];

/// Fields of that name that hold none, and what they hold.
const HARMLESS: &[(&str, &str, &str)] = &[
    ("world/cache/entry.rs", "key", "a digest: the entry's name"),
    (
        "obtain/preview.rs",
        "body",
        "made with placeholders, and never with a secret",
    ),
];

/// `name: type` of each field of every type that derives `Debug`.
fn debugged_fields(code: &str) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    for after in code.split("#[derive(").skip(1) {
        let (derived, item) = after.split_once(")]").unwrap_or_default();
        if !derived.split(',').any(|name| name.trim() == "Debug") {
            continue;
        }
        let end = item.find("\n}\n").unwrap_or(item.len());
        let first = item.find(";\n").unwrap_or(item.len());
        for line in item[..end.min(first)].lines() {
            let line = line.trim().trim_end_matches(',');
            let line = line.strip_prefix("pub ").unwrap_or(line);
            if let Some((name, kind)) = line.split_once(": ") {
                fields.push((name.to_owned(), kind.to_owned()));
            }
        }
    }
    fields
}

#[test]
fn nothing_that_derives_debug_has_a_plain_text_where_a_secret_would_be() {
    let plain = [
        "String",
        "Vec<u8>",
        "OsString",
        "Option<String>",
        "Option<Vec<u8>>",
        "Value",
    ];
    let (mut fields, mut harmless) = (0, 0);
    for source in sources() {
        for (name, kind) in debugged_fields(&source.code()) {
            fields += 1;
            let names_one = WORDS
                .iter()
                .any(|word| name.split('_').any(|part| part == *word));
            if !names_one || !plain.contains(&kind.as_str()) {
                continue;
            }
            let known = HARMLESS
                .iter()
                .any(|(path, field, _)| *path == source.path && *field == name);
            assert!(
                known,
                "{}: `{name}: {kind}` is shown by {{:?}}",
                source.path
            );
            harmless += 1;
        }
    }
    assert!(
        fields > 100,
        "{fields} fields: this test has lost sight of them"
    );
    assert_eq!(
        harmless,
        HARMLESS.len(),
        "a field is in the list and not there"
    );
}

#[test]
fn a_field_with_a_secrets_name_is_seen() {
    let code = "#[derive(Debug, Clone)]\npub struct A {\n    pub client_secret: String,\n}\n";
    assert_eq!(
        debugged_fields(code),
        [("client_secret".to_owned(), "String".to_owned())]
    );
    assert_eq!(
        debugged_fields("#[derive(Clone)]\nstruct A {\n    key: String,\n}\n"),
        []
    );
}
