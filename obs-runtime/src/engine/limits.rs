//! What one span or log record may hold.

/// What one span may hold: what [`Builder::span_limits`](crate::Builder::span_limits) takes. These are the span limits of
/// OpenTelemetry's specification (SDK, "Span limits"); what goes beyond is counted as dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Attributes of a span; 128.
    pub attributes: usize,
    /// Bytes of a text value, which is cut on a UTF-8 boundary; `usize::MAX`, the default, for no limit.
    pub value_length: usize,
    /// Events of a span; 128.
    pub events: usize,
    /// Links of a span; 128.
    pub links: usize,
    /// Attributes of an event on a span; 128.
    pub event_attributes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { attributes: 128, value_length: usize::MAX, events: 128, links: 128, event_attributes: 128 }
    }
}

/// What one log record may hold: what [`Builder::log_limits`](crate::Builder::log_limits) takes. These are the limits of
/// OpenTelemetry's specification (logs SDK, "LogRecord Limits"). They go for attributes; the message is never cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogLimits {
    /// Attributes of a record; 128.
    pub attributes: usize,
    /// Bytes of a text value, which is cut on a UTF-8 boundary; `usize::MAX`, the default, for no limit.
    pub value_length: usize,
}

impl Default for LogLimits {
    fn default() -> Self {
        LogLimits { attributes: 128, value_length: usize::MAX }
    }
}
