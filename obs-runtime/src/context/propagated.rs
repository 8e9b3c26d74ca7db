//! A context in the form in which it travels.

use std::sync::Arc;

use super::codec::{b3, baggage, correlation, traceparent, tracestate};
use super::propagators::{Propagator, Propagators};
use super::rejected::{Reason, reject};
use super::{Baggage, Carrier, SpanContext};

/// What travels from one process to the next: the sender's span, baggage, correlation id.
///
/// Serialises as a map of header names to values, as in `{"traceparent": "00-...-01"}`, in the formats that
/// `OTEL_PROPAGATORS` names. Whatever cannot be read of it is left out and counted, so that a message is never refused for
/// its context. Only what its format refuses by itself is out of reach: half a surrogate in JSON ([`Framed`](crate::Framed)
/// reads that), something else than a map where a reader insists on what it was asked for, as those of CBOR and postcard do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Propagated {
    span: Option<SpanContext>,
    /// B3's decision about a trace without ids.
    sampled: Option<bool>,
    /// Whether a sender that speaks B3 left the decision about its trace to the receiver.
    undecided: bool,
    baggage: Baggage,
    correlation_id: Option<Arc<str>>,
    request_id: Option<Arc<str>>,
}

impl Propagated {
    /// Makes one of a span alone.
    pub fn from_context(context: &SpanContext) -> Self {
        Propagated { span: Some(context.clone()), ..Propagated::default() }
    }

    /// Returns the sender's span; `None` where there is none that could be read.
    pub fn span_context(&self) -> Option<SpanContext> {
        self.span.clone()
    }

    pub(super) fn new(
        span: Option<SpanContext>,
        baggage: Baggage,
        correlation_id: Option<Arc<str>>,
        request_id: Option<Arc<str>>,
    ) -> Self {
        Propagated { span, sampled: None, undecided: false, baggage, correlation_id, request_id }
    }

    /// Returns the same, of another span.
    pub(crate) fn of_span(self, span: Option<SpanContext>) -> Self {
        Propagated { span, undecided: false, ..self }
    }

    pub(super) fn span(&self) -> Option<&SpanContext> {
        self.span.as_ref()
    }

    /// Returns what was decided about a trace that has no ids yet.
    pub(super) fn sampled(&self) -> Option<bool> {
        self.sampled.filter(|_| self.span.is_none())
    }

    /// Tells whether the decision about the sender's trace is the receiver's.
    pub(super) fn is_undecided(&self) -> bool {
        self.undecided
    }

    /// Counts a message that should bring a context and brings neither a span nor a decision.
    pub(super) fn expect(&self) {
        if self.span.is_none() && self.sampled.is_none() {
            reject("message", "context", Reason::Missing);
        }
    }

    /// Returns the sender's span; a message that has none is counted.
    pub(crate) fn sender(self) -> Option<SpanContext> {
        self.expect();
        self.span
    }

    #[cfg(feature = "opentelemetry")]
    pub(crate) fn with_baggage(self, baggage: Baggage) -> Self {
        Propagated { baggage, ..self }
    }

    pub(super) fn without_baggage(&self) -> Self {
        Propagated { baggage: Baggage::default(), ..self.clone() }
    }

    /// Returns baggage, correlation id and request id.
    pub(crate) fn into_parts(self) -> (Baggage, Option<Arc<str>>, Option<Arc<str>>) {
        (self.baggage, self.correlation_id, self.request_id)
    }

    /// Returns the sender's baggage.
    pub fn baggage(&self) -> &Baggage {
        &self.baggage
    }

    /// Returns the correlation id; where none came, the id of the request.
    pub fn correlation_id(&self) -> Option<&str> {
        self.correlation_id.as_deref().or(self.request_id.as_deref())
    }

    /// Tells whether it carries nothing.
    pub fn is_empty(&self) -> bool {
        *self == Propagated::default()
    }

