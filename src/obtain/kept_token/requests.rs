//! The requests that create, verify, list and revoke kept tokens, within one deadline. Secrets are
//! opened only when a request needs them.

use std::time::Duration;

use serde_json::Value;

use super::super::call::Call;
use super::super::opener::Opener;
use super::super::send;
use super::fingerprint;
use crate::credential::{Secret, Token};
use crate::error::{Code, Error};
use crate::grant::encode::NotText;
use crate::grant::kept_token::{KeptToken, ListResult, url_with_id};
use crate::grant::response::{self, NoToken, ResponseFormat};
use crate::grant::rotation;
use crate::grant::template::Template;
use crate::grant::url::Url;
use crate::http::{Request, Response, Transport};
use crate::source::Source;
use crate::spec::Provider;
use crate::text::hex;
use crate::time::Timestamp;
use crate::world::{Obtaining, http};

/// Time that a request gets even after the deadline, so that a new token is not left unrevoked.
const MIN_TIME: Duration = Duration::from_secs(1);

pub(super) struct Requests<'a> {
    call: Call<'a>,
    world: &'a dyn Obtaining,
    provider: &'a Provider,
    grant: &'a KeptToken<Source>,
    opener: Opener<'a>,
    transport: Option<Transport>,
    revocation: Option<Template<Secret>>,
}

