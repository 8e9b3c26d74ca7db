//! Metrics for those who scrape: Prometheus text 0.0.4, OpenMetrics 1.0, and protobuf with native histograms.

mod format;
mod line;
mod native;
mod number;
mod pieces;
mod protobuf;
mod text;

use std::collections::HashSet;
use std::io;
use std::sync::Arc;

pub(crate) use format::Format;

use self::pieces::Pieces;
use self::protobuf::Protobuf;
use self::text::Text;
use crate::record::{Exemplar, Family, MetricKind, MetricSource, MetricVisitor, Point};

/// Writes every family of every source, one series at a time, in pieces of about 16 KiB.
///
/// A family whose name an earlier one has taken is left out: two headers of one name would spoil the whole scrape.
/// Fails only where `out` does; what `out` took by then is incomplete. `out` may block.
pub(crate) fn render(
    sources: &[Arc<dyn MetricSource>],
    format: Format,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let out = Pieces::new(out);
    match format {
        Format::Text => write(sources, Text::new(out, false)),
        Format::OpenMetrics => write(sources, Text::new(out, true)),
        Format::Protobuf => write(sources, Protobuf::new(out)),
    }
}

/// Renders one of the text formats to memory.
pub(crate) fn rendered(sources: &[Arc<dyn MetricSource>], format: Format) -> String {
    let mut text = Vec::new();
    let _vectors_take_everything = render(sources, format, &mut text);
    String::from_utf8(text).unwrap_or_default()
}

fn write(sources: &[Arc<dyn MetricSource>], to: impl Exposition) -> io::Result<()> {
    let mut writer = Writer { to, taken: HashSet::new(), skip: true };
    for source in sources {
        source.visit(&mut writer);
    }
    writer.to.finish()
}

/// One of the formats.
trait Exposition {
    /// Begins a family.
    fn family(&mut self, head: &Head<'_>);
    /// Writes one of its series.
    fn point(&mut self, labels: &[(&str, &str)], point: Point<'_>);
    /// Tells whether what takes the bytes takes no more.
    fn is_cut(&self) -> bool;
    /// Writes what comes after everything, and returns the error if there was one.
    fn finish(self) -> io::Result<()>;
}

/// What a family is announced by.
struct Head<'a> {
    family: &'a Family<'a>,
    /// The name without the suffix of its kind.
    base: &'a str,
    /// What the samples of the kind end in.
    suffix: &'static str,
}

struct Writer<E> {
    to: E,
    /// The names so far, without suffixes: OpenMetrics forbids a counter `a_total` beside a gauge `a`.
    taken: HashSet<String>,
    /// Whether the family at hand is left out.
    skip: bool,
}

impl<E: Exposition> MetricVisitor for Writer<E> {
    fn family(&mut self, family: &Family<'_>) {
        let suffix = suffix(family.kind);
        let base = family.name.strip_suffix(suffix).unwrap_or(family.name);
        self.skip = self.to.is_cut() || !self.taken.insert(base.to_owned());
        if !self.skip {
            self.to.family(&Head { family, base, suffix });
        }
    }

    fn point(&mut self, labels: &[(&str, &str)], point: Point<'_>) {
        if !self.skip {
            self.to.point(labels, point);
            // Nobody reads any more: the rest of the family need not be written.
            self.skip = self.to.is_cut();
        }
    }
}

/// The label of an exemplar that leads to what belongs together.
const CORRELATION_ID: &str = "correlation_id";

/// The characters that the labels of an exemplar may have, names and values together (OpenMetrics 1.0, "Exemplars").
const EXEMPLAR: usize = 128;

/// Those that the ids of trace and span take.
const IDS: usize = "trace_id".len() + 32 + "span_id".len() + 16;

/// Returns the correlation id of an exemplar, if it fits beside the others.
fn correlation_id(exemplar: &Exemplar) -> Option<&str> {
    let id = exemplar.correlation_id.as_deref()?;
    (IDS + CORRELATION_ID.len() + id.len() <= EXEMPLAR).then_some(id)
}

fn suffix(kind: MetricKind) -> &'static str {
    match kind {
        MetricKind::Counter => "_total",
        MetricKind::Info => "_info",
        MetricKind::Gauge | MetricKind::Histogram => "",
    }
}

#[cfg(test)]
mod tests;
