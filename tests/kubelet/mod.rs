//! kubelet as a caller, without a kubelet: its requests and its strict reading of answers, and the shipped configuration as it would use it.

mod configured;
mod protocol;

use serde_json::{Value, json};

use crate::mangled::invariants::{Response, response};
use crate::support::{Answer, Home, Output, Provider, run};

const V1: &str = "credentialprovider.kubelet.k8s.io/v1";

/// A spec for `provider` and these targets; the secret is in the environment of [`home`].
fn spec(provider: &Provider, targets: &[&str]) -> Value {
    json!({
        "provider": "client_credentials",
        "token_url": provider.at("/token"),
        "client_id": "id",
        "client_secret": {"env": "TEST_CLIENT_SECRET"},
        "targets": targets,
    })
}

/// A home with the secret and the link.
fn home() -> Home {
    let mut home = Home::new();
    home.link("kubelet-keyfob");
    home.set("TEST_CLIENT_SECRET", "s3cret");
    home
}

/// A token server whose tokens are `token-1`, `token-2`, … and live so many seconds.
fn numbering(life: u64) -> Provider {
    Provider::start(move |request| Answer::token(&format!("token-{}", request.number), life))
}

fn request(version: &str, image: &str) -> String {
    json!({"kind": "CredentialProviderRequest", "apiVersion": version, "image": image}).to_string()
}

/// The link with a request for this image.
fn pull(home: &Home, image: &str) -> Output {
    let link = home.bin().join("kubelet-keyfob");
    run(&mut home.command_at(&link), request(V1, image))
}

/// What kubelet makes of an answer that must be one.
#[track_caller]
fn read(output: &Output) -> Response {
    assert_eq!(output.stderr, "");
    response(output.answer(), V1)
}

/// The entries of an answer.
fn entries(entries: &[(&str, &str)]) -> Vec<(String, String, String)> {
    let entry = |(pattern, token): &(&str, &str)| {
        (
            (*pattern).to_owned(),
            "oauth2".to_owned(),
            (*token).to_owned(),
        )
    };
    entries.iter().map(entry).collect()
}
