//! Google's libraries as callers: executable-sourced credentials word by word, and google-auth against a token exchange on loopback.

mod file;
mod gcloud;
mod protocol;
mod real;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::{Answer, Home, Output, Provider, run};

const GOOGLE: [&str; 3] = ["google", "--spec", "my-identity"];
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";

fn spec(provider: &Provider) -> Value {
    json!({
        "provider": "client_credentials",
        "token_url": provider.at("/token"),
        "client_id": "id",
        "client_secret": {"env": "TEST_CLIENT_SECRET"},
        "token_pointer": "/id_token",
    })
}

fn home(spec: &Value) -> Home {
    let mut home = Home::new();
    home.set("TEST_CLIENT_SECRET", "s3cret");
    home.spec("my-identity", spec.to_string());
    home
}

/// A JWT about this number; nobody checks its signature.
fn jwt(number: usize) -> String {
    let part = |text: String| BASE64_URL_SAFE_NO_PAD.encode(text);
    let header = part(r#"{"alg":"RS256"}"#.to_owned());
    format!("{header}.{}.c2ln", part(format!(r#"{{"sub":"{number}"}}"#)))
}

/// Identity tokens that live so many seconds.
fn numbering(life: u64) -> Provider {
    Provider::start(move |request| {
        let answer = json!({"id_token": jwt(request.number), "expires_in": life});
        Answer::json(200, answer.to_string())
    })
}

/// The object on standard output, and not a byte elsewhere.
#[track_caller]
fn said(output: &Output) -> Value {
    assert_eq!(output.stderr, "");
    assert!(output.answer().ends_with("}\n"));
    assert_eq!(output.json()["version"], 1);
    output.json()
}

#[track_caller]
fn ask(home: &Home) -> Value {
    said(&run(&mut home.keyfob(GOOGLE), ""))
}

/// A failure as all libraries read it: text in `code` and `message`, and a `token_type`.
#[track_caller]
fn fails(answer: &Value, code: &str, words: &str) {
    assert_eq!(answer["success"], false, "{answer}");
    assert_eq!(answer["code"], code, "{answer}");
    let message = answer["message"].as_str().unwrap();
    assert!(message.contains(words), "{message}");
    assert!(answer["token_type"].is_string());
    assert!(answer.get("id_token").is_none());
}
