//! `--online`: one request without credentials to each token endpoint. It tells whether its name
//! resolves, whether its certificate is trusted, and whether its clock agrees with ours.

use std::time::Duration;

use super::findings::Findings;
use crate::find::{self, LoadedSpec};
use crate::http::{Method, Request, Transport};
use crate::time::{Timestamp, format_duration};
use crate::world::inspection::Examining;

/// Longest wait for one endpoint.
const LIMIT: Duration = Duration::from_secs(5);
/// A larger difference of the clocks makes signed assertions fail.
const CLOCKS: Duration = Duration::from_secs(60);

/// Asks every origin once.
pub(super) fn check(world: &dyn Examining, specs: &[LoadedSpec], findings: &mut Findings) {
    let mut asked: Vec<String> = Vec::new();
    let mut reached: Vec<String> = Vec::new();
    for loaded in specs {
        let Ok(provider) = loaded.spec.admit_by_name().read_provider() else {
            continue;
        };
        for url in provider.urls() {
            let Some(endpoint) = url.written().filter(|endpoint| !endpoint.is_metadata()) else {
                continue;
            };
            let origin = endpoint.origin();
            if asked.contains(&origin) {
                continue;
            }
            asked.push(origin.clone());
            let policy = find::policy(world).ok().flatten();
            if policy.is_some_and(|policy| policy.check_endpoint(endpoint).is_err()) {
                continue;
            }
            let request = Request {
                method: Method::Head,
                endpoint: endpoint.clone(),
                headers: Vec::new(),
                body: None,
                repeatable: false,
            };
            let transport = Transport {
                ca_file: provider.connection.ca_file.clone(),
                proxy: provider.connection.proxy.clone(),
                ..Transport::default()
            };
            let before = world.now();
            match world.send(&request, &transport, LIMIT) {
                Ok(answer) => {
                    let theirs = answer.header("date").and_then(Timestamp::parse_http_date);
                    match theirs.map(|theirs| difference(theirs, before, world.now())) {
                        Some(apart) if apart > CLOCKS => {
                            let apart = format_duration(apart);
                            let says = format!("{origin}: its clock and ours differ by {apart}");
                            let hint = Some("set this machine's clock");
                            findings.fail("online", &format!("{says} (clock-skew)"), hint);
                        }
                        _ => reached.push(origin),
                    }
                }
                Err(failure) => {
                    let says = format!("{origin}: {failure} (provider-unreachable)");
                    findings.fail(
                        "online",
                        &says,
                        Some("check the URL, the network and the proxy"),
                    );
                }
            }
        }
    }
    if !reached.is_empty() {
        findings.ok("online", &reached.join(", "));
    }
}

/// How far their time lies outside the time of the request.
fn difference(theirs: Timestamp, before: Timestamp, after: Timestamp) -> Duration {
    before.since(theirs).max(theirs.since(after))
}
