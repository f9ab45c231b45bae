//! The requests about minted tokens, within one deadline. What is opened is opened once for each kind of request, and late.

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
use crate::http::{Request, Response, Transport};
use crate::source::Source;
use crate::spec::Provider;
use crate::target::Endpoint;
use crate::time::Timestamp;
use crate::world::{Obtaining, http};

/// What is still done after the deadline: a token that was made is not left behind for want of a second.
const LEAST: Duration = Duration::from_secs(1);

pub(super) struct Errand<'a> {
    call: Call<'a>,
    world: &'a dyn Obtaining,
    provider: &'a Provider,
    minted: &'a KeptToken<Source>,
    keys: Opener<'a>,
    transport: Option<Transport>,
    revocation: Option<Template<Secret>>,
}

impl<'a> Errand<'a> {
    pub(super) fn new(
        call: Call<'a>,
        provider: &'a Provider,
        minted: &'a KeptToken<Source>,
    ) -> Self {
        let world = call.world;
        Self {
            call,
            world,
            provider,
            minted,
            keys: Opener::new(call),
            transport: None,
            revocation: None,
        }
    }

    pub(super) fn world(&self) -> &'a dyn Obtaining {
        self.world
    }

    pub(super) fn now(&self) -> Timestamp {
        self.world.now()
    }

    /// Whether no time is left of the call.
    pub(super) fn is_over(&self) -> bool {
        self.call.left().is_zero()
    }

    /// A fingerprint of the secrets that a token is made with.
    pub(super) fn secrets(&mut self) -> Result<String, Error> {
        fingerprint::of_secrets(&self.call, &mut self.keys, self.minted)
    }

    fn open(&mut self, template: &Template<Source>) -> Result<Template<Secret>, Error> {
        template.open(&mut |source| self.keys.open(source))
    }

    fn request(&self, template: &Template<Secret>) -> Result<Request, Error> {
        let unsendable = |why: NotText| Error::new(Code::SecretUnreadable, why.to_string());
        template.request(self.world.now()).map_err(unsendable)
    }

    /// How to revoke, opened.
    pub(super) fn revocation(&mut self) -> Result<Template<Secret>, Error> {
        if let Some(opened) = &self.revocation {
            return Ok(opened.clone());
        }
        let opened = self.open(&self.minted.revoke)?;
        self.revocation = Some(opened.clone());
        Ok(opened)
    }

    /// The request that makes a token, as `template` names it.
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
        let transport = self.keys.transport(&self.provider.connection)?;
        self.transport = Some(transport.clone());
        Ok(transport)
    }

    /// Sends, and takes no more than `part` of the deadline's parts.
    fn send<T>(
        &mut self,
        request: &Request,
        part: u32,
        read: &dyn Fn(&Response, Timestamp) -> Result<T, NoToken>,
    ) -> Result<T, Error> {
        let transport = self.transport()?;
        let whole = http::budget(transport.timeout);
        let left = self.call.left().min(whole / part);
        let within = left.max(LEAST.min(whole));
        let secrets = &self.keys.opened;
        send::send(self.world, request, &transport, within, secrets, read)
    }

    /// Makes a token; gives it and its id.
    pub(super) fn create(&mut self, request: &Request) -> Result<(Token, String), Error> {
        let (minted, secrets) = (self.minted, self.keys.opened.clone());
        let bound = self.keys.first_end;
        let bound = bound.filter(|_| self.provider.grant.expires_with_sources());
        self.send(request, 1, &|answer, asked_at| {
            let (token, id) = minted.parse_created(answer, asked_at, &secrets)?;
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

    /// Ends a token; tells whether it was there.
    pub(super) fn revoke(&mut self, id: &str) -> Result<bool, Error> {
        let template = self.revocation()?;
        let request = self.url_with_id(template, id)?;
        let (response_format, secrets) = (
            self.minted.response_format.clone(),
            self.keys.opened.clone(),
        );
        self.send(&request, 1, &|answer, asked_at| {
            said(answer, &response_format, asked_at, &secrets)
        })
    }

    /// Whether the provider says that there is no such token. Whatever else it says, or does not say, speaks against no token.
    pub(super) fn is_gone(&mut self, id: &str) -> bool {
        let gone = self.ask_about(id);
        if let Err(why) = &gone {
            self.world
                .log(&|| format!("the kept token is not verified: {}", why.sentence));
        }
        gone.unwrap_or(false)
    }

    /// Whether the provider does not say that there is such a token: it is gone, or nobody may look at it.
    ///
    /// # Errors
    /// The provider cannot be asked at the moment.
    pub(super) fn is_not_there(&mut self, id: &str) -> Result<bool, Error> {
        match self.ask_about(id) {
            Err(why) if why.code == Code::ProviderRefused => Ok(true),
            other => other,
        }
    }

    fn ask_about(&mut self, id: &str) -> Result<bool, Error> {
        let Some(template) = &self.minted.verify else {
            return Ok(false);
        };
        let template = self.open(template)?;
        let request = self.url_with_id(template, id)?;
        let (response_format, secrets) = (
            self.minted.response_format.clone(),
            self.keys.opened.clone(),
        );
        self.send(&request, 3, &|answer, asked_at| {
            said(answer, &response_format, asked_at, &secrets).map(|there| !there)
        })
    }

    /// Looks for a token by its name.
    pub(super) fn look_for(&mut self, name: &str) -> Result<ListResult, Error> {
        let list = &self.minted.list;
        let url = list.url_for_name(name).ok_or_else(unusable)?;
        let template = Template {
            url,
            ..self.open(&list.template)?
        };
        let request = self.request(&template)?;
        let (response_format, secrets) = (
            self.minted.response_format.clone(),
            self.keys.opened.clone(),
        );
        self.send(&request, 3, &|answer, asked_at| {
            let body: Value =
                response::parse_success(answer, &response_format, asked_at, &secrets)?;
            list.find_by_name(&body, name)
        })
    }

    fn url_with_id(&self, template: Template<Secret>, id: &str) -> Result<Request, Error> {
        let url: Endpoint = url_with_id(&template.url, id).ok_or_else(unusable)?;
        self.request(&Template { url, ..template })
    }
}

fn unusable() -> Error {
    Error::new(
        Code::ProviderNonsense,
        "what the provider calls its token cannot be put into a URL",
    )
}

/// Whether the answer is about something that is there; an error where it says neither.
fn said(
    answer: &Response,
    response_format: &ResponseFormat,
    asked_at: Timestamp,
    secrets: &[Secret],
) -> Result<bool, NoToken> {
    match answer.status {
        200..=299 => Ok(true),
        404 | 410 => Ok(false),
        _ => response::parse_success(answer, response_format, asked_at, secrets).map(|_| true),
    }
}
