//! What is in a request: how many items of which signal, and the spans by their ids.

use serde_json::Value;

use crate::context::{SpanId, TraceId};
use crate::export::Signal;
use crate::export::proto::{Field, Reader};

/// A span as it arrived: who it is, and no more.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReceivedSpan {
    /// Its trace.
    pub trace_id: TraceId,
    /// Its id.
    pub span_id: SpanId,
    /// The id of its parent; `None` for a root.
    pub parent: Option<SpanId>,
    /// Its name.
    pub name: String,
}

/// The content of one request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Items {
    /// Spans, log records or data points.
    pub(super) count: u64,
    /// The spans, of a request of traces.
    pub(super) spans: Vec<ReceivedSpan>,
}

/// Returns the signal of a path of OTLP/HTTP; what stands before it, as of a proxy, is the user's.
pub(super) fn signal(path: &str) -> Option<Signal> {
    let path = path.split('?').next()?;
    [("/v1/traces", Signal::Traces), ("/v1/metrics", Signal::Metrics), ("/v1/logs", Signal::Logs)]
        .into_iter()
        .find_map(|(end, signal)| path.ends_with(end).then_some(signal))
}

/// Reads an export request in protobuf; `None` where it is none.
pub(super) fn from_protobuf(signal: Signal, body: &[u8]) -> Option<Items> {
    let mut items = Items::default();
    // Resources, their scopes, and what each of them holds have the same numbers in all signals.
    for resource in messages(body, 1)? {
        for scope in messages(resource, 2)? {
            for item in messages(scope, 2)? {
                match signal {
                    Signal::Traces => items.spans.push(span(item)?),
                    Signal::Logs => drop(messages(item, 0)?),
                    Signal::Metrics => {
                        items.count += points(item)?;
                        continue;
                    }
                }
                items.count += 1;
            }
        }
    }
    Some(items)
}

/// Returns the messages of a repeated field; `None` where the bytes are no message.
fn messages(message: &[u8], number: u64) -> Option<Vec<&[u8]>> {
    let mut found = Vec::new();
    for field in Reader::new(message) {
        match field.ok()? {
            (at, Field::Bytes(bytes)) if at == number => found.push(bytes),
            _ => {}
        }
    }
    Some(found)
}

/// Counts the points of a metric: those of its gauge, sum, histogram, exponential histogram or summary.
fn points(metric: &[u8]) -> Option<u64> {
    let mut count = 0;
    for field in Reader::new(metric) {
        if let (5 | 7 | 9 | 10 | 11, Field::Bytes(data)) = field.ok()? {
            count += messages(data, 1)?.len() as u64;
        }
    }
    Some(count)
}

fn span(message: &[u8]) -> Option<ReceivedSpan> {
    let (mut trace, mut own, mut parent, mut name) = (None, None, None, String::new());
    for field in Reader::new(message) {
        match field.ok()? {
            (1, Field::Bytes(id)) => trace = TraceId::new(u128::from_be_bytes(id.try_into().ok()?)),
            (2, Field::Bytes(id)) => own = SpanId::new(u64::from_be_bytes(id.try_into().ok()?)),
            (4, Field::Bytes(id)) if !id.is_empty() => {
                parent = SpanId::new(u64::from_be_bytes(id.try_into().ok()?));
            }
            (5, Field::Bytes(text)) => name = std::str::from_utf8(text).ok()?.to_owned(),
            _ => {}
        }
    }
    Some(ReceivedSpan { trace_id: trace?, span_id: own?, parent, name })
}

/// Reads an export request in the JSON mapping, where ids are hexadecimal (OTLP specification, "JSON Protobuf
/// Encoding"); `None` where it is none.
pub(super) fn from_json(signal: Signal, body: &[u8]) -> Option<Items> {
    let (resources, scopes, what) = match signal {
        Signal::Traces => ("resourceSpans", "scopeSpans", "spans"),
        Signal::Logs => ("resourceLogs", "scopeLogs", "logRecords"),
        Signal::Metrics => ("resourceMetrics", "scopeMetrics", "metrics"),
    };
    let request: Value = serde_json::from_slice(body).ok()?;
    let mut items = Items::default();
    for resource in list(&request, resources)? {
        for scope in list(resource, scopes)? {
            for item in list(scope, what)? {
                match signal {
                    Signal::Traces => items.spans.push(span_of_json(item)?),
                    Signal::Logs => drop(item.as_object()?),
                    Signal::Metrics => {
                        items.count += points_of_json(item)?;
                        continue;
                    }
                }
                items.count += 1;
            }
        }
    }
    Some(items)
}

/// Returns a repeated field, which may be left out.
fn list<'a>(object: &'a Value, key: &str) -> Option<&'a [Value]> {
    match object.as_object()?.get(key) {
        None => Some(&[]),
        Some(list) => list.as_array().map(Vec::as_slice),
    }
}

fn points_of_json(metric: &Value) -> Option<u64> {
    let mut count = 0;
    for kind in ["gauge", "sum", "histogram", "exponentialHistogram", "summary"] {
        if let Some(data) = metric.as_object()?.get(kind) {
            count += list(data, "dataPoints")?.len() as u64;
        }
    }
    Some(count)
}

fn span_of_json(span: &Value) -> Option<ReceivedSpan> {
    let text = |key| span.get(key).and_then(Value::as_str);
    let id = |key| text(key).filter(|hex| hex.len() == 16).and_then(|hex| u64::from_str_radix(hex, 16).ok());
    let trace = text("traceId").filter(|hex| hex.len() == 32)?;
    Some(ReceivedSpan {
        trace_id: TraceId::new(u128::from_str_radix(trace, 16).ok()?)?,
        span_id: SpanId::new(id("spanId")?)?,
        parent: id("parentSpanId").and_then(SpanId::new),
        name: text("name").unwrap_or_default().to_owned(),
    })
}
