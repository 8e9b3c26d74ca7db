//! Metrics over OTLP/HTTP: what every series holds, on an interval and whenever it is flushed.

mod collect;
mod delta;
mod exponential;
mod name;
mod point;
mod reading;
mod request;

#[cfg(test)]
mod tests;

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use self::collect::Collect;
pub use self::collect::Temporality;
use self::delta::Deltas;
use self::point::Times;
pub use self::reading::HistogramAggregation;
use self::request::Requests;
use super::Way;
use crate::clock;
use crate::export::delivery::{EndpointError, Goods, LIKELY, Outbox, Receipt};
use crate::export::periodic::{Push, Source};
use crate::export::{Account, Ledger, Notices, Reason, Signal};
use crate::quiet;
use crate::record::Resource;

/// What is lost on the way of metrics.
const POINTS: Goods =
    Goods { advice: "; what they counted goes out with the next", ..Goods::of(Signal::Metrics) };

/// A destination of metrics, by OTLP.
///
/// A round is one request, or several where one would be larger than allowed; the next begins when all have met their
/// fate. Data points are accounted for under `exporter="otlp"`, `signal="metrics"`. A cumulative value that is lost is
/// told again by the next one. Deltas are what came since the value that the destination has received last: of what it
/// did not, nothing is lost and nothing is sent twice. A request that was sent and never answered counts as not received.
#[derive(Debug)]
pub(crate) struct OtlpMetrics {
    outbox: Outbox,
    account: Arc<Account>,
    ledger: Arc<Ledger>,
    round: Round,
    /// When all series were at nothing.
    started: u64,
    deltas: Arc<Mutex<Deltas>>,
}

/// What goes for every round.
#[derive(Clone, Debug)]
struct Round {
    temporality: Temporality,
    aggregation: HistogramAggregation,
    /// Whose metrics they are, unless a label says so.
    process: Arc<Resource>,
    /// The most bytes in a request.
    limit: usize,
}

impl OtlpMetrics {
    /// Makes a destination, or says why the endpoint cannot be used. All series were at nothing at `started`.
    pub(crate) fn new(
        mut way: impl Way,
        (temporality, aggregation): (Temporality, HistogramAggregation),
        process: Arc<Resource>,
        started: u64,
        ledger: &Arc<Ledger>,
        notices: &Notices,
    ) -> Result<Self, EndpointError> {
        let limit = way.settings().max_batch_bytes;
        let round = Round { temporality, aggregation, process, limit };
        *way.settings() = way.settings().clone().of_whole_requests();
        let name = way.name();
        Ok(OtlpMetrics {
            outbox: way.outbox(Signal::Metrics, POINTS, ledger, notices)?,
            account: ledger.account(Signal::Metrics, name, LIKELY),
            ledger: Arc::clone(ledger),
            round,
            started,
            deltas: Arc::new(Mutex::new(Deltas::new(started))),
        })
    }

    /// Looks at every series, and posts what it holds; returns what became of each request. Takes its time, and calls
    /// what users wrote: not for the I/O thread.
    fn collect(&self, source: &Source) -> Vec<Option<Receipt>> {
        let began = Instant::now();
        let mut deltas = self.deltas.lock().unwrap_or_else(PoisonError::into_inner);
        let times = Times { start: self.started, end: deltas.begin(clock::unix_nanos()) };
        let mut receipts = Vec::new();
        let mut send = |bytes: Vec<u8>, points: u64| receipts.push(self.outbox.post(bytes, points).ok());
        let mut lost = |reason: Reason| {
            self.account.accepted(1);
            self.account.dropped(reason, 1);
            self.outbox.lost(1, "the data point is too large");
        };
        let Round { temporality, aggregation, process, limit } = &self.round;
        let requests = Requests::new(process, *limit, &mut send);
        let mut collect = Collect::new((*temporality, *aggregation), times, &mut deltas, requests, &mut lost);
        for source in source.all() {
            if catch_unwind(AssertUnwindSafe(|| source.visit(&mut collect))).is_err() {
                self.ledger.panicked(self.outbox.name());
            }
        }
        collect.finish();
        self.outbox.collected(began.elapsed());
        receipts
    }
}

impl Push for OtlpMetrics {
    fn name(&self) -> &'static str {
        self.outbox.name()
    }

    fn outbox(&self) -> Option<&Outbox> {
        Some(&self.outbox)
    }

    fn push(self: Arc<Self>, source: Source) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(async move {
            let this = Arc::clone(&self);
            let collected = tokio::task::spawn_blocking(move || {
                quiet::hush();
                this.collect(&source)
            });
            let Ok(receipts) = collected.await else {
                return self.ledger.panicked(self.outbox.name());
            };
            let mut received = Vec::with_capacity(receipts.len());
            for receipt in receipts {
                received.push(match receipt {
                    Some(receipt) => receipt.was_received().await,
                    None => false,
                });
            }
            self.deltas.lock().unwrap_or_else(PoisonError::into_inner).end(&received);
        })
    }
}
