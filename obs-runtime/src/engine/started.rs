//! Spans that were started, and those that run, under OpenTelemetry's names.

use super::arena::started_and_live;
use crate::record::{Family, MetricKind, MetricSource, MetricVisitor, Point};

const STARTED: &str = "otel_sdk_span_started_total";
const LIVE: &str = "otel_sdk_span_live";

/// The spans of this process, sampled or not; without those under a registry of the program's own.
pub(crate) struct Started;

impl MetricSource for Started {
    fn visit(&self, visitor: &mut dyn MetricVisitor) {
        let (started, live) = started_and_live();
        let help = "Spans that were started.";
        visitor.family(&Family { name: STARTED, help, unit: "", kind: MetricKind::Counter });
        visitor.point(&[], Point::Counter(started));
        let help = "Spans that have started and not ended.";
        visitor.family(&Family { name: LIVE, help, unit: "", kind: MetricKind::Gauge });
        visitor.point(&[], Point::Gauge(live as f64));
    }
}
