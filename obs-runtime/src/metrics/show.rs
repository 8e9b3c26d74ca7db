//! How one family is shown to a reader.

use super::ending::Ending;
use crate::engine::cells::{Cells, Distribution, Parts};
use crate::record::{Exemplar, Family, MetricVisitor, Point};
use crate::service::Service;

/// The services of the process at one moment.
#[derive(Debug)]
pub(super) struct Services(pub(super) Vec<String>);

impl Services {
    pub(super) fn now() -> Self {
        Services(Service::all().into_iter().map(Service::name).collect())
    }

    /// The services that a metric is shown under: those that used it. Where the process is one service, `from_start`
    /// shows it there too; where it is several, only for as long as none used the metric.
    pub(super) fn of(&self, parts: &[Parts], from_start: bool) -> Vec<usize> {
        let mut services: Vec<usize> = parts.iter().flat_map(Parts::services).collect();
        if from_start && (self.0.len() <= 1 || services.is_empty()) {
            services.push(Service::PROCESS.index());
        }
        services.sort_unstable();
        services.dedup();
        services.retain(|s| *s < self.0.len()); // named since: next time
        services
    }

    /// The label that a named service's series lead with.
    fn label(&self, service: usize) -> Option<(&str, &str)> {
        let name = self.0.get(service).filter(|_| service != Service::PROCESS.index())?;
        Some(("service_name", name))
    }
}

/// A family that is being shown: its head goes out with its first point, so that none is shown empty.
pub(super) struct Show<'v> {
    visitor: &'v mut dyn MetricVisitor,
    services: &'v Services,
    family: Family<'v>,
    begun: bool,
    /// Of the series that is being shown; empty in between.
    total: Distribution,
    /// Room for the labels of the series that is being shown; empty in between.
    labels: Vec<(&'static str, &'static str)>,
}

/// One series of a family: who has it and what its labels are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Series<'a> {
    pub(super) service: usize,
    pub(super) labels: &'a [(&'a str, &'a str)],
    pub(super) ending: Ending,
}

/// Where the numbers of a series are in one of the metrics that make up the family.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) cells: &'a Cells,
    pub(super) parts: &'a Parts,
    pub(super) slot: usize,
}

impl<'v> Show<'v> {
    pub(super) fn new(
        visitor: &'v mut dyn MetricVisitor,
        services: &'v Services,
        family: Family<'v>,
    ) -> Self {
        let (total, labels) = (Distribution::default(), Vec::new());
        Show { visitor, services, family, begun: false, total, labels }
    }

    pub(super) fn services(&self) -> &'v Services {
        self.services
    }

    /// Shows a counter's series: at zero too, unless nobody expects it.
    #[inline]
    pub(super) fn counter(&mut self, series: Series<'_>, sum: u64) {
        if sum > 0 || series.ending.is_expected {
            self.point(series, Point::Counter(sum));
        }
    }

    /// Shows how many are in flight. Its parts are read one after the other, so a call that moves on at that very
    /// moment may be seen to end only: never less than none.
    #[allow(clippy::cast_precision_loss)] // exact up to 2^53 calls at once
    pub(super) fn in_flight(&mut self, series: Series<'_>, places: &[Place<'_>]) {
        if places.iter().any(|p| p.parts.has(series.service)) {
            let count = sum(places, series.service).cast_signed().max(0);
            self.point(series, Point::Gauge(count as f64));
        }
    }

    /// Shows a gauge's series, if it was ever set.
    pub(super) fn gauge(&mut self, series: Series<'_>, places: &[Place<'_>]) {
        let levels = places.iter().filter_map(|p| p.parts.level(series.service, p.slot));
        if let Some(level) = levels.reduce(|sum, level| sum + level) {
            self.point(series, Point::Gauge(level));
        }
    }

    /// Shows the series of an info.
    pub(super) fn info(&mut self, series: Series<'_>) {
        self.point(series, Point::Gauge(1.0));
    }

    /// Shows a histogram's series, if it has an observation.
    pub(super) fn histogram(&mut self, series: Series<'_>, places: &[Place<'_>], bounds: &[f64]) {
        let mut total = std::mem::take(&mut self.total);
        for place in places {
            place.parts.distribution(series.service, place.slot, &mut total);
        }
        if !total.buckets.is_empty() {
            let buckets = std::mem::take(&mut total.buckets);
            let point = Point::Histogram {
                bounds,
                buckets: &buckets,
                sum: total.sum,
                exemplars: &exemplars(places, series.service),
                exponential: Some(total.exponential()),
            };
            self.point(series, point);
            total.buckets = buckets;
            total.clear();
        }
        self.total = total;
    }

    #[inline]
    fn point(&mut self, series: Series<'_>, point: Point<'_>) {
        if !self.begun {
            self.begun = true;
            self.visitor.family(&self.family);
        }
        if series.service == Service::PROCESS.index() && !series.ending.is_labelled() {
            self.visitor.point(series.labels, point);
        } else {
            self.labelled_point(series, point);
        }
    }

    /// Shows a point that has more labels than those of its series.
    fn labelled_point(&mut self, series: Series<'_>, point: Point<'_>) {
        let (service, ending) = (self.services.label(series.service), series.ending);
        // The same memory for every series: what is in it has not the same lifetime.
        let mut labels: Vec<(&str, &str)> = std::mem::take(&mut self.labels);
        labels.extend(service);
        labels.extend_from_slice(series.labels);
        labels.extend(ending.labels());
        self.visitor.point(&labels, point);
        labels.clear();
        self.labels = labels.into_iter().map(|_| ("", "")).collect();
    }
}

pub(super) fn sum(places: &[Place<'_>], service: usize) -> u64 {
    places.iter().fold(0, |sum, p| sum.wrapping_add(p.parts.sum(service, p.slot)))
}

/// The latest exemplar of each bucket.
fn exemplars(places: &[Place<'_>], service: usize) -> Vec<Option<Exemplar>> {
    let rows = places.iter().map(|p| p.cells.exemplars(service, p.slot));
    let merge = |mut kept: Vec<Option<Exemplar>>, row: Vec<Option<Exemplar>>| {
        if kept.is_empty() {
            return row;
        }
        for (kept, other) in kept.iter_mut().zip(row) {
            let is_later = |a: &Exemplar, b: &Exemplar| a.time_unix_nanos > b.time_unix_nanos;
            *kept = match (kept.take(), other) {
                (Some(a), Some(b)) if is_later(&b, &a) => Some(b),
                (a, b) => a.or(b),
            };
        }
        kept
    };
    rows.reduce(merge).unwrap_or_default()
}
