//! The two text formats: Prometheus 0.0.4 and OpenMetrics 1.0.

use std::io;

use super::line::{Line, push_escaped};
use super::number::{push_canonical, push_float, push_seconds, push_whole};
use super::pieces::Pieces;
use super::{CORRELATION_ID, Exposition, Head, correlation_id};
use crate::context::hex;
use crate::record::{Exemplar, MetricKind, Point};

/// Writes lines.
pub(super) struct Text<'a> {
    out: Pieces<'a>,
    /// Whether it is OpenMetrics.
    open: bool,
    base: String,
    line: Line,
    bounds: Bounds,
}

impl<'a> Text<'a> {
    pub(super) fn new(out: Pieces<'a>, open: bool) -> Self {
        Text { out, open, base: String::new(), line: Line::default(), bounds: Bounds::default() }
    }
}

impl Exposition for Text<'_> {
    /// Writes `# HELP`, `# TYPE` and `# UNIT`. OpenMetrics names families without the suffix; text 0.0.4 knows no info.
    fn family(&mut self, head: &Head<'_>) {
        let Head { base, suffix, family } = *head;
        let (open, out) = (self.open, &mut self.out.buffer);
        let named = if open { "" } else { suffix };
        let kind = match family.kind {
            MetricKind::Counter => "counter",
            MetricKind::Histogram => "histogram",
            MetricKind::Info if open => "info",
            MetricKind::Gauge | MetricKind::Info => "gauge",
        };
        if !family.help.is_empty() {
            push(out, &["# HELP ", base, named, " "]);
            push_escaped(out, family.help, |b| matches!(b, b'\\' | b'\n') || (open && b == b'"'));
            out.push(b'\n');
        }
        push(out, &["# TYPE ", base, named, " ", kind, "\n"]);
        // OpenMetrics 1.0, section 4.4: a unit must be the last part of the name.
        let ends = base.strip_suffix(family.unit).is_some_and(|rest| rest.ends_with('_'));
        if open && ends && !family.unit.is_empty() {
            push(out, &["# UNIT ", base, " ", family.unit, "\n"]);
        }
        base.clone_into(&mut self.base);
        self.line.begin(&[base, if family.kind == MetricKind::Histogram { "_bucket" } else { suffix }]);
    }

    fn point(&mut self, labels: &[(&str, &str)], point: Point<'_>) {
        self.line.set(labels);
        match point {
            Point::Counter(total) => self.value(|out| push_whole(out, total)),
            Point::Total(value) | Point::Gauge(value) => self.value(|out| push_float(out, value)),
            Point::Histogram { bounds, buckets, sum, exemplars, .. } => {
                self.histogram(bounds, buckets, sum, exemplars);
            }
        }
        self.out.pass_on();
    }

    fn is_cut(&self) -> bool {
        self.out.is_cut()
    }

    fn finish(mut self) -> io::Result<()> {
        if self.open {
            self.out.buffer.extend_from_slice(b"# EOF\n");
        }
        self.out.finish()
    }
}

impl Text<'_> {
    /// Writes the one sample of a counter, a gauge or an info.
    fn value(&mut self, value: impl FnOnce(&mut Vec<u8>)) {
        let out = &mut self.out.buffer;
        self.line.push_to(out);
        value(out);
        out.push(b'\n');
    }

    /// Writes the samples of a histogram.
    #[inline(never)] // so that those of one line are short
    fn histogram(&mut self, bounds: &[f64], buckets: &[u64], sum: f64, exemplars: &[Option<Exemplar>]) {
        let total = self.buckets(bounds, buckets, exemplars);
        // OpenMetrics 1.0, section 5.2.5: what may fall has no sum.
        if !self.open || bounds.first().is_none_or(|bound| *bound >= 0.0) {
            self.total("_sum", |out| push_float(out, sum));
            self.total("_count", |out| push_whole(out, total));
        }
    }

    /// Writes the buckets of a histogram; returns how many observations there are.
    fn buckets(&mut self, bounds: &[f64], buckets: &[u64], exemplars: &[Option<Exemplar>]) -> u64 {
        self.bounds.set(bounds, self.open);
        let (out, mut total) = (&mut self.out.buffer, 0_u64);
        for (index, le) in self.bounds.texts().enumerate() {
            total = total.saturating_add(buckets.get(index).copied().unwrap_or(0));
            self.line.push_open(out);
            out.extend_from_slice(le);
            push_whole(out, total);
            if let (true, Some(Some(exemplar))) = (self.open, exemplars.get(index)) {
                push_exemplar(out, exemplar);
            }
            out.push(b'\n');
        }
        total
    }

    fn total(&mut self, suffix: &str, value: impl FnOnce(&mut Vec<u8>)) {
        let out = &mut self.out.buffer;
        self.line.push_as(&[&self.base, suffix], out);
        value(out);
        out.push(b'\n');
    }
}

/// The bounds of a histogram's buckets as text, kept from one series to the next.
#[derive(Default)]
struct Bounds {
    bounds: Vec<f64>,
    /// One behind the other, as in `le="0.5"} `.
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Bounds {
    fn set(&mut self, bounds: &[f64], open: bool) {
        if !self.ends.is_empty() && self.bounds == bounds {
            return;
        }
        self.text.clear();
        self.ends.clear();
        self.bounds.clear();
        self.bounds.extend_from_slice(bounds);
        for bound in bounds.iter().copied().chain([f64::INFINITY]) {
            self.text.extend_from_slice(b"le=\"");
            let push = if open { push_canonical } else { push_float };
            push(&mut self.text, bound);
            self.text.extend_from_slice(b"\"} ");
            self.ends.push(self.text.len());
        }
    }

    /// One text a bucket; that of all above the last bound is the last.
    fn texts(&self) -> impl Iterator<Item = &[u8]> {
        let starts = [0].into_iter().chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| self.text.get(start..*end).unwrap_or_default())
    }
}

fn push(out: &mut Vec<u8>, texts: &[&str]) {
    for text in texts {
        out.extend_from_slice(text.as_bytes());
    }
}

fn push_exemplar(out: &mut Vec<u8>, exemplar: &Exemplar) {
    let Exemplar { context, value, time_unix_nanos, .. } = exemplar;
    out.extend_from_slice(b" # {");
    if let Some(context) = context {
        out.extend_from_slice(b"trace_id=\"");
        out.extend_from_slice(&hex::of_128(context.trace_id.get()));
        out.extend_from_slice(b"\",span_id=\"");
        out.extend_from_slice(&hex::of_64(context.span_id.get()));
        if let Some(id) = correlation_id(exemplar) {
            push(out, &["\",", CORRELATION_ID, "=\"", id]); // nothing in it needs escaping
        }
        out.push(b'"');
    }
    out.extend_from_slice(b"} ");
    push_float(out, *value);
    out.push(b' ');
    push_seconds(out, *time_unix_nanos);
}
