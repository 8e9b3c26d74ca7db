//! What one span may hold.

/// The span limits of OpenTelemetry's specification (SDK, "Span limits"); what goes beyond is counted as dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Attributes of a span.
    pub(crate) attributes: usize,
    /// Bytes of a text value, which is cut on a UTF-8 boundary; `usize::MAX` for no limit.
    pub(crate) value_length: usize,
    /// Events of a span.
    pub(crate) events: usize,
    /// Links of a span.
    pub(crate) links: usize,
    /// Attributes of an event.
    pub(crate) event_attributes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { attributes: 128, value_length: usize::MAX, events: 128, links: 128, event_attributes: 128 }
    }
}
