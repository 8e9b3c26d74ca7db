//! The messages of OTLP: names and kinds of their fields by number, as in `opentelemetry/proto/*/v1/*.proto` (1.10).

/// A message type.
pub(super) struct Message {
    entries: &'static [Entry],
}

/// A field of a message.
pub(super) struct Entry {
    pub(super) number: u64,
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) is_repeated: bool,
    /// Whether it is one of several of which a message has one; no message has two such groups.
    is_of_oneof: bool,
}

/// What a field holds.
pub(super) enum Kind {
    /// A message inside this one.
    Of(&'static Message),
    Text,
    /// The bytes of a trace id or span id.
    Id,
    Bytes,
    Bool,
    /// Also every enum.
    Int32,
    Uint32,
    Sint32,
    Fixed32,
    Int64,
    Uint64,
    Fixed64,
    Sfixed64,
    Double,
}

/// The bit of whichever member of a message's `oneof` is there.
const ONEOF: u64 = 1 << 63;

impl Message {
    /// Returns a field and the bit that stands for it in its message.
    pub(super) fn find(&self, number: u64) -> Option<(u64, &Entry)> {
        let (at, entry) = self.entries.iter().enumerate().find(|(_, entry)| entry.number == number)?;
        Some((if entry.is_of_oneof { ONEOF } else { 1 << at }, entry))
    }
}

const fn one(number: u64, name: &'static str, kind: Kind) -> Entry {
    Entry { number, name, kind, is_repeated: false, is_of_oneof: false }
}

const fn many(number: u64, name: &'static str, kind: Kind) -> Entry {
    Entry { is_repeated: true, ..one(number, name, kind) }
}

const fn one_of(number: u64, name: &'static str, kind: Kind) -> Entry {
    Entry { is_of_oneof: true, ..one(number, name, kind) }
}

/// Makes a `static` of each message.
macro_rules! messages {
    ($($(#[$doc:meta])* $vis:vis $name:ident = $entries:expr;)*) => {
        $($(#[$doc])* $vis static $name: Message = { use Kind::*; Message { entries: &$entries } };)*
    };
}

messages! {
    /// `ExportTraceServiceRequest`, in a file `TracesData`.
    pub(super) TRACES = [many(1, "resourceSpans", Of(&RESOURCE_SPANS))];
    /// `ExportMetricsServiceRequest`, in a file `MetricsData`.
    pub(super) METRICS = [many(1, "resourceMetrics", Of(&RESOURCE_METRICS))];
    /// `ExportLogsServiceRequest`, in a file `LogsData`.
    pub(super) LOGS = [many(1, "resourceLogs", Of(&RESOURCE_LOGS))];
}

// common.proto, resource.proto
messages! {
    ANY_VALUE = [
        one_of(1, "stringValue", Text),
        one_of(2, "boolValue", Bool),
        one_of(3, "intValue", Int64),
        one_of(4, "doubleValue", Double),
        one_of(5, "arrayValue", Of(&ARRAY_VALUE)),
        one_of(6, "kvlistValue", Of(&KEY_VALUE_LIST)),
        one_of(7, "bytesValue", Bytes),
        one_of(8, "stringValueStrindex", Int32),
    ];
    ARRAY_VALUE = [many(1, "values", Of(&ANY_VALUE))];
    KEY_VALUE_LIST = [many(1, "values", Of(&KEY_VALUE))];
    KEY_VALUE = [
        one(1, "key", Text),
        one(2, "value", Of(&ANY_VALUE)),
        one(3, "keyStrindex", Int32),
    ];
    SCOPE = [
        one(1, "name", Text),
        one(2, "version", Text),
        many(3, "attributes", Of(&KEY_VALUE)),
        one(4, "droppedAttributesCount", Uint32),
    ];
    RESOURCE = [
        many(1, "attributes", Of(&KEY_VALUE)),
        one(2, "droppedAttributesCount", Uint32),
        many(3, "entityRefs", Of(&ENTITY_REF)),
    ];
    ENTITY_REF = [
        one(1, "schemaUrl", Text),
        one(2, "type", Text),
        many(3, "idKeys", Text),
        many(4, "descriptionKeys", Text),
    ];
}

// trace.proto
messages! {
    RESOURCE_SPANS = [
        one(1, "resource", Of(&RESOURCE)),
        many(2, "scopeSpans", Of(&SCOPE_SPANS)),
        one(3, "schemaUrl", Text),
    ];
    SCOPE_SPANS = [
        one(1, "scope", Of(&SCOPE)),
        many(2, "spans", Of(&SPAN)),
        one(3, "schemaUrl", Text),
    ];
    SPAN = [
        one(1, "traceId", Id),
        one(2, "spanId", Id),
        one(3, "traceState", Text),
        one(4, "parentSpanId", Id),
        one(5, "name", Text),
        one(6, "kind", Int32),
        one(7, "startTimeUnixNano", Fixed64),
        one(8, "endTimeUnixNano", Fixed64),
        many(9, "attributes", Of(&KEY_VALUE)),
        one(10, "droppedAttributesCount", Uint32),
        many(11, "events", Of(&SPAN_EVENT)),
        one(12, "droppedEventsCount", Uint32),
        many(13, "links", Of(&SPAN_LINK)),
        one(14, "droppedLinksCount", Uint32),
        one(15, "status", Of(&STATUS)),
        one(16, "flags", Fixed32),
    ];
    SPAN_EVENT = [
        one(1, "timeUnixNano", Fixed64),
        one(2, "name", Text),
        many(3, "attributes", Of(&KEY_VALUE)),
        one(4, "droppedAttributesCount", Uint32),
    ];
    SPAN_LINK = [
        one(1, "traceId", Id),
        one(2, "spanId", Id),
        one(3, "traceState", Text),
        many(4, "attributes", Of(&KEY_VALUE)),
        one(5, "droppedAttributesCount", Uint32),
        one(6, "flags", Fixed32),
    ];
    STATUS = [one(2, "message", Text), one(3, "code", Int32)];
}

// logs.proto
messages! {
    RESOURCE_LOGS = [
        one(1, "resource", Of(&RESOURCE)),
        many(2, "scopeLogs", Of(&SCOPE_LOGS)),
        one(3, "schemaUrl", Text),
    ];
    SCOPE_LOGS = [
        one(1, "scope", Of(&SCOPE)),
        many(2, "logRecords", Of(&LOG_RECORD)),
        one(3, "schemaUrl", Text),
    ];
    LOG_RECORD = [
        one(1, "timeUnixNano", Fixed64),
        one(2, "severityNumber", Int32),
        one(3, "severityText", Text),
        one(5, "body", Of(&ANY_VALUE)),
        many(6, "attributes", Of(&KEY_VALUE)),
        one(7, "droppedAttributesCount", Uint32),
        one(8, "flags", Fixed32),
        one(9, "traceId", Id),
        one(10, "spanId", Id),
        one(11, "observedTimeUnixNano", Fixed64),
        one(12, "eventName", Text),
    ];
}

// metrics.proto
messages! {
    RESOURCE_METRICS = [
        one(1, "resource", Of(&RESOURCE)),
        many(2, "scopeMetrics", Of(&SCOPE_METRICS)),
        one(3, "schemaUrl", Text),
    ];
    SCOPE_METRICS = [
        one(1, "scope", Of(&SCOPE)),
        many(2, "metrics", Of(&METRIC)),
        one(3, "schemaUrl", Text),
    ];
    METRIC = [
        one(1, "name", Text),
        one(2, "description", Text),
        one(3, "unit", Text),
        one_of(5, "gauge", Of(&GAUGE)),
        one_of(7, "sum", Of(&SUM)),
        one_of(9, "histogram", Of(&HISTOGRAM)),
        one_of(10, "exponentialHistogram", Of(&EXPONENTIAL_HISTOGRAM)),
        one_of(11, "summary", Of(&SUMMARY)),
        many(12, "metadata", Of(&KEY_VALUE)),
    ];
    GAUGE = [many(1, "dataPoints", Of(&NUMBER_POINT))];
    SUM = [
        many(1, "dataPoints", Of(&NUMBER_POINT)),
        one(2, "aggregationTemporality", Int32),
        one(3, "isMonotonic", Bool),
    ];
    HISTOGRAM = [
        many(1, "dataPoints", Of(&HISTOGRAM_POINT)),
        one(2, "aggregationTemporality", Int32),
    ];
    EXPONENTIAL_HISTOGRAM = [
        many(1, "dataPoints", Of(&EXPONENTIAL_POINT)),
        one(2, "aggregationTemporality", Int32),
    ];
    SUMMARY = [many(1, "dataPoints", Of(&SUMMARY_POINT))];
    NUMBER_POINT = [
        one(2, "startTimeUnixNano", Fixed64),
        one(3, "timeUnixNano", Fixed64),
        one_of(4, "asDouble", Double),
        many(5, "exemplars", Of(&EXEMPLAR)),
        one_of(6, "asInt", Sfixed64),
        many(7, "attributes", Of(&KEY_VALUE)),
        one(8, "flags", Uint32),
    ];
    HISTOGRAM_POINT = [
        one(2, "startTimeUnixNano", Fixed64),
        one(3, "timeUnixNano", Fixed64),
        one(4, "count", Fixed64),
        one(5, "sum", Double),
        many(6, "bucketCounts", Fixed64),
        many(7, "explicitBounds", Double),
        many(8, "exemplars", Of(&EXEMPLAR)),
        many(9, "attributes", Of(&KEY_VALUE)),
        one(10, "flags", Uint32),
        one(11, "min", Double),
        one(12, "max", Double),
    ];
    EXPONENTIAL_POINT = [
        many(1, "attributes", Of(&KEY_VALUE)),
        one(2, "startTimeUnixNano", Fixed64),
        one(3, "timeUnixNano", Fixed64),
        one(4, "count", Fixed64),
        one(5, "sum", Double),
        one(6, "scale", Sint32),
        one(7, "zeroCount", Fixed64),
        one(8, "positive", Of(&BUCKETS)),
        one(9, "negative", Of(&BUCKETS)),
        one(10, "flags", Uint32),
        many(11, "exemplars", Of(&EXEMPLAR)),
        one(12, "min", Double),
        one(13, "max", Double),
        one(14, "zeroThreshold", Double),
    ];
    BUCKETS = [one(1, "offset", Sint32), many(2, "bucketCounts", Uint64)];
    SUMMARY_POINT = [
        one(2, "startTimeUnixNano", Fixed64),
        one(3, "timeUnixNano", Fixed64),
        one(4, "count", Fixed64),
        one(5, "sum", Double),
        many(6, "quantileValues", Of(&QUANTILE)),
        many(7, "attributes", Of(&KEY_VALUE)),
        one(8, "flags", Uint32),
    ];
    QUANTILE = [one(1, "quantile", Double), one(2, "value", Double)];
    EXEMPLAR = [
        one(2, "timeUnixNano", Fixed64),
        one_of(3, "asDouble", Double),
        one(4, "spanId", Id),
        one(5, "traceId", Id),
        one_of(6, "asInt", Sfixed64),
        many(7, "filteredAttributes", Of(&KEY_VALUE)),
    ];
}
