//! The errors for a provider's response.

use super::{Code, Error, advice};
use crate::grant::response::{NoToken, Refusal, RefusalKind};
use crate::grant::rotation;
use crate::time::format_duration;

impl Error {
    /// Creates the error for a response that holds no usable token. `shown` is the URL of the
    /// request without its query.
    #[must_use]
    pub fn no_token(shown: &str, why: &NoToken) -> Self {
        match why {
            NoToken::Nonsense(why) => Self::new(
                Code::ProviderNonsense,
                format!("{shown} answered without a token: {why}"),
            )
            .hint(
                "is this the token endpoint, or does a login page or a gateway answer in its \
                   place?",
            ),
            NoToken::Unusable(why) => Self::new(
                Code::ProviderNonsense,
                format!("{shown} answered without a token: {why}"),
            )
            .hint("`token_pointer` in the spec says where the response has the token"),
            NoToken::NoUsername(why) => Self::new(
                Code::ProviderNonsense,
                format!("{shown} answered without a user name: {why}"),
            )
            .hint("`username` in the spec says where the response has the user name"),
            NoToken::TokenType(why, may_be_named) => {
                let error = Self::new(
                    Code::ProviderNonsense,
                    format!("{shown} answered without a token: {why}"),
                );
                match may_be_named {
                    true => error.hint(
                        "if callers can send it as a bearer token, name its type in `token_types` \
                         of the spec",
                    ),
                    false => error,
                }
            }
            NoToken::Vetoed(why) => Self::new(
                Code::ProviderRefused,
                format!("{shown} says that the token cannot be used: {why}"),
            )
            .hint("`keyfob check` shows what the provider says"),
            NoToken::Rotated => {
                Self::new(Code::NotSupported, rotation::message(shown)).hint(rotation::HINT)
            }
            NoToken::UnreadableExpiry(why, missing_zone) => Self::new(
                Code::ProviderNonsense,
                format!("{shown} answered: {why}"),
            )
            .hint(if *missing_zone {
                "a time without a zone is read only where the rule in `expires` says \
                         `\"zone\": \"utc\"`"
            } else {
                "`expires` in the spec says where the response has the expiry, and in which form"
            }),
            NoToken::Refused(refusal) => Self::refused(shown, refusal),
        }
    }

    fn refused(shown: &str, refusal: &Refusal) -> Self {
        let wait = refusal.retry_after;
        let until = wait
            .map(|wait| format!("; wait before the next request: {}", format_duration(wait)))
            .unwrap_or_default();
        let mut error = match refusal.kind {
            RefusalKind::RateLimited => Self::new(
                Code::RateLimited,
                format!("{shown} limits the number of requests: {refusal}{until}"),
            ),
            RefusalKind::Unavailable => Self::new(
                Code::ProviderUnavailable,
                format!("{shown} cannot answer at the moment: {refusal}{until}"),
            ),
            RefusalKind::Refused => {
                Self::new(Code::ProviderRefused, format!("{shown} refused: {refusal}"))
            }
        };
        error.hint = refusal
            .hint
            .clone()
            .or_else(|| advice::on_refusal(refusal).map(str::to_owned));
        error.rejects_credentials = matches!(
            (refusal.kind, refusal.code.as_deref(), refusal.status),
            (
                RefusalKind::Refused,
                Some("invalid_client" | "unauthorized_client"),
                _
            ) | (RefusalKind::Refused, None, 401)
        );
        error.may_reject_token = matches!(
            (refusal.kind, refusal.code.as_deref()),
            (
                RefusalKind::Refused,
                Some("invalid_request" | "invalid_grant")
            )
        );
        error.wait = wait;
        error.status_of_refusal = Some(refusal.status);
        error
    }
}
