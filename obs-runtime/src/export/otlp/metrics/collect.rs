//! One round: what the sources show becomes requests.

use std::collections::HashSet;

use super::delta::{Deltas, write_key};
use super::name;
use super::point::{Details, Form, Times, write_number, write_reading};
use super::reading::{HistogramAggregation, Reading};
use super::request::Requests;
use crate::export::Reason;
use crate::export::proto::Writer;
use crate::record::{Family, MetricKind, MetricVisitor, Point};

/// Which values are sent (`OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Temporality {
    /// Everything since the start.
    #[default]
    Cumulative,
    /// What came since the last value that was received.
    Delta,
    /// As [`Temporality::Delta`], but counters that somebody else keeps, as CPU seconds, are sent as they are.
    LowMemory,
}

/// The label that tells which service of the process a series belongs to: a resource here.
const SERVICE: &str = "service_name";

/// Encodes every series.
pub(super) struct Collect<'a> {
    pub(super) temporality: Temporality,
    pub(super) aggregation: HistogramAggregation,
    /// When everything began, and the time of this round.
    pub(super) times: Times,
    pub(super) deltas: &'a mut Deltas,
    pub(super) requests: Requests<'a>,
    /// Takes what cannot be sent.
    pub(super) lost: &'a mut dyn FnMut(Reason),
    family: String,
    /// Whether the values of the family at hand add up: an info, or an `UpDownCounter`.
    is_sum: bool,
    /// The names so far: of two families with one name the first is sent, as in an exposition.
    taken: HashSet<String>,
    skip: bool,
    key: Vec<u8>,
    point: Writer,
}

impl<'a> Collect<'a> {
    pub(super) fn new(
        (temporality, aggregation): (Temporality, HistogramAggregation),
        times: Times,
        deltas: &'a mut Deltas,
        requests: Requests<'a>,
        lost: &'a mut dyn FnMut(Reason),
    ) -> Self {
        Collect {
            temporality,
            aggregation,
            times,
            deltas,
            requests,
            lost,
            family: String::new(),
            is_sum: false,
            taken: HashSet::new(),
            skip: true,
            key: Vec::new(),
            point: Writer::default(),
        }
    }

    /// Sends what is left.
    pub(super) fn finish(self) {
        self.requests.finish();
    }

    /// Tells whether a series is sent as what came since.
    fn is_delta(&self, reading: &Reading<'_>) -> bool {
        match self.temporality {
            Temporality::Cumulative => false,
            Temporality::Delta => true,
            Temporality::LowMemory => !matches!(reading, Reading::Double(_)),
        }
    }

    fn gauge(&mut self, service: Option<&str>, labels: &[(&str, &str)], value: f64) {
        // The conventions say what is a sum, and an info is to be summed where its labels are left away ("Info" on the compatibility page).
        let start = self.is_sum.then_some(self.times.start);
        let form = if self.is_sum { Form::Sum { delta: false, monotonic: false } } else { Form::Gauge };
        write_number(&mut self.point, labels, start, self.times.end, value);
        if let Err(reason) = self.requests.point(service, form, &self.point) {
            (self.lost)(reason);
        }
    }

    fn reading(
        &mut self,
        service: Option<&str>,
        labels: &[(&str, &str)],
        reading: Reading<'_>,
        details: Details<'_>,
    ) {
        let delta = self.is_delta(&reading);
        let (times, shown) = if delta {
            // The name also tells readings of one series in two forms apart.
            let Some((start, change)) = self.deltas.change(&self.key, &reading) else { return };
            (Times { start, ..self.times }, change)
        } else {
            (self.times, reading.clone())
        };
        let form = write_reading(&mut self.point, labels, times, &shown, details, delta);
        match self.requests.point(service, form, &self.point) {
            Ok(request) if delta => self.deltas.send(&self.key, reading.into_owned(), request),
            Ok(_) => {}
            Err(reason) => (self.lost)(reason),
        }
    }
}

impl MetricVisitor for Collect<'_> {
    fn family(&mut self, family: &Family<'_>) {
        self.skip = !self.taken.insert(family.name.to_owned());
        if self.skip {
            return;
        }
        family.name.clone_into(&mut self.family);
        self.is_sum = family.kind == MetricKind::Info || name::goes_up_and_down(family.name);
        self.requests.family(family);
    }

    fn point(&mut self, labels: &[(&str, &str)], point: Point<'_>) {
        if self.skip {
            return;
        }
        write_key(&mut self.key, &self.family, labels);
        self.point.clear();
        let (service, labels) = match labels.split_first() {
            Some(((SERVICE, service), others)) => (Some(*service), others),
            _ => (None, labels),
        };
        match (Reading::of(&point, self.aggregation), point) {
            (Some(reading), Point::Histogram { bounds, exemplars, .. }) => {
                self.reading(service, labels, reading, Details { bounds, exemplars });
            }
            (Some(reading), _) => self.reading(service, labels, reading, Details::default()),
            (None, Point::Gauge(value)) => self.gauge(service, labels, value),
            (None, _) => {}
        }
    }
}
