//! How far a try has come, and the outermost layer of a connection, which sees the request leave.
//!
//! Rules: RFC 9110 §9.2.2 — a request may be sent again by itself only where it is known not to have been acted on.
//! The mark is set before the first byte leaves, never after: what is in doubt counts as sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

/// What a try is busy with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// Looking a name up.
    Lookup,
    /// Waiting for the TCP connection, to the proxy where there is one.
    Connect,
    /// Asking the proxy for the way through.
    Proxy,
    /// The TLS handshake with the server.
    Handshake,
    /// The request is leaving or has left.
    Sent,
    /// The head of the answer is there.
    Body,
}

/// The stage of one try, shared by the layers of its connection.
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

/// Puts [`Watched`] around a finished connection.
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

/// A connection that tells when the request leaves.
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
