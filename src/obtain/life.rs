//! How long a token is used, from when on it is renewed, and which expiry is published: pure.

use std::time::Duration;

use crate::credential::Token;
use crate::error::{Code, Error};
use crate::time::{Timestamp, format_duration, renewal_margin};
use crate::world::cache::StoredToken;

/// How long the token is used, and from when on it is renewed: a jittered while before its end, so that a fleet does not ask at once. A
/// stored token outlives its entry: it is asked about again after `max_cache`, and may wait as long again for an answer.
pub fn kept(
    token: Token,
    stored: bool,
    max_cache: Duration,
    now: Timestamp,
    jitter: u8,
) -> StoredToken {
    let end = token
        .expires_at
        .unwrap_or_else(|| token.issued_at.plus(max_cache));
    let use_until = if stored {
        end.min(token.issued_at.plus(max_cache * 2))
    } else {
        end
    };
    let life = end.since(token.issued_at);
    // Up to a quarter earlier, never later: at the end that is published (see `published_end`) the renewal has begun.
    let early = (renewal_margin(life) * (256 + u32::from(jitter) / 4) / 256).min(life / 2);
    let renew_at = end.minus(early).max(now);
    let renew_at = if stored {
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

/// A token that has ended is no answer, whoever says so.
pub fn not_ended(token: Token, now: Timestamp) -> Result<Token, Error> {
    match token.expires_at.filter(|end| *end <= now) {
        None => Ok(token),
        Some(end) => Err(Error::new(
            Code::TokenExpired,
            format!(
                "the provider gave a token that ended {} ago",
                format_duration(now.since(end))
            ),
        )
        .hint("is this machine's clock right?")),
    }
}

/// The expiry that is published: as early as the renewal begins, so that a caller asks again in time. Where that is past or nearly so, it is the
/// true one: a caller that is told none would use the token beyond it.
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
