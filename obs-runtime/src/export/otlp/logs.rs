//! Log records as OTLP (`opentelemetry/proto/logs/v1/logs.proto`). Numbers are those of the fields in that file.

use super::request::Grouped;
use super::value::{write_attributes, write_count, write_text_attribute};
use crate::export::delivery::{Form, Making, Origin};
use crate::export::proto::Writer;
use crate::record::{LogRecord, Record, Severity};

/// Log records in requests of OTLP.
pub(super) struct Logs;

impl Form for Logs {
    fn origin<'r>(&self, record: &'r Record) -> Option<Origin<'r>> {
        let Record::Log(log) = record else { return None };
        Some(Origin { resource: &log.resource, scope: &log.target })
    }

    fn write(&self, record: &Record, out: Vec<u8>) -> Vec<u8> {
        let mut out = Writer::onto(out);
        if let Record::Log(log) = record {
            write_log(&mut out, log);
        }
        out.into_bytes()
    }

    fn begin(&self) -> Box<dyn Making> {
        Box::new(Grouped::default())
    }
}

fn write_log(out: &mut Writer, log: &LogRecord) {
    out.fixed64(1, log.time_unix_nanos);
    out.varint(2, severity_number(log.severity));
    out.bytes(3, log.severity.as_str().as_bytes());
    out.message(5, |out| out.bytes(1, log.body.as_bytes()));
    write_attributes(out, 6, &log.attributes);
    if let Some(id) = &log.correlation_id {
        write_text_attribute(out, 6, "correlation_id", id);
    }
    write_count(out, 7, log.dropped_attributes);
    if let Some(context) = &log.context {
        out.fixed32(8, u32::from(context.flags));
        out.bytes(9, &context.trace_id.get().to_be_bytes());
        out.bytes(10, &context.span_id.get().to_be_bytes());
    }
    // It is observed where it happens.
    out.fixed64(11, log.time_unix_nanos);
}

/// The lowest number of each range ("Field: SeverityNumber" of the logs data model).
fn severity_number(severity: Severity) -> u64 {
    match severity {
        Severity::Trace => 1,
        Severity::Debug => 5,
        Severity::Info => 9,
        Severity::Warn => 13,
        Severity::Error => 17,
    }
}