impl<'a> Requests<'a> {
    pub(super) fn new(
        call: Call<'a>,
        provider: &'a Provider,
        grant: &'a KeptToken<Source>,
    ) -> Self {
        let world = call.world;
        Self {
            call,
            world,
            provider,
            grant,
            opener: Opener::new(call),
            transport: None,
            revocation: None,
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.world.now()
    }

    /// Sixteen hexadecimal digits that make a token's name unique.
    pub(super) fn random_hex(&self) -> String {
        let random = self.world.random();
        hex(random.split_at(8).0)
    }

    /// Whether the call has no time left.
    pub(super) fn is_out_of_time(&self) -> bool {
        self.call.left().is_zero()
    }

    /// A fingerprint of the secrets with which a token is created.
    pub(super) fn secrets(&mut self) -> Result<String, Error> {
        fingerprint::of_secrets(&self.call, &mut self.opener, self.grant)
    }

    fn open(&mut self, template: &Template<Source>) -> Result<Template<Secret>, Error> {
        template.open(&mut |source| self.opener.open(source))
    }

    fn request(&self, template: &Template<Secret>) -> Result<Request, Error> {
        let unsendable = |why: NotText| Error::new(Code::SecretUnreadable, why.to_string());
        template.request(self.world.now()).map_err(unsendable)
    }

    /// The revocation request's template, with its secrets opened.
    pub(super) fn revocation(&mut self) -> Result<Template<Secret>, Error> {
        if let Some(opened) = &self.revocation {
            return Ok(opened.clone());
        }
        let opened = self.open(&self.grant.revoke)?;
        self.revocation = Some(opened.clone());
        Ok(opened)
    }

    /// The request that creates a token.
    pub(super) fn creation(&mut self, template: &Template<Source>) -> Result<Request, Error> {
        let opened = self.open(template)?;
        self.transport()?;
        let request = self.request(&opened)?;
        send::must_not_replace_its_secret(&request)?;
        Ok(request)
    }

    fn transport(&mut self) -> Result<Transport, Error> {
        if let Some(transport) = &self.transport {
            return Ok(transport.clone());
        }
        let transport = self.opener.transport(&self.provider.connection)?;
        self.transport = Some(transport.clone());
        Ok(transport)
    }

    /// Sends a request. It may take `1/part` of the time that a whole call may take.
    fn send<T>(
        &mut self,
        request: &Request,
        part: u32,
        read: &dyn Fn(&Response, Timestamp) -> Result<T, NoToken>,
    ) -> Result<T, Error> {
        let transport = self.transport()?;
        let whole = http::budget(transport.timeout);
        let left = self.call.left().min(whole / part);
        let within = left.max(MIN_TIME.min(whole));
        let secrets = &self.opener.opened;
        send::send(self.world, request, &transport, within, secrets, read)
    }

    /// Creates a token. Returns it with its id.
    pub(super) fn create(&mut self, request: &Request) -> Result<(Token, String), Error> {
        let (grant, secrets) = (self.grant, self.opener.opened.clone());
        let bound = self.opener.first_expiry;
        let bound = bound.filter(|_| self.provider.grant.expires_with_sources());
        self.send(request, 1, &|answer, requested_at| {
            let (token, id) = grant.parse_created(answer, requested_at, &secrets)?;
            rotation::check_refresh_token_unchanged(request, answer)?;
            let expires_at = token.expires_at.into_iter().chain(bound).min();
            Ok((
                Token {
                    expires_at,
                    ..token
                },
                id,
            ))
        })
    }

    /// Revokes a token. Returns whether it existed.
    pub(super) fn revoke(&mut self, id: &str) -> Result<bool, Error> {
        let template = self.revocation()?;
        let request = self.url_with_id(template, id)?;
        let (response_format, secrets) = (
            self.grant.response_format.clone(),
            self.opener.opened.clone(),
        );
        self.send(&request, 1, &|answer, requested_at| {
            exists(answer, &response_format, requested_at, &secrets)
        })
    }

    /// Whether the provider says that the token does not exist. A failed request does not count.
    pub(super) fn is_gone(&mut self, id: &str) -> bool {
        let gone = self.verify(id);
        if let Err(why) = &gone {
            self.world
                .log(&|| format!("the kept token is not verified: {}", why.sentence));
        }
        gone.unwrap_or(false)
    }

    /// Whether the token does not exist, or the provider refuses to tell.
    ///
    /// # Errors
    /// The provider cannot be asked at the moment.
    pub(super) fn is_not_there(&mut self, id: &str) -> Result<bool, Error> {
        match self.verify(id) {
            Err(why) if why.code == Code::ProviderRefused => Ok(true),
            other => other,
        }
    }

    fn verify(&mut self, id: &str) -> Result<bool, Error> {
        let Some(template) = &self.grant.verify else {
            return Ok(false);
        };
        let template = self.open(template)?;
        let request = self.url_with_id(template, id)?;
        let (response_format, secrets) = (
            self.grant.response_format.clone(),
            self.opener.opened.clone(),
        );
        self.send(&request, 3, &|answer, requested_at| {
            exists(answer, &response_format, requested_at, &secrets).map(|there| !there)
        })
    }

    /// Looks for a token by its name.
    pub(super) fn look_for(&mut self, name: &str) -> Result<ListResult, Error> {
        let list = &self.grant.list;
        let url = list.url_for_name(name).ok_or_else(unusable)?;
        let template = Template {
            url: Url::Written(url),
            ..self.open(&list.template)?
        };
        let request = self.request(&template)?;
        let (response_format, secrets) = (
            self.grant.response_format.clone(),
            self.opener.opened.clone(),
        );
        self.send(&request, 3, &|answer, requested_at| {
            let body: Value =
                response::parse_success(answer, &response_format, requested_at, &secrets)?;
            list.find_by_name(&body, name)
        })
    }

    fn url_with_id(&self, template: Template<Secret>, id: &str) -> Result<Request, Error> {
        let written = template.url.written();
        let url = written.and_then(|url| url_with_id(url, id));
        let url = Url::Written(url.ok_or_else(unusable)?);
        self.request(&Template { url, ..template })
    }
}

fn unusable() -> Error {
    Error::new(
        Code::ProviderNonsense,
        "the token's id or name at the provider cannot be used in a URL",
    )
}

/// Whether the response says that the token exists; an error if it says neither.
fn exists(
    answer: &Response,
    response_format: &ResponseFormat,
    requested_at: Timestamp,
    secrets: &[Secret],
) -> Result<bool, NoToken> {
    match answer.status {
        200..=299 => Ok(true),
        404 | 410 => Ok(false),
        _ => response::parse_success(answer, response_format, requested_at, secrets).map(|_| true),
    }
}

/// Whether an error proves that no token was created: the provider refused, or no request was sent.
pub(super) fn is_not_created(why: &Error) -> bool {
    matches!(
        why.code,
        Code::ProviderRefused | Code::RateLimited | Code::ConnectionSetup
    )
}
