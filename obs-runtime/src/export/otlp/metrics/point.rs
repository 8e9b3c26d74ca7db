//! Data points as OTLP (`opentelemetry/proto/metrics/v1/metrics.proto`). Numbers are those of the fields in that file.

use super::exponential::{Grid, Row};
use super::name;
use super::reading::Reading;
use crate::export::otlp::value::{write_text_attribute, write_value};
use crate::export::proto::Writer;
use crate::record::Exemplar;

/// What a data point belongs to: the kinds of `Metric.data`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Gauge,
    Sum { delta: bool, monotonic: bool },
    Histogram { delta: bool },
    Exponential { delta: bool },
}

impl Form {
    /// Returns the number of its field in `Metric`.
    pub(super) fn field(self) -> u32 {
        match self {
            Form::Gauge => 5,
            Form::Sum { .. } => 7,
            Form::Histogram { .. } => 9,
            Form::Exponential { .. } => 10,
        }
    }

    /// Writes what follows the points: `AggregationTemporality`, and whether a sum only grows.
    pub(super) fn write_end(self, out: &mut Writer) {
        let (delta, monotonic) = match self {
            Form::Gauge => return,
            Form::Sum { delta, monotonic } => (delta, monotonic),
            Form::Histogram { delta } | Form::Exponential { delta } => (delta, false),
        };
        out.varint(2, if delta { 1 } else { 2 });
        if monotonic {
            out.varint(3, 1);
        }
    }
}

/// The interval of a point, nanoseconds since the Unix epoch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub(super) start: u64,
    pub(super) end: u64,
}

/// What a distribution has besides its counts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Details<'a> {
    pub(super) bounds: &'a [f64],
    pub(super) exemplars: &'a [Option<Exemplar>],
}

/// Writes a `NumberDataPoint` of a gauge, or of a sum where `start` says since when.
pub(super) fn write_number(
    out: &mut Writer,
    labels: &[(&str, &str)],
    start: Option<u64>,
    end: u64,
    value: f64,
) {
    if let Some(start) = start {
        out.fixed64(2, start);
    }
    out.fixed64(3, end);
    out.fixed64(4, value.to_bits());
    write_attributes(out, 7, labels);
}

/// Writes a data point of what only grows, and returns what it belongs to.
pub(super) fn write_reading(
    out: &mut Writer,
    labels: &[(&str, &str)],
    times: Times,
    reading: &Reading<'_>,
    details: Details<'_>,
    delta: bool,
) -> Form {
    let Times { start, end } = times;
    match reading {
        Reading::Int(total) => {
            out.fixed64(2, start);
            out.fixed64(3, end);
            out.fixed64(6, *total); // as it is signed there, 2^63 is more than it can show
            write_attributes(out, 7, labels);
            Form::Sum { delta, monotonic: true }
        }
        Reading::Double(total) => {
            write_number(out, labels, Some(start), end, *total);
            Form::Sum { delta, monotonic: true }
        }
        Reading::Explicit { buckets, sum } => {
            out.fixed64(2, start);
            out.fixed64(3, end);
            out.fixed64(4, buckets.iter().sum());
            out.fixed64(5, sum.to_bits());
            out.fixed64s(6, buckets.iter().copied());
            out.fixed64s(7, details.bounds.iter().map(|bound| bound.to_bits()));
            write_exemplars(out, 8, details.exemplars, times, delta);
            write_attributes(out, 9, labels);
            Form::Histogram { delta }
        }
        Reading::Exponential { grid, sum } => {
            write_attributes(out, 1, labels);
            out.fixed64(2, start);
            out.fixed64(3, end);
            write_grid(out, grid, *sum);
            write_exemplars(out, 11, details.exemplars, times, delta);
            Form::Exponential { delta }
        }
    }
}

fn write_grid(out: &mut Writer, grid: &Grid<'_>, sum: f64) {
    out.fixed64(4, grid.count());
    // "Negative events can be recorded, but sum should not be filled out when doing so."
    if grid.negative.counts.iter().all(|count| *count == 0) {
        out.fixed64(5, sum.to_bits());
    }
    out.zigzag(6, grid.scale);
    out.fixed64(7, grid.zero_count);
    write_row(out, 8, &grid.positive);
    write_row(out, 9, &grid.negative);
    if grid.zero_threshold > 0.0 {
        out.fixed64(14, grid.zero_threshold.to_bits());
    }
}

fn write_row(out: &mut Writer, field: u32, row: &Row<'_>) {
    if row.counts.is_empty() {
        return;
    }
    out.message(field, |out| {
        out.zigzag(1, row.offset);
        out.varints(2, row.counts.iter().copied());
    });
}

/// Writes exemplars; those of a delta are of its interval.
fn write_exemplars(out: &mut Writer, field: u32, exemplars: &[Option<Exemplar>], times: Times, delta: bool) {
    let is_new = |exemplar: &&Exemplar| !delta || exemplar.time_unix_nanos >= times.start;
    for Exemplar { context, correlation_id, value, time_unix_nanos } in
        exemplars.iter().flatten().filter(is_new)
    {
        out.message(field, |out| {
            out.fixed64(2, *time_unix_nanos);
            out.fixed64(3, value.to_bits());
            if let Some(context) = context {
                out.bytes(4, &context.span_id.get().to_be_bytes());
                out.bytes(5, &context.trace_id.get().to_be_bytes());
            }
            if let Some(id) = correlation_id {
                write_text_attribute(out, 7, "correlation_id", id);
            }
        });
    }
}

fn write_attributes(out: &mut Writer, field: u32, labels: &[(&str, &str)]) {
    for (label, value) in labels {
        match name::attribute(label, value) {
            (key, None) => write_text_attribute(out, field, key, value),
            (key, Some(other)) => out.message(field, |out| {
                out.bytes(1, key.as_bytes());
                out.message(2, |out| write_value(out, &other));
            }),
        }
    }
}
