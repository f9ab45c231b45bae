//! The client that most tests use: `client_credentials` with the secret `s3cret` in `TEST_CLIENT_SECRET`.

use serde_json::{Value, json};

use super::{Answer, Provider};

/// The variable that holds the client's secret.
pub const SECRET_VARIABLE: &str = "TEST_CLIENT_SECRET";

/// A spec whose tokens the provider issues at `/token`, for these targets.
pub fn spec(provider: &Provider, targets: &[&str]) -> Value {
    json!({
        "provider": "client_credentials",
        "token_url": provider.at("/token"),
        "client_id": "id",
        "client_secret": {"env": SECRET_VARIABLE},
        "targets": targets,
    })
}

/// A provider whose tokens are numbered, `token-1` first, and live for an hour.
pub fn numbering() -> Provider {
    numbering_for(3600)
}

/// The same with another life, in seconds.
pub fn numbering_for(life: u64) -> Provider {
    Provider::start(move |request| Answer::token(&format!("token-{}", request.number), life))
}
