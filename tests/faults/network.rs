//! A fault proxy between the program and its provider, plain and with TLS, for every caller.

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::callers::{ALL, Caller};
use super::{each, holds_no_secret, home, near_renewal, numbered, spec};
use crate::support::fault_proxy::{Fault, FaultProxy};
use crate::support::{Answer, Home, Provider, Tls};

/// What comes of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// The token, all the same.
    Token,
    /// This error.
    Error(&'static str),
}

use Then::{Error, Token};

const UNREACHABLE: Then = Error("provider-unreachable");
const MS: fn(u64) -> Duration = Duration::from_millis;

/// With plain http; then with TLS, where the fault hits the handshake first.
fn table() -> Vec<(Fault, Option<Then>, Option<Then>)> {
    vec![
        (Fault::None, Some(Token), Some(Token)),
        (Fault::Latency(MS(250)), Some(Token), Some(Token)),
        (
            Fault::Latency(MS(4000)),
            Some(UNREACHABLE),
            Some(UNREACHABLE),
        ),
        (Fault::Drip(MS(1)), Some(Token), None),
        (Fault::Drip(MS(60)), Some(UNREACHABLE), Some(UNREACHABLE)),
        (Fault::ResetAtOnce, Some(UNREACHABLE), Some(UNREACHABLE)),
        (Fault::ResetAfter(5), Some(UNREACHABLE), Some(UNREACHABLE)),
        (Fault::ResetAfter(120), Some(UNREACHABLE), Some(UNREACHABLE)),
        (
            Fault::TruncatedAfter(0),
            Some(UNREACHABLE),
            Some(UNREACHABLE),
        ),
        (
            Fault::TruncatedAfter(9),
            Some(UNREACHABLE),
            Some(UNREACHABLE),
        ),
        (
            Fault::TruncatedAfter(150),
            Some(UNREACHABLE),
            Some(UNREACHABLE),
        ),
        // Behind the handshake: in the tickets or in the answer.
        (Fault::TruncatedAfter(1000), None, Some(UNREACHABLE)),
        (Fault::ResetAfter(1000), None, Some(UNREACHABLE)),
        (Fault::BlackHole, Some(UNREACHABLE), Some(UNREACHABLE)),
        (Fault::NeverAccept, Some(UNREACHABLE), Some(UNREACHABLE)),
        (Fault::FlippedBit(0), Some(UNREACHABLE), Some(UNREACHABLE)),
        (Fault::FlippedBit(20), None, Some(UNREACHABLE)),
        (Fault::FlippedBit(400), None, Some(UNREACHABLE)),
        (Fault::FlippedBit(1000), None, Some(UNREACHABLE)),
        (Fault::Garbage, Some(UNREACHABLE), Some(UNREACHABLE)),
        (Fault::EndlessHead, Some(UNREACHABLE), Some(UNREACHABLE)),
        (Fault::EndlessBody, Some(UNREACHABLE), Some(UNREACHABLE)),
        (Fault::OldTls, None, Some(UNREACHABLE)),
    ]
}

/// A provider with a fault proxy before it, and a home that knows the proxy alone.
pub(super) struct Stand {
    pub(super) provider: Provider,
    pub(super) proxy: FaultProxy,
    /// What the provider says in place of a token.
    pub(super) trouble: Arc<Mutex<Option<Answer>>>,
    pub(super) home: Home,
}

impl Stand {
    pub(super) fn new(tls: Option<&Tls>) -> Self {
        let trouble = Arc::new(Mutex::new(None));
        let said: Arc<Mutex<Option<Answer>>> = Arc::clone(&trouble);
        let script = move |request: &_| {
            let trouble = said.lock().unwrap().clone();
            trouble.unwrap_or_else(|| numbered(request))
        };
        let provider = match tls {
            None => Provider::start(script),
            Some(tls) => Provider::tls(tls, script),
        };
        let proxy = FaultProxy::before(provider.port());
        let scheme = if tls.is_some() { "https" } else { "http" };
        let mut home = home(&spec(&format!(
            "{scheme}://127.0.0.1:{}/token",
            proxy.port()
        )));
        if let Some(tls) = tls {
            home.trust(tls);
        }
        Self {
            provider,
            proxy,
            trouble,
            home,
        }
    }

