//! What a collector has received, and who waits for it. Knows no protocol of the transport: whoever listens tells it.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::fault::{Fault, Plan};
use super::items::{self, Items, ReceivedSpan};
use crate::export::Signal;

const SIGNALS: usize = 3;

/// A request as it arrived.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ReceivedRequest {
    /// When its head was there.
    pub at: Instant,
    /// The method.
    pub method: String,
    /// The path, with the query.
    pub path: String,
    /// Names in lower case, and values; a name may come twice.
    pub headers: Vec<(String, String)>,
    /// The body, decompressed; empty where it was not read, and after
    /// [`keep_bodies(false)`](super::FaultyCollector::keep_bodies).
    pub body: Bytes,
    /// What it was answered with. A request that cannot be read gets [`Fault::BadRequest`], whatever was planned.
    pub fault: Fault,
    /// How many items were in it.
    pub items: u64,
}

impl ReceivedRequest {
    /// Returns the first value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// Everything that a collector has received until now.
#[derive(Debug, Default)]
pub struct Received {
    acknowledged: [u64; SIGNALS],
    rejected: [u64; SIGNALS],
    arrived: [u64; SIGNALS],
    malformed: u64,
    requests: Vec<ReceivedRequest>,
    spans: Vec<ReceivedSpan>,
    connections: Vec<Instant>,
}

impl Received {
    /// Returns how many items were acknowledged: taken, in an answer that said so.
    pub fn items(&self, signal: Signal) -> u64 {
        self.acknowledged.get(signal as usize).copied().unwrap_or(0)
    }

    /// Returns how many items were rejected by a partial success.
    pub fn rejected(&self, signal: Signal) -> u64 {
        self.rejected.get(signal as usize).copied().unwrap_or(0)
    }

    /// Returns how many items arrived, however the answer was: those of a repeated request count again.
    pub fn arrived(&self, signal: Signal) -> u64 {
        self.arrived.get(signal as usize).copied().unwrap_or(0)
    }

    /// Returns how many requests were no export request of OTLP.
    pub fn malformed(&self) -> u64 {
        self.malformed
    }

    /// Returns the requests, in the order in which they were answered.
    pub fn requests(&self) -> &[ReceivedRequest] {
        &self.requests
    }

    /// Returns the spans that were taken or rejected; a span that came twice is there twice.
    pub fn spans(&self) -> &[ReceivedSpan] {
        &self.spans
    }

    /// Returns when connections were made.
    pub fn connections(&self) -> &[Instant] {
        &self.connections
    }
}

/// What listeners write and the owner of the collector reads.
#[derive(Debug, Default)]
pub(super) struct State {
    inner: Mutex<Inner>,
    changed: Condvar,
}

#[derive(Debug)]
struct Inner {
    plan: Plan,
    received: Received,
    keep_bodies: bool,
}

impl Default for Inner {
    fn default() -> Self {
        Inner { plan: Plan::default(), received: Received::default(), keep_bodies: true }
    }
}

/// A request as a listener hands it over.
pub(super) struct Delivered {
    pub(super) at: Instant,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) headers: Vec<(String, String)>,
    /// Decompressed; `None` where it was not read to its end, or could not be decompressed.
    pub(super) body: Option<Bytes>,
    /// `None` for what is no export request of OTLP.
    pub(super) items: Option<(Signal, Items)>,
}

impl Delivered {
    /// Reads the items of the body; JSON where the request says so.
    pub(super) fn read(mut self) -> Self {
        if let Some(body) = self.body.as_ref().filter(|_| self.method == "POST")
            && let Some(signal) = items::signal(&self.path)
        {
            let read = if self.is_json() { items::from_json } else { items::from_protobuf };
            self.items = read(signal, body).map(|items| (signal, items));
        }
        self
    }

    pub(super) fn is_json(&self) -> bool {
        let kind = self.headers.iter().find(|(name, _)| name == "content-type");
        kind.is_some_and(|(_, kind)| kind.starts_with("application/json"))
    }

    /// Returns the signal of its items; of what has none, any.
    pub(super) fn signal(&self) -> Signal {
        self.items.as_ref().map_or(Signal::Traces, |(signal, _)| *signal)
    }
}

impl State {
    /// Changes what is answered from now on.
    pub(super) fn plan(&self, change: impl FnOnce(&mut Plan)) {
        change(&mut self.lock().plan);
    }

    pub(super) fn keep_bodies(&self, keep: bool) {
        self.lock().keep_bodies = keep;
    }

    /// Returns what the next request is answered with, and after which time.
    pub(super) fn next(&self) -> (Fault, Duration) {
        let mut inner = self.lock();
        (inner.plan.next(), inner.plan.delay)
    }

    /// Notes a connection; returns whether it is to be reset.
    pub(super) fn connected(&self) -> bool {
        let mut inner = self.lock();
        inner.received.connections.push(Instant::now());
        let turned_away = inner.plan.turns_away;
        drop(inner);
        self.changed.notify_all();
        turned_away
    }

    /// Counts a request by the fault that is its answer, before the answer is sent. Returns the fault that it is now, and
    /// how many items are rejected by it.
    pub(super) fn receive(&self, request: Delivered, fault: Fault) -> (Fault, u64) {
        let mut guard = self.lock();
        let Inner { received, keep_bodies, .. } = &mut *guard;
        let unread = fault == Fault::ResetEarly;
        let fault = if request.items.is_none() && !unread { Fault::BadRequest } else { fault };
        let (mut count, mut rejected) = (0, 0);
        match request.items {
            Some((signal, items)) => {
                count = items.count;
                let taken;
                (taken, rejected) = fault.fate(count);
                let add = |cells: &mut [u64; SIGNALS], n| {
                    cells.get_mut(signal as usize).into_iter().for_each(|cell| *cell += n);
                };
                add(&mut received.arrived, count);
                add(&mut received.acknowledged, taken);
                add(&mut received.rejected, rejected);
                if *keep_bodies && taken + rejected > 0 {
                    received.spans.extend(items.spans);
                }
            }
            None if unread => {}
            None => received.malformed += 1,
        }
        received.requests.push(ReceivedRequest {
            at: request.at,
            method: request.method,
            path: request.path,
            headers: if *keep_bodies { request.headers } else { Vec::new() },
            body: request.body.filter(|_| *keep_bodies).unwrap_or_default(),
            fault,
            items: count,
        });
        drop(guard);
        self.changed.notify_all();
        (fault, rejected)
    }

    pub(super) fn read<R>(&self, read: impl FnOnce(&Received) -> R) -> R {
        read(&self.lock().received)
    }

    /// Waits until it is so; `false` where it was not in time.
    pub(super) fn wait(&self, mut until: impl FnMut(&Received) -> bool, timeout: Duration) -> bool {
        let guard = self.lock();
        let waited = self.changed.wait_timeout_while(guard, timeout, |inner| !until(&inner.received));
        let (_guard, result) = waited.unwrap_or_else(PoisonError::into_inner);
        !result.timed_out()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
