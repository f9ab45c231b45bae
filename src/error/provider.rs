//! The errors for a provider's response.

use super::{Code, Concern, Error, advice};
use crate::grant::response::{NoToken, Refusal, RefusalKind};
use crate::grant::rotation;
use crate::spec::{Provider, Spec};
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
            .concerning(Concern::Token),
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
        // A preset's own word on a refusal is better than any other.
        error.concern = concern_of(refusal).filter(|_| refusal.hint.is_none());
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

    /// Sets the hint for an answer of the provider, in the words of the spec that the user wrote.
    /// `spec` is `None` if the user did not write it. `check` is the command that asks about the
    /// account, if that needs no new token.
    #[must_use]
    pub fn about_spec(
        mut self,
        spec: Option<&Spec>,
        provider: &Provider,
        check: Option<&str>,
    ) -> Self {
        let is_refusal = self.code == Code::ProviderRefused;
        let status = self.status_of_refusal;
        let hint = match (self.concern, spec) {
            (Some(concern), Some(spec)) if is_refusal || concern == Concern::Token => {
                advice::on_concern(concern, status, spec, provider)
            }
            (None, _) if is_refusal && self.may_reject_token => {
                advice::on_exchanged_token(&provider.grant)
            }
            _ => None,
        };
        self.hint = hint.or(self.hint);
        let names_one = |hint: &String| hint.contains("`keyfob check");
        if let Some(check) = check
            && is_refusal
            && !self.hint.as_ref().is_some_and(names_one)
        {
            let also = self.hint.map(|hint| format!("; {hint}"));
            let also = also.unwrap_or_default();
            self.hint = Some(format!("{check} asks the provider about the account{also}"));
        }
        self
    }

    /// Names the spec, unless the sentence begins with one.
    #[must_use]
    pub fn in_spec(mut self, name: &str) -> Self {
        let names_one = ["spec `", "spec /", "the inline spec", "the spec "];
        if !names_one
            .iter()
            .any(|start| self.sentence.starts_with(start))
        {
            self.sentence.insert_str(0, &format!("spec `{name}`: "));
        }
        self
    }

    fn concerning(self, concern: Concern) -> Self {
        let concern = Some(concern);
        Self { concern, ..self }
    }
}

/// What a refusal may be about, by its code or its status. A request that a spec describes is
/// refused with any status; OAuth has codes for the rest.
fn concern_of(refusal: &Refusal) -> Option<Concern> {
    if refusal.kind != RefusalKind::Refused {
        return None;
    }
    match (refusal.code.as_deref(), refusal.status) {
        (Some("invalid_client" | "unauthorized_client"), _) => Some(Concern::Credentials),
        (Some("unsupported_grant_type"), _) => Some(Concern::Grant),
        (Some(_), _) => None,
        (None, 300..=399) => Some(Concern::Redirect),
        (None, 404 | 405) => Some(Concern::Url),
        (None, 401) => Some(Concern::Credentials),
        (None, 400 | 403) => Some(Concern::Request),
        (None, _) => None,
    }
}
