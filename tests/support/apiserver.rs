//! As much of a Kubernetes API server as kubectl needs for `get --raw`, `get pods` and discovery, and helm for `list`, over TLS.
//!
//! Plain http would not do: client-go runs no plugin there. Knows tokens only by what the test says of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Answer, Provider, Request, Tls};

/// Which requests are let in.
type Guard = dyn Fn(&Request) -> bool + Send + Sync;

/// The stub, with a pod called `web` in every namespace.
pub struct ApiServer {
    provider: Provider,
}

impl ApiServer {
    /// Lets in whoever shows any Bearer token.
    pub fn start(tls: &Tls) -> Self {
        Self::guarded(tls, |request| request.bearer().is_some())
    }

    /// Lets in only this token.
    pub fn for_token(tls: &Tls, token: &'static str) -> Self {
        Self::guarded(tls, move |request| request.bearer() == Some(token))
    }

    /// Answers 401 to the first `refusals` requests, whatever they show, and lets in any Bearer token after that.
    pub fn refusing_first(tls: &Tls, refusals: usize) -> Self {
        let seen = AtomicUsize::new(0);
        Self::guarded(tls, move |request| {
            seen.fetch_add(1, Ordering::SeqCst) >= refusals && request.bearer().is_some()
        })
    }

    /// Lets in whoever shows a client certificate of this authority (PEM), and no token.
    pub fn for_clients_of(tls: &Tls, authority: &str) -> Self {
        let script = |request: &Request| match request.bearer() {
            None => allowed(request),
            Some(_) => unauthorized(),
        };
        Self {
            provider: Provider::tls_for_clients_of(tls, authority, script),
        }
    }

    /// How many requests were let in or not.
    pub fn count(&self) -> usize {
        self.provider.count()
    }

    /// Lets in what `guard` says.
    pub fn guarded(tls: &Tls, guard: impl Fn(&Request) -> bool + Send + Sync + 'static) -> Self {
        let guard: Arc<Guard> = Arc::new(guard);
        let script = move |request: &Request| {
            if guard(request) {
                allowed(request)
            } else {
                unauthorized()
            }
        };
        Self {
            provider: Provider::tls(tls, script),
        }
    }

    /// `https://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        self.provider.url()
    }

    /// The token of every request so far, in order; empty where there was none.
    pub fn tokens(&self) -> Vec<String> {
        let requests = self.provider.requests();
        requests
            .iter()
            .map(|request| request.bearer().unwrap_or_default().to_owned())
            .collect()
    }

    /// The same without repetitions.
    pub fn distinct_tokens(&self) -> Vec<String> {
        let mut tokens = self.tokens();
        tokens.dedup();
        tokens
    }
}

fn unauthorized() -> Answer {
    Answer::json(
        401,
        r#"{"kind":"Status","apiVersion":"v1","status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}"#,
    )
}

fn allowed(request: &Request) -> Answer {
    // kr8s asks for `/version/`.
    let body = match request.path.trim_end_matches('/') {
        "/version" => r#"{"major":"1","minor":"37","gitVersion":"v1.37.1"}"#,
        "/api" => r#"{"kind":"APIVersions","versions":["v1"],"serverAddressByClientCIDRs":[]}"#,
        "/apis" => r#"{"kind":"APIGroupList","apiVersion":"v1","groups":[]}"#,
        "/api/v1" => {
            r#"{"kind":"APIResourceList","groupVersion":"v1","resources":[
                {"name":"pods","singularName":"pod","namespaced":true,"kind":"Pod","verbs":["get","list"],"shortNames":["po"]}]}"#
        }
        path if path.ends_with("/pods") => {
            r#"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[
                {"kind":"Pod","apiVersion":"v1","metadata":{"name":"web","namespace":"default"}}]}"#
        }
        path if path.ends_with("/secrets") => {
            r#"{"kind":"SecretList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[]}"#
        }
        _ => {
            return Answer::json(
                404,
                r#"{"kind":"Status","apiVersion":"v1","status":"Failure","message":"not found","reason":"NotFound","code":404}"#,
            );
        }
    };
    Answer::json(200, body)
}
