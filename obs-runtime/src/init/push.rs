//! Where metrics are pushed.

use std::sync::Arc;

use super::{otlp_config, wrong};
use crate::clock;
use crate::config::destination::{Printed, To};
use crate::config::{Config, ConfigError};
use crate::export::{Exporter, Gateway, Ledger, Notices, OtlpConfig, OtlpMetrics, Periodic, Source, Stdout};

/// Adds an exporter for each destination of metrics, and returns what tells them where the metrics are.
pub(super) fn exporters(
    config: &Config,
    ledger: &Arc<Ledger>,
    notices: &Notices,
    exporters: &mut Vec<Arc<dyn Exporter>>,
) -> Result<Source, ConfigError> {
    let (source, metrics) = (Source::default(), &config.metrics);
    for destination in &metrics.destinations {
        if destination.to == To::Stdout(Printed::Pretty) {
            exporters.push(Arc::new(Periodic::new(Stdout::new(ledger), &source, metrics.interval, ledger)));
            continue;
        }
        let settings = otlp_config(destination)?;
        let settings = OtlpConfig { timeout: settings.timeout.min(metrics.export_timeout), ..settings };
        let shape = (metrics.temporality, metrics.aggregation);
        let (process, started) = (Arc::new(config.resource.clone()), clock::unix_nanos());
        let pushed = OtlpMetrics::new(settings, shape, process, started, ledger, Arc::clone(notices));
        let pushed = pushed.map_err(|error| wrong(destination, error))?;
        exporters.push(Arc::new(Periodic::new(pushed, &source, metrics.interval, ledger)));
    }
    if let Some(group) = &metrics.gateway {
        let wrong = |problem| ConfigError { option: group.option(), problem };
        let pushed = Gateway::new(group, ledger, Arc::clone(notices)).map_err(wrong)?;
        exporters.push(Arc::new(Periodic::new(pushed, &source, metrics.interval, ledger)));
    }
    Ok(source)
}
