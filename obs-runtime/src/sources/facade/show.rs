//! The facade's metrics in a scrape.

use std::sync::atomic::Ordering::Relaxed;

use ::metrics::Unit;

use super::family::{Cell, Family};
use super::store::{Described, Refusal, Store};
use crate::metrics::base;
use crate::record::{self, MetricKind, MetricSource, MetricVisitor, Point};

/// What is said of a metric that nobody described.
pub(super) const NO_HELP: &str = "Made by a macro of the `metrics` crate, and not described.";

impl MetricSource for Store {
    fn visit(&self, visitor: &mut dyn MetricVisitor) {
        let families = self.families();
        for family in &families {
            family.show(&self.described(&family.name), visitor);
        }
        let head = |visitor: &mut dyn MetricVisitor, name, help| {
            visitor.family(&record::Family { name, help, unit: "", kind: MetricKind::Counter });
        };
        let help =
            "Registrations by macros of the `metrics` crate that share a series, as there are too many.";
        let overflowed = || families.iter().filter(|family| family.overflowed() > 0);
        if overflowed().next().is_some() {
            head(visitor, "obs_facade_overflow_total", help);
        }
        for family in overflowed() {
            visitor.point(&[("metric", &family.name)], Point::Counter(family.overflowed()));
        }
        let help = "Registrations by macros of the `metrics` crate that came to nothing, by reason.";
        head(visitor, "obs_facade_refused_total", help);
        for (refusal, count) in Refusal::ALL.into_iter().zip(&self.refused) {
            visitor.point(&[("reason", refusal.as_str())], Point::Counter(count.load(Relaxed)));
        }
    }
}

impl Family {
    fn show(&self, described: &Described, visitor: &mut dyn MetricVisitor) {
        let unit = unit(&self.name, described.unit);
        let help = if described.help.is_empty() { NO_HELP } else { &described.help };
        let head = record::Family { name: &self.name, help, unit, kind: self.kind };
        visitor.family(&head);
        let mut number = 0;
        while let Some((labels, cell)) = self.series(number) {
            let labels: Vec<(&str, &str)> = labels.iter().map(|(k, v)| (&**k, &**v)).collect();
            match cell {
                Cell::Count(count) => visitor.point(&labels, Point::Counter(count.total())),
                Cell::Level(level) => visitor.point(&labels, Point::Gauge(level.value())),
                Cell::Distribution(values) => {
                    let (buckets, sum) = (values.buckets(), values.sum());
                    let (bounds, exemplars) = (values.bounds, &[]);
                    let point =
                        Point::Histogram { bounds, buckets: &buckets, sum, exemplars, exponential: None };
                    visitor.point(&labels, point);
                }
            }
            number += 1;
        }
    }
}

/// OpenMetrics wants the unit to be what the name ends in: others go untold.
fn unit(name: &str, unit: Option<Unit>) -> &'static str {
    let unit = unit.map_or("", |unit| unit.as_str());
    let is_end = base(name).strip_suffix(unit).is_some_and(|rest| rest.ends_with('_'));
    if is_end { unit } else { "" }
}
