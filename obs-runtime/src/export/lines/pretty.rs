//! Records on standard output for people (`console`): a span or a log record a line, and below a span its events.

use std::fmt::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use super::StdoutConfig;
use crate::export::console::{write_attributes, write_record};
use crate::export::delivery::{Form, Goods, Item, Making, Origin, Records, Settings};
use crate::export::text::{write_escaped, write_time};
use crate::export::{Ledger, Notices, Signal};
use crate::record::{LogRecord, Record, SpanKind, SpanRecord, Status};

/// The longest that people wait for what they want to see.
const SOON: Duration = Duration::from_millis(200);

/// Makes an exporter that prints spans when they have ended.
pub(crate) fn pretty_spans(config: StdoutConfig, ledger: &Arc<Ledger>, notices: &Notices) -> Records {
    printed(config, Signal::Traces, (ledger, notices))
}

/// Makes an exporter that prints log records.
pub(crate) fn pretty_logs(config: StdoutConfig, ledger: &Arc<Ledger>, notices: &Notices) -> Records {
    printed(config, Signal::Logs, (ledger, notices))
}

fn printed(config: StdoutConfig, signal: Signal, shared: (&Arc<Ledger>, &Notices)) -> Records {
    let schedule_delay = config.settings.schedule_delay.min(SOON);
    let config = StdoutConfig { settings: Settings { schedule_delay, ..config.settings }, ..config };
    Records::new(config.printed(signal, Goods::of(signal), None, shared), Arc::new(Pretty(signal)))
}

/// Lines of the records of a signal.
pub(super) struct Pretty(pub(super) Signal);

impl Form for Pretty {
    fn origin<'r>(&self, record: &'r Record) -> Option<Origin<'r>> {
        match (self.0, record) {
            (Signal::Traces, Record::Span(span)) => {
                Some(Origin { resource: &span.resource, scope: &span.scope })
            }
            (Signal::Logs, Record::Log(log)) => Some(Origin { resource: &log.resource, scope: &log.target }),
            _ => None,
        }
    }

    fn write(&self, record: &Record, out: Vec<u8>) -> Vec<u8> {
        let mut out = String::from_utf8(out).unwrap_or_default(); // it is empty
        let _string_never_fails = match record {
            Record::Span(span) => write_span(&mut out, span),
            Record::Log(log) => write_log(&mut out, log),
        };
        out.into_bytes()
    }

    fn begin(&self) -> Box<dyn Making> {
        Box::new(Page::default())
    }
}

/// Lines that are printed at once.
#[derive(Debug, Default)]
struct Page(Vec<u8>);

impl Making for Page {
    fn push(&mut self, item: &Item<'_>) {
        self.0.extend_from_slice(&item.bytes);
    }

    fn shrink(&mut self) {
        self.0.shrink_to_fit();
    }

    fn into_bytes(self: Box<Self>) -> Vec<u8> {
        self.0
    }
}

fn write_log(out: &mut String, log: &LogRecord) -> fmt::Result {
    write_record(out, log)?;
    out.write_char('\n')
}

/// Writes when it began, whose it is, its name, how long it took, how it ended, what it knows, and where it belongs.
fn write_span(out: &mut String, span: &SpanRecord) -> fmt::Result {
    write_time(out, span.start_unix_nanos, 3)?;
    out.write_str("  SPAN ")?;
    write_escaped(out, &span.resource.service)?;
    out.write_char(' ')?;
    write_escaped(out, &span.scope)?;
    out.write_str(": ")?;
    write_escaped(out, &span.name)?;
    write!(out, " {:?}", Duration::from_nanos(span.duration_nanos))?;
    match (&span.status, span.outcome) {
        (Status::Error(description), _) if !description.is_empty() => {
            out.write_str(" error: ")?;
            write_escaped(out, description)?;
        }
        (_, Some(outcome)) => write!(out, " {outcome}")?,
        (Status::Error(_), None) => out.write_str(" error")?,
        (Status::Ok, None) => out.write_str(" ok")?,
        (Status::Unset, None) => {}
    }
    if let Some(kind) = kind(span.kind) {
        write!(out, " kind={kind}")?;
    }
    write_attributes(out, &span.attributes)?;
    write!(out, " trace_id={} span_id={}", span.context.trace_id, span.context.span_id)?;
    if let Some(parent) = span.parent {
        write!(out, " parent_id={parent}")?;
    }
    for link in &span.links {
        write!(out, " link={}/{}", link.context.trace_id, link.context.span_id)?;
    }
    for (what, count) in [
        ("attributes", span.dropped_attributes),
        ("events", span.dropped_events),
        ("links", span.dropped_links),
    ] {
        if count > 0 {
            write!(out, " dropped_{what}={count}")?;
        }
    }
    out.write_char('\n')?;
    write_events(out, span)
}

fn write_events(out: &mut String, span: &SpanRecord) -> fmt::Result {
    for event in &span.events {
        let after = event.time_unix_nanos.saturating_sub(span.start_unix_nanos);
        write!(out, "    +{:?} ", Duration::from_nanos(after))?;
        write_escaped(out, &event.name)?;
        write_attributes(out, &event.attributes)?;
        if event.dropped_attributes > 0 {
            write!(out, " dropped_attributes={}", event.dropped_attributes)?;
        }
        out.write_char('\n')?;
    }
    Ok(())
}

fn kind(kind: SpanKind) -> Option<&'static str> {
    match kind {
        SpanKind::Internal => None,
        SpanKind::Server => Some("server"),
        SpanKind::Client => Some("client"),
        SpanKind::Producer => Some("producer"),
        SpanKind::Consumer => Some("consumer"),
    }
}
