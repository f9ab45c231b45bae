//! kubelet as a caller, without a kubelet: its requests and its strict reading of answers, and the shipped configuration as it would use it.

mod configured;
mod pods;
mod protocol;

use serde_json::json;

use crate::mangled::invariants::{Response, response};
use crate::support::client::{numbering_for as numbering, spec};
use crate::support::{Home, Output, run};

const V1: &str = "credentialprovider.kubelet.k8s.io/v1";

/// A home with the secret and the link.
fn home() -> Home {
    let mut home = Home::new();
    home.link("kubelet-keyfob");
    home.set("TEST_CLIENT_SECRET", "s3cret");
    home
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
