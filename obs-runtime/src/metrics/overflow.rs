//! What metrics could not take: label values that came too late, and observations that were no number.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::conventions;
use super::dictionary::Dictionary;
use crate::callsite::{CATALOG, Entry};
use crate::engine::cells;
use crate::record::{Family, MetricKind, MetricSource, MetricVisitor, Point};

const OVERFLOW: Family<'static> = Family {
    name: "obs_metric_overflow_total",
    help: "Updates with a label value for which there was no room; they are under otel_metric_overflow=\"true\".",
    unit: "",
    kind: MetricKind::Counter,
};

const INVALID: Family<'static> = Family {
    name: "obs_observations_invalid_total",
    help: "Observations that were not a number, and so left out of their histogram.",
    unit: "",
    kind: MetricKind::Counter,
};

/// Returns how many observations were left out, and the counts of values that came too late, one for each label whose values are met at run time.
pub(crate) fn overflows() -> Arc<dyn MetricSource> {
    Arc::new(Overflows)
}

struct Overflows;

impl MetricSource for Overflows {
    fn visit(&self, visitor: &mut dyn MetricVisitor) {
        show(&CATALOG, conventions::dictionaries(), visitor);
        visitor.family(&INVALID);
        visitor.point(&[], Point::Counter(cells::left_out()));
    }
}

/// Shows the counts of a catalog, and of those of our own that something came too late for.
pub(super) fn show(
    catalog: &[Entry],
    own: impl Iterator<Item = &'static Dictionary>,
    visitor: &mut dyn MetricVisitor,
) {
    let mut dictionaries: Vec<&Dictionary> = Vec::new();
    for entry in catalog {
        let Entry::Metric(metric) = entry else { continue };
        for dictionary in metric.descriptor().dictionaries() {
            if !dictionaries.iter().any(|known| std::ptr::eq(*known, dictionary)) {
                dictionaries.push(dictionary); // several metrics may share one
            }
        }
    }
    dictionaries.extend(own.filter(|dictionary| dictionary.has_overflowed()));
    let mut late = BTreeMap::<_, u64>::new();
    for dictionary in dictionaries {
        *late.entry(dictionary.named()).or_default() += dictionary.late();
    }
    if !late.is_empty() {
        visitor.family(&OVERFLOW);
    }
    for ((metric, label), count) in late {
        visitor.point(&[("metric", metric), ("label", label)], Point::Counter(count));
    }
}
