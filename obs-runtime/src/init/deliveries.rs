//! What becomes of telemetry, as health checks see it.

use std::sync::Arc;

use crate::export::{AccountSnapshot, Goods, Ledger, Reason};
use crate::health::{Deliveries, Delivery};

/// Shows the accounts of `ledger`. `intake` tells how full the way to the exporters is.
pub(super) fn of(ledger: &Arc<Ledger>, intake: impl Fn() -> f64 + Send + Sync + 'static) -> Deliveries {
    let ledger = Arc::clone(ledger);
    Deliveries(Box::new(move || {
        ledger.snapshot().iter().map(|account| delivery(&ledger, account, &intake)).collect()
    }))
}

fn delivery(ledger: &Ledger, account: &AccountSnapshot, intake: &impl Fn() -> f64) -> Delivery {
    let (signal, exporter) = (account.signal, account.exporter);
    let dropped = Reason::ALL.iter().map(|reason| (reason.as_str(), account.dropped(*reason)));
    let filled = ledger.filled(signal, exporter).or_else(|| (exporter == "engine").then(intake));
    let Goods { one, many, .. } = Goods::of(signal);
    Delivery {
        signal: signal.as_str(),
        exporter,
        items: [one, many],
        filled,
        lost: dropped.chain([("rejected", account.rejected)]).filter(|(_, count)| *count > 0).collect(),
        trouble: ledger.trouble(signal, exporter),
    }
}

#[cfg(test)]
mod tests;
