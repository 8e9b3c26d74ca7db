#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by panicking

mod accounts;
#[cfg(feature = "tls")]
pub(in crate::export) mod authority;
pub(in crate::export) mod collector;
mod door;
#[cfg(feature = "grpc")]
mod grpc;
mod outages;
mod received;
#[cfg(feature = "grpc")]
mod receiver;
mod reliability;
mod spooling;
#[cfg(feature = "tls")]
mod tls;
mod wire;

use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use self::collector::{Collector, Reply};
use super::*;
use crate::export::delivery::{LIKELY, Retry, Settings};
use crate::export::testing::{balanced, span};
use crate::export::{AccountSnapshot, Reason, Worker};
use crate::record::{Record, Severity, Sink};

/// Longer than anything here takes; reached only where a test fails.
pub(in crate::export) const SOON: Duration = Duration::from_secs(20);

/// A worker with one OTLP exporter, and what the exporter told people.
struct Pipeline {
    worker: Worker,
    sink: Arc<dyn Sink>,
    ledger: Arc<Ledger>,
    notices: Receiver<(Severity, String)>,
}

/// Settings with waits of milliseconds; spans wait for a flush or a full batch.
fn config(address: &str) -> OtlpConfig {
    let millis = Duration::from_millis;
    let settings = Settings {
        schedule_delay: Duration::from_secs(3_600),
        retry: Retry { initial: millis(1), max: millis(4), attempts: 5 },
        reconnect_delay: millis(2),
        ..Settings::default()
    };
    OtlpConfig { settings, ..OtlpConfig::new(format!("http://{address}/v1/traces")) }
}

/// Changes the settings of a destination.
pub(in crate::export) fn with(config: OtlpConfig, change: impl FnOnce(Settings) -> Settings) -> OtlpConfig {
    OtlpConfig { settings: change(config.settings.clone()), ..config }
}

/// Settings for a collector of the test.
fn local(collector: &Collector) -> OtlpConfig {
    config(&collector.address.to_string())
}

impl Pipeline {
    fn new(config: OtlpConfig) -> Self {
        let ledger = Arc::new(Ledger::default());
        let (sender, notices) = channel();
        let notify: Notices = Arc::new(move |severity, line| drop(sender.send((severity, line))));
        let otlp = otlp_spans(config, &ledger, &notify).unwrap();
        let worker = Worker::start(vec![Arc::new(otlp)], Arc::clone(&ledger)).unwrap();
        Pipeline { sink: worker.sink(), worker, ledger, notices }
    }

    fn put(&self, count: usize) {
        for _ in 0..count {
            self.sink.put(Record::Span(span("work")));
        }
    }

    fn account(&self) -> AccountSnapshot {
        self.ledger.account(Signal::Traces, NAME, LIKELY).snapshot()
    }

    /// Sends `count` spans to the end, and returns the account.
    fn deliver(&self, count: usize) -> AccountSnapshot {
        self.put(count);
        self.worker.flush(SOON).unwrap();
        balanced(&self.ledger, 0);
        self.account()
    }
}
