//! How far an attempt has come. The outermost layer of a connection notices that the request is
//! sent.
//!
//! A request may be repeated automatically only if it is known that it was not acted on (RFC 9110
//! §9.2.2). So the stage changes before the first byte is sent: in doubt, a request counts as sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

/// What an attempt is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// Looking up a name.
    Lookup,
    /// Waiting for the TCP connection to the server, or to the proxy if there is one.
    Connect,
    /// TLS with the proxy, and the request for a tunnel.
    Proxy,
    /// The TLS handshake with the server.
    Handshake,
    /// Sending the request and waiting for the response.
    Sent,
    /// Reading the body of the response.
    Body,
}

/// The stage of one attempt, which the layers of its connection share.
#[derive(Debug, Clone, Default)]
pub(super) struct Progress(Arc<AtomicU8>);

impl Progress {
    pub(super) fn reach(&self, stage: Stage) {
        self.0.store(stage as u8, Ordering::Release);
    }

    pub(super) fn stage(&self) -> Stage {
        const IN_ORDER: [Stage; 5] = [
            Stage::Lookup,
            Stage::Connect,
            Stage::Proxy,
            Stage::Handshake,
            Stage::Sent,
        ];
        let reached = self.0.load(Ordering::Acquire);
        IN_ORDER
            .into_iter()
            .find(|stage| *stage as u8 == reached)
            .unwrap_or(Stage::Body)
    }
}

/// Wraps a complete connection in [`Watched`].
#[derive(Debug)]
pub(super) struct Watch(Progress);

impl Watch {
    pub(super) fn new(progress: Progress) -> Self {
        Self(progress)
    }
}

impl<In: Transport> Connector<In> for Watch {
    type Out = Watched<In>;

    fn connect(
        &self,
        _: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        Ok(chained.map(|inner| Watched {
            inner,
            progress: self.0.clone(),
        }))
    }
}

/// A connection that changes the stage when the request is sent.
#[derive(Debug)]
pub(super) struct Watched<T> {
    inner: T,
    progress: Progress,
}

impl<T: Transport> Transport for Watched<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        self.progress.reach(Stage::Sent);
        self.inner.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        self.inner.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}
