//! The formats one by one, for the project's fuzz targets and benches; everybody else has `Carrier`s.

use std::borrow::Cow;
use std::ops::Deref;
use std::sync::Arc;

use super::super::{Carrier, SpanContext};
use super::{b3, baggage, correlation, traceparent, tracestate};

/// Reads the value of a `traceparent` header.
pub fn traceparent(value: &[u8]) -> Option<SpanContext> {
    traceparent::parse(value).ok()
}

/// Returns the value of a `traceparent` header.
pub fn traceparent_of(context: &SpanContext) -> impl Deref<Target = str> + use<> {
    traceparent::format(context)
}

/// Reads the `traceparent` header.
pub fn read_traceparent(carrier: &impl Carrier) -> Option<SpanContext> {
    traceparent::read(carrier).ok().flatten()
}

/// Reads the `tracestate` header.
pub fn read_tracestate(carrier: &impl Carrier) -> Option<Arc<str>> {
    tracestate::read(carrier).ok().flatten()
}

/// Reads the `baggage` header.
pub fn read_baggage(carrier: &impl Carrier) -> Option<Arc<str>> {
    baggage::read(carrier).0
}

/// Calls `each` with key, value and properties of every member of what [`read_baggage`] gave; returns how many they are.
pub fn members(baggage: &str, mut each: impl FnMut(&str, &str, &str)) -> usize {
    baggage::members(baggage).map(|m| each(m.key, m.value, m.properties)).count()
}

/// Tells whether a text may be the key of a member.
pub fn is_key(text: &str) -> bool {
    baggage::is_key(text)
}

/// Appends a percent-encoded value.
pub fn encode(value: &str, out: &mut String) {
    baggage::encode(value, out);
}

/// Returns a percent-encoded value as it was.
pub fn decode(value: &str) -> Cow<'_, str> {
    baggage::decode(value)
}

/// Reads the single header of B3, and then the decision.
pub fn read_b3(carrier: &impl Carrier) -> Option<(Option<SpanContext>, Option<bool>)> {
    b3::read_single(carrier).ok().flatten().map(|b3| (b3.context, b3.sampled))
}

/// Reads the other form of B3.
pub fn read_b3_multi(carrier: &impl Carrier) -> Option<(Option<SpanContext>, Option<bool>)> {
    b3::read_multi(carrier).ok().flatten().map(|b3| (b3.context, b3.sampled))
}

/// Writes the single header of B3.
pub fn write_b3(context: &SpanContext, carrier: &mut impl Carrier) {
    b3::write_single(Some(context), carrier);
}

/// Writes the other form of B3.
pub fn write_b3_multi(context: &SpanContext, carrier: &mut impl Carrier) {
    b3::write_multi(Some(context), carrier);
}

/// Reads the header of an id.
pub fn read_id(carrier: &impl Carrier) -> Option<Arc<str>> {
    correlation::read(carrier, correlation::CORRELATION).ok().flatten()
}
