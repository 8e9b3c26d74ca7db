//! Protobuf: `io.prometheus.client.MetricFamily`, each behind its length.

use std::io;

use super::native::{deltas, runs};
use super::pieces::Pieces;
use super::{CORRELATION_ID, Exposition, Head, correlation_id};
use crate::context::hex;
use crate::export::proto::Writer;
use crate::record::{Buckets, Exemplar, Exponential, MetricKind, Point};

/// The bytes of a family's series from which on the next ones go into a message of their own, with the same head: a
/// message must be complete before its length is known. Scrapers read them as one family.
const MESSAGE_BYTES: usize = 64 * 1024;

/// Writes messages.
pub(super) struct Protobuf<'a> {
    out: Pieces<'a>,
    /// Name, help, type and unit of the family at hand.
    head: Writer,
    /// Its series.
    series: Writer,
    kind: MetricKind,
}

impl<'a> Protobuf<'a> {
    pub(super) fn new(out: Pieces<'a>) -> Self {
        Protobuf { out, head: Writer::default(), series: Writer::default(), kind: MetricKind::Gauge }
    }

    /// Passes on the message at hand, if it has a series.
    fn pass_on(&mut self) {
        if self.series.len() == 0 {
            return;
        }
        let mut message = Writer::onto(std::mem::take(&mut self.out.buffer));
        message.length((self.head.len() + self.series.len()) as u64);
        message.append(&self.head);
        message.append(&self.series);
        self.out.buffer = message.into_bytes();
        self.series.clear();
        self.out.pass_on();
    }
}

impl Exposition for Protobuf<'_> {
    /// Field 1 is the name, 2 the help, 3 the type, 4 a series, 5 the unit.
    fn family(&mut self, head: &Head<'_>) {
        self.pass_on();
        self.head.clear();
        let Head { base, suffix, family } = *head;
        self.head.begin(1, base.len() + suffix.len());
        self.head.raw(base.as_bytes());
        self.head.raw(suffix.as_bytes());
        self.head.bytes(2, family.help.as_bytes());
        self.head.varint(3, kind(family.kind));
        if !family.unit.is_empty() {
            self.head.bytes(5, family.unit.as_bytes());
        }
        self.kind = family.kind;
    }

    /// Fields of a series: 1 a label, 2 a gauge, 3 a counter, 7 a histogram.
    fn point(&mut self, labels: &[(&str, &str)], point: Point<'_>) {
        let is_counter = self.kind == MetricKind::Counter;
        self.series.message(4, |series| {
            for (key, value) in labels {
                label(series, key, value.as_bytes());
            }
            match point {
                #[allow(clippy::cast_precision_loss)] // the format has floats only
                Point::Counter(total) => single(series, 3, total as f64),
                Point::Total(value) | Point::Gauge(value) => {
                    single(series, if is_counter { 3 } else { 2 }, value)
                }
                Point::Histogram { bounds, buckets, sum, exemplars, exponential } => {
                    series.message(7, |out| {
                        histogram(out, &Classic { bounds, buckets, exemplars }, sum, exponential);
                    });
                }
            }
        });
        if self.series.len() >= MESSAGE_BYTES {
            self.pass_on();
        }
    }

    fn is_cut(&self) -> bool {
        self.out.is_cut()
    }

    fn finish(mut self) -> io::Result<()> {
        self.pass_on();
        self.out.finish()
    }
}

/// Numbers of `MetricType`; it knows no info.
fn kind(kind: MetricKind) -> u64 {
    match kind {
        MetricKind::Counter => 0,
        MetricKind::Gauge | MetricKind::Info => 1,
        MetricKind::Histogram => 4,
    }
}

fn label(out: &mut Writer, name: &str, value: &[u8]) {
    out.message(1, |label| {
        label.bytes(1, name.as_bytes());
        label.bytes(2, value);
    });
}

fn single(out: &mut Writer, field: u32, value: f64) {
    out.message(field, |out| out.double(1, value));
}

/// The buckets with declared bounds.
struct Classic<'a> {
    bounds: &'a [f64],
    buckets: &'a [u64],
    exemplars: &'a [Option<Exemplar>],
}

/// Fields: 1 count, 2 sum, 3 a bucket, and from 5 on what native histograms have.
fn histogram(out: &mut Writer, classic: &Classic<'_>, sum: f64, exponential: Option<Exponential<'_>>) {
    // A native histogram whose count is not the sum of its buckets is refused.
    let count = exponential.map_or_else(|| classic.buckets.iter().sum(), |e| observations(&e));
    out.varint(1, count);
    out.double(2, sum);
    let mut total = 0_u64;
    for (index, bound) in classic.bounds.iter().copied().chain([f64::INFINITY]).enumerate() {
        total = total.saturating_add(classic.buckets.get(index).copied().unwrap_or(0));
        out.message(3, |bucket| {
            bucket.varint(1, total);
            bucket.double(2, bound);
            if let Some(Some(of_bucket)) = classic.exemplars.get(index) {
                bucket.message(3, |out| exemplar(out, of_bucket));
            }
        });
    }
    if let Some(exponential) = exponential {
        native(out, &exponential);
    }
}

/// Fields: 5 schema, 6 zero threshold, 7 zero count, 9 and 12 runs, 10 and 13 differences; below and above zero.
fn native(out: &mut Writer, exponential: &Exponential<'_>) {
    let Exponential { scale, zero_threshold, zero_count, positive, negative } = *exponential;
    out.signed(5, scale.into());
    out.double(6, zero_threshold);
    out.varint(7, zero_count);
    sides(out, (9, 10), negative);
    sides(out, (12, 13), positive);
    if zero_count == 0 && zero_threshold == 0.0 && observations(exponential) == 0 {
        // What tells that it is a native one: a run of no bucket.
        out.message(12, |run| {
            run.signed(1, 0);
            run.varint(2, 0);
        });
    }
}

fn sides(out: &mut Writer, (of_runs, of_deltas): (u32, u32), buckets: Buckets<'_>) {
    for run in runs(buckets) {
        out.message(of_runs, |out| {
            out.signed(1, run.offset.into());
            out.varint(2, run.counts.len() as u64);
        });
    }
    for delta in deltas(buckets) {
        out.signed(of_deltas, delta);
    }
}

fn observations(exponential: &Exponential<'_>) -> u64 {
    let counts = exponential.positive.counts.iter().chain(exponential.negative.counts);
    counts.fold(exponential.zero_count, |sum, n| sum.saturating_add(*n))
}

/// Fields: 1 a label, 2 the value, 3 the time.
fn exemplar(out: &mut Writer, exemplar: &Exemplar) {
    let Exemplar { context, value, time_unix_nanos, .. } = exemplar;
    if let Some(context) = context {
        label(out, "trace_id", &hex::of_128(context.trace_id.get()));
        label(out, "span_id", &hex::of_64(context.span_id.get()));
    }
    if let Some(id) = correlation_id(exemplar) {
        label(out, CORRELATION_ID, id.as_bytes());
    }
    out.double(2, *value);
    out.message(3, |time| {
        time.varint(1, time_unix_nanos / 1_000_000_000);
        time.varint(2, time_unix_nanos % 1_000_000_000);
    });
}
