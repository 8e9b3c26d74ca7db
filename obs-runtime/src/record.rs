//! Plain data between those who measure and those who export: the narrow waist.
//!
//! Producers (`engine`, `metrics`, `log`) make these values, exporters (`export`, `admin`) read them, and neither
//! side names the other.

mod sink;
mod spans;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::context::{SpanContext, SpanId};
use crate::outcome::Outcome;

pub(crate) use sink::{Loss, Sink};
pub(crate) use spans::{Decode, Spans};

/// A text that is usually a constant.
pub type Text = Cow<'static, str>;

/// An attribute value: the scalar kinds of the OpenTelemetry data model.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// True or false.
    Bool(bool),
    /// A signed integer.
    Int(i64),
    /// A floating-point number.
    Double(f64),
    /// A text.
    Str(Text),
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}

impl From<i32> for Value {
    fn from(value: i32) -> Self {
        Value::Int(value.into())
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Value::Int(value.into())
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Value::Int(value)
    }
}

/// What an `i64` cannot hold becomes a text, so that no digit is lost.
impl From<u64> for Value {
    fn from(value: u64) -> Self {
        i64::try_from(value).map_or_else(|_| Value::Str(value.to_string().into()), Value::Int)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Value::Double(value)
    }
}

impl From<&'static str> for Value {
    fn from(value: &'static str) -> Self {
        Value::Str(value.into())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Value::Str(value.into())
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Bool(v) => v.fmt(f),
            Value::Int(v) => v.fmt(f),
            Value::Double(v) => v.fmt(f),
            Value::Str(v) => f.write_str(v),
        }
    }
}

/// A named value on a span, an event, a log record or a resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// The name, as in `http.request.method`.
    pub key: Text,
    /// The value.
    pub value: Value,
}

/// The entity that produced a record, as in OpenTelemetry's resource: `service.name` and its companions.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// The value of `service.name`.
    pub service: Text,
    /// Every other attribute; `service.name` is not repeated here.
    pub attributes: Vec<Attribute>,
}

/// The role of a span, as in OpenTelemetry's `SpanKind`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SpanKind {
    /// Work inside the process.
    #[default]
    Internal,
    /// A request that is served.
    Server,
    /// A request that is made.
    Client,
    /// A message that is sent.
    Producer,
    /// A message that is processed.
    Consumer,
}

/// The status of a span, as in OpenTelemetry.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Status {
    /// Nothing was said.
    #[default]
    Unset,
    /// The application said that all is well.
    Ok,
    /// The call failed or panicked; the text is empty unless the user named one.
    Error(Text),
}

/// Something that happened at one moment inside a span.
#[derive(Clone, Debug, PartialEq)]
pub struct SpanEvent {
    /// The event's name or message.
    pub name: Text,
    /// Nanoseconds since the Unix epoch.
    pub time_unix_nanos: u64,
    /// The fields of the event.
    pub attributes: Vec<Attribute>,
    /// Attributes that did not fit.
    pub dropped_attributes: u32,
}

/// A reference from one span to another that is not its parent.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// The span referred to.
    pub context: SpanContext,
}

/// A span that has ended.
#[derive(Clone, Debug)]
pub struct SpanRecord {
    /// Trace id, span id, flags and tracestate.
    pub context: SpanContext,
    /// The parent's span id; `None` for the root of a trace.
    pub parent: Option<SpanId>,
    /// Whether the parent lives in another process or service.
    pub parent_is_remote: bool,
    /// The span's name.
    pub name: Text,
    /// The role.
    pub kind: SpanKind,
    /// The instrumentation scope: the `tracing` target.
    pub scope: Text,
    /// Start, nanoseconds since the Unix epoch.
    pub start_unix_nanos: u64,
    /// Duration in nanoseconds; never negative, whatever the wall clock does.
    pub duration_nanos: u64,
    /// The fields that the user named, and `error.type`.
    pub attributes: Vec<Attribute>,
    /// What happened inside.
    pub events: Vec<SpanEvent>,
    /// Other spans this one refers to.
    pub links: Vec<Link>,
    /// How the call ended; `None` for a span that no annotation made.
    pub outcome: Option<Outcome>,
    /// The status.
    pub status: Status,
    /// Attributes that did not fit.
    pub dropped_attributes: u32,
    /// Events that did not fit.
    pub dropped_events: u32,
    /// Links that did not fit.
    pub dropped_links: u32,
    /// Who made it.
    pub resource: Arc<Resource>,
}

impl SpanRecord {
    /// Returns the end in nanoseconds since the Unix epoch.
    pub fn end_unix_nanos(&self) -> u64 {
        self.start_unix_nanos.saturating_add(self.duration_nanos)
    }

    /// Returns the value of the attribute `key`.
    pub fn attribute(&self, key: &str) -> Option<&Value> {
        self.attributes.iter().find(|a| a.key == key).map(|a| &a.value)
    }
}

/// The severity of a log record, as `tracing` has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Finest.
    Trace,
    /// For those who debug.
    Debug,
    /// For those who operate.
    Info,
    /// Something is off.
    Warn,
    /// Something failed.
    Error,
}

impl Severity {
    /// Returns the upper-case name, as in `WARN`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Severity::Trace => "TRACE",
            Severity::Debug => "DEBUG",
            Severity::Info => "INFO",
            Severity::Warn => "WARN",
            Severity::Error => "ERROR",
        }
    }
}

