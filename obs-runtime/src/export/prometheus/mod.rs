//! Metrics as text: the Prometheus text format 0.0.4 and OpenMetrics 1.0.

mod format;
mod number;

use std::collections::HashSet;
use std::fmt::{self, Write};
use std::sync::Arc;

pub(crate) use format::Format;

use self::number::{Float, Seconds};
use super::text::write_with;
use crate::record::{Exemplar, Family, MetricKind, MetricSource, MetricVisitor, Point};

/// Writes every family of every source, one series at a time.
///
/// A family whose name an earlier one has taken is left out: two headers of one name would spoil the whole scrape.
/// Fails only where `out` does; what `out` took by then is incomplete.
pub(crate) fn render<W: Write>(
    sources: &[Arc<dyn MetricSource>],
    format: Format,
    out: &mut W,
) -> fmt::Result {
    let mut writer = Writer {
        out,
        format,
        taken: HashSet::new(),
        base: String::new(),
        kind: MetricKind::Gauge,
        skip: true,
        result: Ok(()),
    };
    for source in sources {
        source.visit(&mut writer);
    }
    writer.result?;
    if format == Format::OpenMetrics {
        out.write_str("# EOF\n")?;
    }
    Ok(())
}

struct Writer<'a, W> {
    out: &'a mut W,
    format: Format,
    /// The names so far, without suffixes: OpenMetrics forbids a counter `a_total` beside a gauge `a`.
    taken: HashSet<String>,
    /// The name of the family at hand, without the suffix of its kind.
    base: String,
    kind: MetricKind,
    /// Whether the family at hand is left out.
    skip: bool,
    result: fmt::Result,
}

impl<W: Write> MetricVisitor for Writer<'_, W> {
    fn family(&mut self, family: &Family<'_>) {
        let base = family.name.strip_suffix(suffix(family.kind)).unwrap_or(family.name);
        self.skip = !self.taken.insert(base.to_owned());
        if self.skip || self.result.is_err() {
            return;
        }
        base.clone_into(&mut self.base);
        self.kind = family.kind;
        self.result = self.header(family);
    }

    fn point(&mut self, labels: &[(&str, &str)], point: Point<'_>) {
        if self.skip || self.result.is_err() {
            return;
        }
        self.result = match point {
            Point::Counter(total) => self.value(labels, |out| write!(out, "{total}")),
            Point::Total(value) | Point::Gauge(value) => {
                self.value(labels, |out| write!(out, "{}", Float(value)))
            }
            Point::Histogram { bounds, buckets, sum, exemplars, .. } => {
                self.histogram(labels, bounds, buckets, sum, exemplars)
            }
        };
    }
}

/// What the samples of a kind end in.
fn suffix(kind: MetricKind) -> &'static str {
    match kind {
        MetricKind::Counter => "_total",
        MetricKind::Info => "_info",
        MetricKind::Gauge | MetricKind::Histogram => "",
    }
}

impl<W: Write> Writer<'_, W> {
    /// Writes `# HELP`, `# TYPE` and `# UNIT`. OpenMetrics names families without the suffix; text 0.0.4 knows no info.
    fn header(&mut self, family: &Family<'_>) -> fmt::Result {
        let Writer { out, format, base, .. } = self;
        let open = *format == Format::OpenMetrics;
        let suffix = if open { "" } else { suffix(family.kind) };
        let kind = match family.kind {
            MetricKind::Counter => "counter",
            MetricKind::Histogram => "histogram",
            MetricKind::Info if open => "info",
            MetricKind::Gauge | MetricKind::Info => "gauge",
        };
        if !family.help.is_empty() {
            write!(out, "# HELP {base}{suffix} ")?;
            write_with(*out, family.help, |c| matches!(c, '\\' | '\n') || (open && c == '"'), escape)?;
            out.write_char('\n')?;
        }
        writeln!(out, "# TYPE {base}{suffix} {kind}")?;
        // OpenMetrics 1.0, section 4.4: a unit must be the last part of the name.
        let named = base.strip_suffix(family.unit).is_some_and(|rest| rest.ends_with('_'));
        if open && named && !family.unit.is_empty() {
            writeln!(out, "# UNIT {base} {}", family.unit)?;
        }
        Ok(())
    }

    /// Writes the one sample of a counter, a gauge or an info.
    fn value(&mut self, labels: &[(&str, &str)], value: impl FnOnce(&mut W) -> fmt::Result) -> fmt::Result {
        self.out.write_str(&self.base)?;
        self.out.write_str(suffix(self.kind))?;
        write_labels(self.out, labels, None)?;
        self.out.write_char(' ')?;
        value(self.out)?;
        self.out.write_char('\n')
    }

    fn histogram(
        &mut self,
        labels: &[(&str, &str)],
        bounds: &[f64],
        buckets: &[u64],
        sum: f64,
        exemplars: &[Option<Exemplar>],
    ) -> fmt::Result {
        let mut total = 0_u64;
        let les = bounds.iter().copied().chain([f64::INFINITY]);
        for (index, le) in les.enumerate() {
            total = total.saturating_add(buckets.get(index).copied().unwrap_or(0));
            let le = if self.format == Format::OpenMetrics {
                Float(le).canonical()
            } else {
                Float(le).to_string()
            };
            write!(self.out, "{}_bucket", self.base)?;
            write_labels(self.out, labels, Some(&le))?;
            write!(self.out, " {total}")?;
            if let (Format::OpenMetrics, Some(Some(exemplar))) = (self.format, exemplars.get(index)) {
                write_exemplar(self.out, exemplar)?;
            }
            self.out.write_char('\n')?;
        }
        write!(self.out, "{}_sum", self.base)?;
        write_labels(self.out, labels, None)?;
        writeln!(self.out, " {}", Float(sum))?;
        write!(self.out, "{}_count", self.base)?;
        write_labels(self.out, labels, None)?;
        writeln!(self.out, " {total}")
    }
}

fn write_labels<W: Write>(out: &mut W, labels: &[(&str, &str)], le: Option<&str>) -> fmt::Result {
    let mut before = '{';
    for (key, value) in labels.iter().copied().chain(le.map(|le| ("le", le))) {
        write!(out, "{before}{key}=\"")?;
        write_with(out, value, |c| matches!(c, '\\' | '"' | '\n'), escape)?;
        out.write_char('"')?;
        before = ',';
    }
    if before == ',' { out.write_char('}') } else { Ok(()) }
}

/// Both formats have three escapes.
fn escape<W: Write>(out: &mut W, c: char) -> fmt::Result {
    match c {
        '\n' => out.write_str("\\n"),
        c => write!(out, "\\{c}"),
    }
}

fn write_exemplar<W: Write>(out: &mut W, exemplar: &Exemplar) -> fmt::Result {
    let Exemplar { context, value, time_unix_nanos } = exemplar;
    let (trace, span) = (context.trace_id, context.span_id);
    let (value, time) = (Float(*value), Seconds(*time_unix_nanos));
    write!(out, " # {{trace_id=\"{trace}\",span_id=\"{span}\"}} {value} {time}")
}

#[cfg(test)]
mod tests;
