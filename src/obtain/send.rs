//! The tries of one request. A second one only where the first cannot have made a token, or where a
//! second token does no harm (`Request::repeatable`).

use std::time::Duration;

use crate::credential::Secret;
use crate::error::{Cause, Code, Error};
use crate::grant::response::{self, NoToken, RefusalKind};
use crate::grant::rotation;
use crate::http::{NoResponse, Request, Response, Transport};
use crate::time::Timestamp;
use crate::world::{Clock, Log, Network, http};

/// Longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// A call's tries.
const TRIES: u32 = 3;

/// At most three tries within one deadline: where the request never left and another try could end
/// otherwise, or where a repeatable request was answered with 408, 5xx or `temporarily_unavailable`.
///
/// All of it ends `within` what is left of the call, and within the spec's own `timeout`.
///
/// # Errors
/// Why there is no answer, or what `read` makes of it. An error of an answer knows how the provider's clock differs from ours.
pub fn send<T>(
    world: &(impl Clock + Log + Network + ?Sized),
    request: &Request,
    transport: &Transport,
    within: Duration,
    secrets: &[Secret],
    read: &dyn Fn(&Response, Timestamp) -> Result<T, NoToken>,
) -> Result<T, Error> {
    let budget = http::budget(transport.timeout).min(within);
    let begun = world.elapsed();
    let shown = request.endpoint.without_query();
    let mut tried = 0;
    loop {
        tried += 1;
        let asked_at = world.now();
        world.log(&|| format!("try {tried}: {request:?}"));
        let left = budget.saturating_sub(world.elapsed().saturating_sub(begun));
        let (error, again, wait) = match world.send(request, transport, left) {
            Err(failure) => {
                let again = !failure.sent && failure.why.is_retryable();
                (unreachable(&shown, &failure.why, secrets), again, None)
            }
            Ok(answer) => {
                world.log(&|| {
                    format!(
                        "answer: HTTP {}, {} bytes",
                        answer.status,
                        answer.body.len()
                    )
                });
                match read(&answer, asked_at) {
                    Ok(read) => return Ok(read),
                    Err(why) => {
                        let again = matches!(&why, NoToken::Refused(refusal) if refusal.kind == RefusalKind::Unavailable)
                            && request.repeatable;
                        let mut error = Error::no_token(&shown, &why);
                        error.skew = skew(&answer, asked_at, world.now());
                        let wait = error.wait;
                        (error, again, wait)
                    }
                }
            }
        };
        let pause = wait.unwrap_or(Duration::from_millis(100 << tried.min(4)));
        let left = budget.saturating_sub(world.elapsed().saturating_sub(begun));
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

/// A request that puts another token in the place of a stored one is not sent: the next call would be refused.
///
/// # Errors
/// It is such a request.
pub fn must_not_replace_its_secret(request: &Request) -> Result<(), Error> {
    if !rotation::is_rotation_request(request) {
        return Ok(());
    }
    let shown = request.endpoint.without_query();
    let sentence = format!(
        "{shown} replaces the token that it is sent, and keyfob does not store the new one"
    );
    Err(Error::new(Code::NotSupported, sentence)
        .hint("ask for a further token, with `keep` where the provider lists it; rotate the stored one elsewhere, and pass it to `keyfob secret set`"))
}

fn unreachable(shown: &str, why: &NoResponse, secrets: &[Secret]) -> Error {
    let written = why.to_string();
    let words = response::sanitise(&written, secrets);
    let shown_whole = words == written;
    let error = match why {
        NoResponse::Setup(_) => Error::new(Code::ConnectionSetup, format!("{shown}: {words}")),
        _ => {
            let error = Error::new(Code::ProviderUnreachable, format!("{shown}: {words}"));
            match why {
                NoResponse::Tls(_) => error.hint("is this machine's clock right, and are the roots complete? `ca_file` or SSL_CERT_FILE names others"),
                NoResponse::Dns(_) | NoResponse::Connect(_) => error.hint("check the URL, the network and HTTPS_PROXY"),
                NoResponse::Denied(_) => error.hint("check the proxy and its credentials: `proxy` in the spec, or HTTPS_PROXY"),
                NoResponse::TimedOut(_) => error.hint("`timeout` in the spec gives it longer"),
                _ => error,
            }
        }
    };
    // Words that are withheld from the sentence may hold a secret: they are not stored beside it.
    match shown_whole {
        true => error.caused_by(Cause::NoResponse(why.clone())),
        false => error,
    }
}

/// By how many seconds the provider's clock is ahead of ours, as far as its answer proves it: the moment in
/// `Date` lies neither before the request was sent nor after the answer came, where the clocks agree.
fn skew(answer: &Response, asked_at: Timestamp, now: Timestamp) -> Option<i64> {
    let theirs = Timestamp::parse_http_date(answer.header("date")?)?;
    let ahead = theirs.unix().saturating_sub(now.unix()).max(0);
    let behind = theirs.unix().saturating_sub(asked_at.unix()).min(0);
    Some(ahead.saturating_add(behind)).filter(|skew| *skew != 0)
}
