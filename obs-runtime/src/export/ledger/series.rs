//! The accounts as metrics.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use super::{AccountSnapshot, Ledger, Reason, Signal, sdk};
use crate::record::{Family, MetricKind, MetricSource, MetricVisitor, Point};

/// A family with one series per account.
struct Figure {
    name: &'static str,
    help: &'static str,
    kind: MetricKind,
    read: fn(&AccountSnapshot) -> Point<'static>,
}

const FIGURES: [Figure; 4] = [
    Figure {
        name: "obs_accepted_total",
        help: "Records taken over by an exporter.",
        kind: MetricKind::Counter,
        read: |account| Point::Counter(account.accepted),
    },
    Figure {
        name: "obs_exported_total",
        help: "Records delivered; for the engine, handed over to the exporters.",
        kind: MetricKind::Counter,
        read: |account| Point::Counter(account.exported),
    },
    Figure {
        name: "obs_rejected_total",
        help: "Records that the destination received and did not want.",
        kind: MetricKind::Counter,
        read: |account| Point::Counter(account.rejected),
    },
    Figure {
        name: "obs_queue_items",
        help: "Records that wait or are being sent.",
        kind: MetricKind::Gauge,
        read: |account| Point::Gauge(account.queued as f64),
    },
];

/// Shown for accounts with a spool.
const OF_SPOOLS: [Figure; 3] = [
    Figure {
        name: "obs_spooled_items",
        help: "Records on disk that wait or are being sent.",
        kind: MetricKind::Gauge,
        read: |account| Point::Gauge(account.spooled as f64),
    },
    Figure {
        name: "obs_spool_bytes",
        help: "Bytes that the spool takes on the disk.",
        kind: MetricKind::Gauge,
        read: |account| Point::Gauge(account.spool_bytes as f64),
    },
    Figure {
        name: "obs_recovered_total",
        help: "Records that an earlier process left on disk, taken over at the start.",
        kind: MetricKind::Counter,
        read: |account| Point::Counter(account.recovered),
    },
];

impl MetricSource for Ledger {
    fn visit(&self, visitor: &mut dyn MetricVisitor) {
        let accounts = self.accounts();
        // Read once, so that the families of one exposition add up.
        let taken: Vec<_> = accounts.iter().map(|a| (a.likely, a.snapshot())).collect();
        for Figure { name, help, kind, read } in FIGURES {
            begin(visitor, name, help, kind);
            for (_, account) in &taken {
                visitor.point(&labels(account), read(account));
            }
        }
        if taken.iter().any(|(_, account)| account.spools) {
            show_spools(visitor, &taken);
        }
        begin(visitor, "obs_dropped_total", "Records lost, by reason.", MetricKind::Counter);
        for (likely, account) in &taken {
            show_drops(visitor, likely, account);
        }
        let panics = self.panics.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if !panics.is_empty() {
            begin(visitor, "obs_exporter_panics_total", "Panics inside an exporter.", MetricKind::Counter);
        }
        for (exporter, count) in panics {
            visitor.point(&[("exporter", exporter)], Point::Counter(count));
        }
        let help = "Text values of spans and events that were cut, as they were longer than a limit.";
        begin(visitor, "obs_values_truncated_total", help, MetricKind::Counter);
        visitor.point(&[], Point::Counter(self.truncated.load(Ordering::Relaxed)));
        sdk::visit(&self.components(), visitor);
        let said = taken
            .iter()
            .filter(|(_, account)| account.signal == Signal::Logs && account.exporter == "engine");
        let said: u64 = said.map(|(_, account)| account.accepted).sum();
        begin(visitor, "otel_sdk_log_created_total", "Log records that were made.", MetricKind::Counter);
        visitor.point(&[], Point::Counter(said));
    }
}

fn begin(visitor: &mut dyn MetricVisitor, name: &str, help: &str, kind: MetricKind) {
    visitor.family(&Family { name, help, unit: "", kind });
}

fn labels(account: &AccountSnapshot) -> [(&'static str, &'static str); 2] {
    [("signal", account.signal.as_str()), ("exporter", account.exporter)]
}

fn show_spools(visitor: &mut dyn MetricVisitor, taken: &[(&'static [Reason], AccountSnapshot)]) {
    for Figure { name, help, kind, read } in OF_SPOOLS {
        begin(visitor, name, help, kind);
        for (_, account) in taken.iter().filter(|(_, account)| account.spools) {
            visitor.point(&labels(account), read(account));
        }
    }
}

/// Shows the likely reasons, and whatever happened.
fn show_drops(visitor: &mut dyn MetricVisitor, likely: &[Reason], account: &AccountSnapshot) {
    let [signal, exporter] = labels(account);
    for reason in Reason::ALL {
        let count = account.dropped(*reason);
        if count > 0 || likely.contains(reason) {
            visitor.point(&[signal, exporter, ("reason", reason.as_str())], Point::Counter(count));
        }
    }
}