    /// Cold under the fault, then healed, then due for renewal under the fault again.
    pub(super) fn suffers(&self, caller: Caller, then: Then, set: &dyn Fn(bool)) {
        let home = &self.home;
        set(true);
        let output = caller.ask(home);
        match then {
            Token => assert_eq!(caller.token(&output), "token-1"),
            Error(code) => assert_eq!(caller.error(&output), code, "{output:?}"),
        }
        set(false);
        // A failure is shared with those who waited for it; who said "later" is left alone until then.
        if let Error("rate-limited" | "provider-unavailable") = then {
            thread::sleep(MS(2100));
        }
        let good = caller.token(&caller.ask(home));
        assert!(good.starts_with("token-"), "{good}");
        near_renewal(home);
        set(true);
        let again = caller.token(&caller.ask(home));
        match then {
            Token => assert_ne!(again, good, "it was renewed"),
            Error(_) => assert_eq!(again, good, "what is still good was lost"),
        }
        set(false);
        // The same, or a new one where the time for a further try has come.
        let last = caller.token(&caller.ask(home));
        assert!(last.starts_with("token-"), "{last}");
        holds_no_secret(home);
    }
}

/// The table's rows for every caller.
fn cases(
    rows: impl Iterator<Item = (Fault, Then)>,
) -> impl Iterator<Item = (String, (Fault, Then, Caller))> {
    rows.flat_map(|(fault, then)| {
        ALL.map(|caller| (format!("{fault:?} {caller:?}"), (fault, then, caller)))
    })
}

fn suffer(tls: Option<&Tls>, (fault, then, caller): (Fault, Then, Caller)) {
    let stand = Stand::new(tls);
    let set = |on: bool| stand.proxy.set(if on { fault } else { Fault::None });
    stand.suffers(caller, then, &set);
}

#[test]
fn plain_http_under_every_fault() {
    let rows = table().into_iter();
    let rows = rows.filter_map(|(fault, then, _)| Some((fault, then?)));
    each(24, cases(rows), |case| suffer(None, case));
}

#[test]
fn tls_under_every_fault() {
    let tls = Tls::new();
    let rows = table().into_iter();
    let rows = rows.filter_map(|(fault, _, then)| Some((fault, then?)));
    each(24, cases(rows), |case| suffer(Some(&tls), case));
}

#[test]
fn connections_that_break_off_before_anything_was_asked_are_tried_again() {
    let tls = Tls::new();
    let faults = [
        Fault::ResetAtOnce,
        Fault::TruncatedAfter(0),
        Fault::ResetAfter(5),
    ];
    let cases = faults.map(|fault| (format!("{fault:?}"), fault));
    each(3, cases, |fault| {
        let stand = Stand::new(Some(&tls));
        stand.proxy.set_first(2, fault);
        let output = Caller::Script.ask(&stand.home);
        assert_eq!(Caller::Script.token(&output), "token-1");
        assert_eq!((stand.proxy.connections(), stand.provider.count()), (3, 1));
    });
}

#[test]
fn an_answer_that_breaks_off_is_not_asked_for_twice() {
    let faults = [
        Fault::ResetAfter(5),
        Fault::ResetAfter(120),
        Fault::TruncatedAfter(150),
        Fault::FlippedBit(0),
    ];
    let cases = faults.map(|fault| (format!("{fault:?}"), fault));
    each(4, cases, |fault| {
        let stand = Stand::new(None);
        stand.proxy.set(fault);
        let output = Caller::Script.ask(&stand.home);
        assert_eq!(Caller::Script.error(&output), "provider-unreachable");
        // The provider has minted a token that nobody got: asking again would mint another.
        assert_eq!((stand.proxy.connections(), stand.provider.count()), (1, 1));
    });
}
