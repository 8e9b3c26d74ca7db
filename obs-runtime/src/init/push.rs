//! Where metrics are pushed.

use std::sync::Arc;

use super::{destination, wrong};
use crate::clock;
use crate::config::{Config, ConfigError};
use crate::export::{Exporter, Gateway, Ledger, Notices, OtlpMetrics, Periodic, Source, Stdout};

/// Adds an exporter for each destination of metrics, and returns what tells them where the metrics are.
pub(super) fn exporters(
    config: &Config,
    ledger: &Arc<Ledger>,
    notices: &Notices,
    exporters: &mut Vec<Arc<dyn Exporter>>,
) -> Result<Source, ConfigError> {
    let (source, metrics) = (Source::default(), &config.metrics);
    if let Some(otlp) = &metrics.otlp {
        let shape = (otlp.temporality, otlp.aggregation);
        let (process, started) = (Arc::new(config.resource.clone()), clock::unix_nanos());
        let pushed = OtlpMetrics::new(destination(&otlp.to)?, shape, process, started, ledger, notices);
        let pushed = pushed.map_err(|error| wrong(&otlp.to, error))?;
        exporters.push(Arc::new(Periodic::new(pushed, &source, metrics.interval, ledger)));
    }
    if let Some(group) = &metrics.gateway {
        let wrong = |problem| ConfigError { option: group.option(), problem };
        let pushed = Gateway::new(group, ledger, notices).map_err(wrong)?;
        exporters.push(Arc::new(Periodic::new(pushed, &source, metrics.interval, ledger)));
    }
    if metrics.console {
        exporters.push(Arc::new(Periodic::new(Stdout::new(ledger), &source, metrics.interval, ledger)));
    }
    Ok(source)
}
