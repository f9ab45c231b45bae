//! Ids that a provider makes up: one that repeats a secret would carry it into a URL, and from there into messages.

use keyfob::credential::Secret;
use keyfob::grant::Grant;
use keyfob::grant::response::NoToken;
use keyfob::http::Response;
use keyfob::time::Timestamp;
use serde_json::json;

use super::{SECRET, TOKEN};
use crate::support::read_spec;

/// The id in an answer with a new token, or what is said of it.
fn id(id: &str) -> Result<String, String> {
    let headers = json!({ "Authorization": { "bearer": { "env": "ADMIN" } } });
    let url = "https://tokens.example.com/tokens";
    let spec = json!({
        "provider": "http", "url": url, "headers": headers, "json": { "name": { "unique": "keyfob" } },
        "token_pointer": "/key", "expires": { "constant": 3600 },
        "keep": {
            "store": { "keyring": { "user": "minted" } }, "id": "/id",
            "revoke": { "method": "DELETE", "url": url, "headers": headers },
            "list": { "url": url, "headers": headers, "items": "/items", "id": "/id", "name": "/name", "page": 9 },
        },
    });
    let spec = match read_spec(spec.to_string().as_bytes(), &|_| Ok(None)) {
        Ok(spec) => spec,
        Err(why) => panic!("{why}"),
    };
    let Grant::KeptToken(minted) = &spec.grant else {
        panic!("no minted token");
    };
    let answer = Response {
        status: 201,
        headers: Vec::new(),
        body: Secret::from(json!({ "id": id, "key": TOKEN }).to_string()),
    };
    let secrets = [Secret::from(SECRET.to_owned())];
    match minted.parse_created(&answer, Timestamp::from_unix(0), &secrets) {
        Ok((_, id)) => Ok(id),
        Err(NoToken::Nonsense(why)) => Err(why),
        Err(why) => panic!("{why:?}"),
    }
}

#[test]
fn an_id_that_repeats_a_secret_is_put_into_no_url() {
    let refused = Err("the id of the new token repeats a secret".to_owned());
    for text in [SECRET, TOKEN] {
        assert_eq!(id(text), refused);
        assert_eq!(id(&format!("a-{text}-b")), refused);
    }
    // A token may begin with its id.
    for sound in ["7", &TOKEN[..10]] {
        assert_eq!(id(sound).as_deref(), Ok(sound));
    }
}
