//! What the tests ask of spans.

use std::sync::Arc;

use obs::record::{SpanRecord, Value};
use obs::testing::Telemetry;

/// The spans that have ended.
#[derive(Debug)]
pub struct Spans(Vec<Arc<SpanRecord>>);

impl Spans {
    /// Returns those of a test.
    pub fn of(telemetry: &Telemetry) -> Self {
        Spans(telemetry.spans())
    }

    /// Returns the spans of a name, in the order in which they ended.
    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a SpanRecord> {
        self.0.iter().map(Arc::as_ref).filter(move |span| span.name == name)
    }

    /// Returns the one span of a name.
    pub fn the<'a>(&'a self, name: &'a str) -> &'a SpanRecord {
        let mut all = self.named(name);
        let (first, second) = (all.next(), all.next());
        assert!(second.is_none(), "more than one `{name}`");
        first.unwrap_or_else(|| panic!("no span `{name}`"))
    }

    /// Returns what the spans of a name tell of their messages' deliveries.
    pub fn deliveries(&self, name: &str) -> Vec<obs::Delivery> {
        self.named(name).map(delivery).collect()
    }

    /// Fails unless a span was received from another: its child, in its trace, by way of a message.
    pub fn assert_received(received: &SpanRecord, sent: &SpanRecord) {
        assert_eq!(
            received.context.trace_id, sent.context.trace_id,
            "{} is in the trace of {}",
            received.name, sent.name
        );
        assert_eq!(
            received.parent,
            Some(sent.context.span_id),
            "{} is the child of {}",
            received.name,
            sent.name
        );
        assert!(received.parent_is_remote, "{}", received.name);
    }
}

fn delivery(span: &SpanRecord) -> obs::Delivery {
    let number = |key| match span.attribute(key) {
        Some(Value::Int(number)) => u64::try_from(*number).ok(),
        _ => None,
    };
    let mut delivery = obs::Delivery::default();
    delivery.attempt = number("messaging.message.delivery_attempt");
    delivery.body_size = number("messaging.message.body.size");
    delivery.message_id = match span.attribute("messaging.message.id") {
        Some(Value::Str(id)) => Some(id.to_string()),
        _ => None,
    };
    delivery
}
