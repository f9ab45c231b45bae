//! How long a token is used, when its renewal is due, and which expiry is published: pure.

use std::time::Duration;

use crate::credential::Token;
use crate::error::{Code, Error};
use crate::time::{Timestamp, format_duration, renewal_margin};
use crate::world::cache::StoredToken;

/// Adds to a token when its renewal is due and until when it is used. The renewal comes a jittered
/// time before the expiry, so that a fleet does not ask at the same moment. The provider is asked
/// about a static token again after `max_cache`; the token is used for up to twice that if the
/// provider does not answer.
pub fn stored_token(
    token: Token,
    is_static: bool,
    max_cache: Duration,
    now: Timestamp,
    jitter: u8,
) -> StoredToken {
    let end = token
        .expires_at
        .unwrap_or_else(|| token.issued_at.plus(max_cache));
    let use_until = if is_static {
        end.min(token.issued_at.plus(max_cache * 2))
    } else {
        end
    };
    let life = end.since(token.issued_at);
    // Up to a quarter earlier, never later: at the published expiry the renewal is already due.
    let early = (renewal_margin(life) * (256 + u32::from(jitter) / 4) / 256).min(life / 2);
    let renew_at = end.minus(early).max(now);
    let renew_at = if is_static {
        renew_at.min(token.issued_at.plus(max_cache))
    } else {
        renew_at
    };
    StoredToken {
        token,
        renew_at,
        use_until,
    }
}

/// An error for a token that has already expired.
///
/// # Errors
/// [`Code::TokenExpired`].
pub fn reject_expired(token: Token, now: Timestamp) -> Result<Token, Error> {
    match token.expires_at.filter(|end| *end <= now) {
        None => Ok(token),
        Some(end) => Err(Error::new(
            Code::TokenExpired,
            format!(
                "the provider returned a token that expired {} ago",
                format_duration(now.since(end))
            ),
        )
        .hint("is this machine's clock right?")),
    }
}

/// The expiry that a caller is told: when the renewal is due, so that the caller asks again in
/// time. If that is in the past or within a minute, it is the true expiry: without one a caller
/// would use the token for longer.
#[must_use]
pub fn published_expiry(token: &Token, now: Timestamp) -> Option<Timestamp> {
    const NEARLY: Duration = Duration::from_secs(60);
    let end = token.expires_at.filter(|end| *end > now)?;
    let early = end.minus(renewal_margin(end.since(token.issued_at)));
    Some(if early.since(now) > NEARLY {
        early
    } else {
        end
    })
}