/// A `tracing` event.
#[derive(Clone, Debug)]
pub struct LogRecord {
    /// Nanoseconds since the Unix epoch.
    pub time_unix_nanos: u64,
    /// The severity.
    pub severity: Severity,
    /// The `tracing` target.
    pub target: Text,
    /// The message.
    pub body: String,
    /// The fields of the event.
    pub attributes: Vec<Attribute>,
    /// The attributes beyond the limit.
    pub dropped_attributes: u32,
    /// The span it happened in.
    pub context: Option<SpanContext>,
    /// The id by which people find what belongs together, as in `x-correlation-id`.
    pub correlation_id: Option<Arc<str>>,
    /// The name of that span.
    pub span: Option<Text>,
    /// Who said it.
    pub resource: Arc<Resource>,
}

/// What producers hand over.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Record {
    /// A span that has ended.
    Span(Arc<SpanRecord>),
    /// A log record.
    Log(Arc<LogRecord>),
}

impl Record {
    /// Returns about how many bytes it takes in memory.
    pub(crate) fn bytes(&self) -> usize {
        let of = |attributes: &[Attribute]| attributes.iter().map(Attribute::bytes).sum::<usize>();
        match self {
            Record::Span(span) => {
                let events = span.events.iter().map(|event| size_of::<SpanEvent>() + of(&event.attributes));
                size_of::<SpanRecord>() + of(&span.attributes) + events.sum::<usize>()
            }
            Record::Log(log) => size_of::<LogRecord>() + log.body.len() + of(&log.attributes),
        }
    }
}

impl Attribute {
    fn bytes(&self) -> usize {
        let text = if let Value::Str(text) = &self.value { text.len() } else { 0 };
        size_of::<Attribute>() + self.key.len() + text
    }
}

/// The kind of a metric family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricKind {
    /// Only ever grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// A distribution.
    Histogram,
    /// Constant facts as labels, value 1.
    Info,
}

impl MetricKind {
    /// Returns the name in the Prometheus exposition formats, as in `counter`.
    pub const fn as_str(self) -> &'static str {
        match self {
            MetricKind::Counter => "counter",
            MetricKind::Gauge => "gauge",
            MetricKind::Histogram => "histogram",
            MetricKind::Info => "info",
        }
    }
}

/// What all series of one metric have in common.
#[derive(Clone, Copy, Debug)]
pub struct Family<'a> {
    /// The name as declared, as in `orders_total`.
    pub name: &'a str,
    /// One line for people.
    pub help: &'a str,
    /// The base unit, as in `seconds`; empty where there is none.
    pub unit: &'a str,
    /// The kind.
    pub kind: MetricKind,
}

/// An observation that leads to its trace.
#[derive(Clone, Debug, PartialEq)]
pub struct Exemplar {
    /// The trace and span in which it was made; `None` for one made outside of spans (`OTEL_METRICS_EXEMPLAR_FILTER`).
    pub context: Option<SpanContext>,
    /// The id by which people find what belongs together.
    pub correlation_id: Option<Arc<str>>,
    /// The observed value.
    pub value: f64,
    /// Nanoseconds since the Unix epoch.
    pub time_unix_nanos: u64,
}

/// A distribution over buckets that grow exponentially, as native histograms of Prometheus and OTLP have it.
///
/// Bucket `i` holds what is above `base^i` and not above `base^(i + 1)`, where `base` is `2^(2^-scale)` (OpenTelemetry
/// metrics data model, "ExponentialHistogram"; Prometheus calls `i + 1` the index and `scale` the schema).
#[derive(Clone, Copy, Debug)]
pub struct Exponential<'a> {
    /// The resolution, from -4 to 8.
    pub scale: i32,
    /// What is between minus this and this counts as zero.
    pub zero_threshold: f64,
    /// Observations that count as zero.
    pub zero_count: u64,
    /// Those above zero.
    pub positive: Buckets<'a>,
    /// Those below zero, by their absolute value.
    pub negative: Buckets<'a>,
}

/// Buckets that follow each other.
#[derive(Clone, Copy, Debug, Default)]
pub struct Buckets<'a> {
    /// The `i` of the first.
    pub offset: i32,
    /// Observations per bucket, not cumulative.
    pub counts: &'a [u64],
}

/// The value of one series.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Point<'a> {
    /// The total of a counter.
    Counter(u64),
    /// The total of a counter of what is no whole number, as seconds.
    Total(f64),
    /// The value of a gauge or an info metric.
    Gauge(f64),
    /// A distribution.
    Histogram {
        /// Upper bounds, ascending, without `+Inf`.
        bounds: &'a [f64],
        /// Observations per bucket, not cumulative; one more than `bounds`.
        buckets: &'a [u64],
        /// The sum of all observations.
        sum: f64,
        /// At most one exemplar per bucket; empty or as long as `buckets`.
        exemplars: &'a [Option<Exemplar>],
        /// The same observations in finer buckets, where they are kept.
        exponential: Option<Exponential<'a>>,
    },
}

/// Reads metrics: one call of `family`, then one of `point` per series, family after family.
pub trait MetricVisitor {
    /// Begins the family that the following points belong to. No two families have one name.
    fn family(&mut self, family: &Family<'_>);
    /// One series; labels are in their declared order.
    fn point(&mut self, labels: &[(&str, &str)], point: Point<'_>);
}

/// Owns metrics and shows them on demand. Streams: holds at most one series in memory.
pub trait MetricSource: Send + Sync {
    /// Shows every family once.
    fn visit(&self, visitor: &mut dyn MetricVisitor);
}
