//! What the tool would be told: its reply, made by the caller's request, with `[token]`.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::facts::Told;
use crate::command::credential;
use crate::credential::{AccessToken, Token};
use crate::find::LoadedSpec;
use crate::obtain::Resolved;
use crate::protocol::CredentialRequest;
use crate::time::Timestamp;
use crate::world::inspection::Explaining;

/// What stands for the token.
const TOKEN: &str = "[token]";

/// What the tool would be told. The token is the cached one's or a new one, as `[token]`.
pub(super) fn told(
    world: &dyn Explaining,
    loaded: &LoadedSpec,
    resolved: &Resolved<'_>,
    request: Option<&dyn CredentialRequest>,
) -> Option<Told> {
    let cached = world.cached(resolved.key()).and_then(|entry| entry.stored);
    let provider = resolved.provider().ok()?;
    let placeholder = AccessToken::parse(TOKEN).ok()?;
    let token = match cached {
        Some(stored) => Token {
            access_token: placeholder,
            ..stored.token
        },
        None => Token {
            access_token: placeholder,
            issued_at: world.now(),
            expires_at: None,
            scope: None,
            username: provider.username.clone(),
            repeats_secret: false,
        },
    };
    let from = match (loaded.spec.username_is_explicit, &token.username) {
        (true, _) => "spec",
        (false, Some(_)) => "provider",
        (false, None) => "default",
    };
    let own = LoadedSpec {
        name: loaded.name.clone(),
        spec: loaded.spec.clone(),
    };
    let credential = credential(world, own, token);
    let reply = request.map(|request| request.reply(&credential).stdout);
    let reply = reply.and_then(|reply| reply.expose_text().map(str::to_owned));
    let pair = format!("{}:{TOKEN}", credential.username);
    let encoded = BASE64_STANDARD.encode(&pair);
    let reply = reply.map(|reply| reply.replace(&encoded, &format!("base64({pair})")));
    Some(Told {
        username: credential.username,
        username_from: from,
        expires_at: credential.published_expiry.map(Timestamp::rfc3339),
        reply: reply.filter(|reply| reply.contains(TOKEN)),
    })
}
