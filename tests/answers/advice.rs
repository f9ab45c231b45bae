//! What a person is told to check where a provider rejects credentials.

use serde_json::json;

use super::outcome_of;
use crate::support::Answer;

#[test]
fn what_to_check_fits_the_authentication_and_names_the_place_of_the_secret() {
    let refused = Answer::json(401, r#"{"error":"invalid_client"}"#);
    for (more, hint) in [
        (
            json!({}),
            "check `client_id` and the client secret (environment variable SECRET; set SECRET to replace it): has it expired, was it replaced, does this server want basic_raw or client_secret_post?",
        ),
        (
            json!({ "token_endpoint_auth_method": "client_secret_post" }),
            "check `client_id` and the client secret (environment variable SECRET; set SECRET to replace it): has it expired, was it replaced, does this server want client_secret_basic or basic_raw?",
        ),
    ] {
        let outcome = outcome_of(&refused, more);
        assert!(
            outcome
                .output
                .stderr
                .ends_with(&format!("keyfob: hint: {hint}\n")),
            "{}",
            outcome.output.stderr
        );
    }
    let provider = crate::support::Provider::start(|_| Answer::empty(401));
    let mut home = crate::support::Home::new();
    home.set("KEY", "k3y-of-the-request");
    let spec = json!({
        "provider": "http", "url": provider.at("/"), "headers": { "X-Key": { "secret": { "env": "KEY" } } },
    });
    let output = crate::support::run(&mut home.keyfob(["token"]), spec.to_string());
    assert!(
        output
            .stderr
            .ends_with("keyfob: hint: check what the request sends: environment variable KEY; set KEY to replace it\n"),
        "{output:?}"
    );
}
