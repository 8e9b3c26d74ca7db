//! What one span or log record may hold.

use super::{Section, Variable, kinds, variables};

variables! {
    pub(super) const LIMITS = "Limits",
        "OpenTelemetry, \"Attribute Limits\", \"Span Limits\" and \"LogRecord Limits\"; what goes beyond a count is counted as \
         dropped, a text that is cut ends at a character";

    OTEL_ATTRIBUTE_COUNT_LIMIT: kinds::COUNT, "`128`", "span_limits",
        "Attributes of a span, an event on it and a log record, where the limits below do not say it";
    OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: kinds::COUNT, "no limit", "span_limits",
        "Bytes of a text in an attribute, where the limits below do not say it";
    OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: kinds::COUNT, "`128`", "span_limits", "Attributes of a span";
    OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: kinds::COUNT, "no limit", "span_limits",
        "Bytes of a text in an attribute of a span or of an event on it";
    OTEL_SPAN_EVENT_COUNT_LIMIT: kinds::COUNT, "`128`", "span_limits", "Events on a span";
    OTEL_SPAN_LINK_COUNT_LIMIT: kinds::COUNT, "`128`", "span_limits", "Links of a span";
    OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT: kinds::COUNT, "`128`", "span_limits", "Attributes of an event on a span";
    OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT: kinds::COUNT, "`128`", "log_limits", "Attributes of a log record";
    OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT: kinds::COUNT, "no limit", "log_limits",
        "Bytes of a text in an attribute of a log record";
}
