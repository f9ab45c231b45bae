//! Sends one request, and repeats it only if the first attempt cannot have created a token, or if a
//! second token does no harm (`Request::repeatable`).

use std::time::Duration;

use crate::credential::Secret;
use crate::error::{Cause, Code, Error};
use crate::find;
use crate::grant::response::{self, NoToken, RefusalKind};
use crate::grant::rotation;
use crate::http::{NoResponse, Request, Response, Transport};
use crate::target::Endpoint;
use crate::time::Timestamp;
use crate::world::{Clock, Log, Network, SpecFiles, http};

/// Longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
const NO_METADATA: &str = "is this a machine of that cloud? its metadata service may be switched \
    off, or out of reach of containers";
/// Most attempts per request.
const TRIES: u32 = 3;

/// Makes at most three attempts. It repeats a request that was never sent, unless the reason is
/// permanent, and a repeatable request that was answered with 408, 5xx or
/// `temporarily_unavailable`.
///
/// All attempts together take no longer than `within`, and no longer than the spec's `timeout`.
///
/// # Errors
/// There is no response, or `read` does not accept it. The error of a response carries the clock
/// skew that the response shows.
pub fn send<T>(
    world: &(impl Clock + Log + Network + SpecFiles + ?Sized),
    request: &Request,
    transport: &Transport,
    within: Duration,
    secrets: &[Secret],
    read: &dyn Fn(&Response, Timestamp) -> Result<T, NoToken>,
) -> Result<T, Error> {
    // A URL of the environment, or of a provider's metadata, is not known before.
    if let Some(policy) = find::policy(world)? {
        let checked = policy.check_endpoint(&request.endpoint);
        checked.map_err(|by| Error::forbidden(None, &by))?;
    }
    let budget = http::budget_for(&request.endpoint, transport.timeout).min(within);
    let start = world.elapsed();
    let shown = request.endpoint.without_query();
    let mut tried = 0;
    loop {
        tried += 1;
        let requested_at = world.now();
        world.log(&|| format!("try {tried}: {request:?}"));
        let left = budget.saturating_sub(world.elapsed().saturating_sub(start));
        let (error, again, wait) = match world.send(request, transport, left) {
            Err(failure) => {
                let again = !failure.sent && failure.why.is_retryable();
                (
                    unreachable(&request.endpoint, &failure.why, secrets),
                    again,
                    None,
                )
            }
            Ok(answer) => {
                world.log(&|| {
                    format!(
                        "answer: HTTP {}, {} bytes",
                        answer.status,
                        answer.body.len()
                    )
                });
                match read(&answer, requested_at) {
                    Ok(read) => return Ok(read),
                    Err(why) => {
                        let unavailable = match &why {
                            NoToken::Refused(refusal) => refusal.kind == RefusalKind::Unavailable,
                            _ => false,
                        };
                        let again = unavailable && request.repeatable;
                        let mut error = Error::no_token(&shown, &why);
                        error.skew = skew(&answer, requested_at, world.now());
                        let wait = error.wait;
                        (error, again, wait)
                    }
                }
            }
        };
        let pause = wait.unwrap_or(Duration::from_millis(100 << tried.min(4)));
        let left = budget.saturating_sub(world.elapsed().saturating_sub(start));
        if !again || tried >= TRIES || pause > LONGEST_PAUSE || pause * 2 > left {
            return Err(error);
        }
        world.log(&|| {
            format!(
                "{}; trying again in {} ms",
                error.sentence,
                pause.as_millis()
            )
        });
        world.sleep(pause);
    }
}

/// Rejects a request that rotates the stored secret: keyfob would not store the new one, and the
/// next call would be refused.
///
/// # Errors
/// [`Code::NotSupported`] if it is such a request.
pub fn must_not_replace_its_secret(request: &Request) -> Result<(), Error> {
    if !rotation::is_rotation_request(request) {
        return Ok(());
    }
    let shown = request.endpoint.without_query();
    let sentence =
        format!("{shown} replaces the token in the request, and keyfob does not store the new one");
    Err(Error::new(Code::NotSupported, sentence).hint(
        "ask for a further token, with `keep` where the provider lists it; rotate the \
        stored one elsewhere, and pass it to `keyfob secret set`",
    ))
}

fn unreachable(endpoint: &Endpoint, why: &NoResponse, secrets: &[Secret]) -> Error {
    let shown = endpoint.without_query();
    let written = why.to_string();
    let words = response::sanitise(&written, secrets);
    let shown_whole = words == written;
    let error = match why {
        NoResponse::Setup(_) => Error::new(Code::ConnectionSetup, format!("{shown}: {words}")),
        _ => {
            let error = Error::new(Code::ProviderUnreachable, format!("{shown}: {words}"));
            match why {
                _ if endpoint.is_metadata() => error.hint(NO_METADATA),
                NoResponse::Tls(_) => error.hint(
                    "is this machine's clock right, and are the \
                roots complete? `ca_file` or SSL_CERT_FILE names others",
                ),
                NoResponse::Dns(_) | NoResponse::Connect(_) => error.hint(
                    "check the URL, the \
                network and HTTPS_PROXY",
                ),
                NoResponse::Denied(_) => error.hint(
                    "check the proxy and its credentials: `proxy` \
                in the spec, or HTTPS_PROXY",
                ),
                NoResponse::TimedOut(_) => error.hint("set a longer `timeout` in the spec"),
                _ => error,
            }
        }
    };
    // Text that was withheld from the sentence may hold a secret, so the cause is not kept either.
    match shown_whole {
        true => error.caused_by(Cause::NoResponse(why.clone())),
        false => error,
    }
}

/// Seconds by which the provider's clock is ahead of ours, as far as the response proves it. If the
/// clocks agree, `Date` lies between the sending of the request and the receipt of the response.
fn skew(answer: &Response, requested_at: Timestamp, now: Timestamp) -> Option<i64> {
    let theirs = Timestamp::parse_http_date(answer.header("date")?)?;
    let ahead = theirs.unix().saturating_sub(now.unix()).max(0);
    let behind = theirs.unix().saturating_sub(requested_at.unix()).min(0);
    Some(ahead.saturating_add(behind)).filter(|skew| *skew != 0)
}