    /// Reads the headers that a context consists of. What breaks its format's rules is left out and counted in
    /// `obs_propagation_rejected_total`.
    pub fn from_carrier(carrier: &(impl Carrier + ?Sized)) -> Self {
        let mut out = Propagated::default();
        let spoken = Propagators::spoken();
        if spoken.has(Propagator::TraceContext) {
            out.read_trace_context(carrier);
        }
        if spoken.has(Propagator::B3) || spoken.has(Propagator::B3Multi) {
            out.read_b3(carrier);
        }
        if spoken.has(Propagator::Baggage) {
            let (baggage, reason) = baggage::read(carrier);
            out.baggage = Baggage::of(baggage);
            if let Some(reason) = reason {
                reject(carrier.kind(), baggage::NAME, reason);
            }
        }
        if spoken.has(Propagator::Correlation) {
            out.correlation_id = id(carrier, correlation::CORRELATION);
            out.request_id = id(carrier, correlation::REQUEST);
        }
        out
    }

    fn read_trace_context(&mut self, carrier: &(impl Carrier + ?Sized)) {
        let Some(context) = taken(carrier, traceparent::NAME, traceparent::read(carrier)) else { return };
        let tracestate = taken(carrier, tracestate::NAME, tracestate::read(carrier));
        self.span = Some(SpanContext { tracestate, ..context });
    }

    /// Whichever form is written, both are read, the single header first (OpenTelemetry specification, "B3 Extract");
    /// `traceparent` counts before them.
    fn read_b3(&mut self, carrier: &(impl Carrier + ?Sized)) {
        let single = taken(carrier, b3::SINGLE, b3::read_single(carrier));
        let read = single.or_else(|| taken(carrier, "x-b3", b3::read_multi(carrier)));
        if let Some(b3::B3 { context, sampled }) = read.filter(|_| self.span.is_none()) {
            self.undecided = context.is_some() && sampled.is_none();
            (self.span, self.sampled) = (context, sampled);
        }
    }

    /// Writes the headers that it consists of, and removes those of a context that stood there before.
    pub fn write_to(&self, carrier: &mut (impl Carrier + ?Sized)) {
        let spoken = Propagators::spoken();
        let mut write = |name, value: Option<&str>| match value {
            Some(value) => carrier.set(name, value),
            None => carrier.remove(name),
        };
        if spoken.has(Propagator::TraceContext) {
            write(traceparent::NAME, self.span.as_ref().map(traceparent::format).as_deref());
            write(tracestate::NAME, self.span.as_ref().and_then(|s| s.tracestate.as_deref()));
        }
        if spoken.has(Propagator::Baggage) {
            write(baggage::NAME, self.baggage.as_header());
        }
        if spoken.has(Propagator::Correlation) {
            write(correlation::CORRELATION, self.correlation_id());
            write(correlation::REQUEST, self.request_id.as_deref());
        }
        if spoken.has(Propagator::B3) {
            b3::write_single(self.span.as_ref(), carrier);
        }
        if spoken.has(Propagator::B3Multi) {
            b3::write_multi(self.span.as_ref(), carrier);
        }
    }
}

/// Returns what was read; what was refused is counted.
fn taken<T>(
    carrier: &(impl Carrier + ?Sized),
    name: &'static str,
    read: Result<Option<T>, Reason>,
) -> Option<T> {
    read.unwrap_or_else(|reason| {
        reject(carrier.kind(), name, reason);
        None
    })
}

fn id(carrier: &(impl Carrier + ?Sized), name: &'static str) -> Option<Arc<str>> {
    taken(carrier, name, correlation::read(carrier, name))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test fails by panicking
mod tests {
    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_traceparent_that_came_twice_is_none() {
        let mut headers = http::HeaderMap::new();
        headers.append(traceparent::NAME, http::HeaderValue::from_static(PARENT));
        assert!(Propagated::from_carrier(&headers).span_context().is_some());
        headers.append(traceparent::NAME, http::HeaderValue::from_static(PARENT));
        assert!(Propagated::from_carrier(&headers).is_empty());
    }
}
