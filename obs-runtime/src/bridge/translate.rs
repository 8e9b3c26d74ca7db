//! What the one side calls what the other has.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use opentelemetry::baggage::{Baggage as TheirBaggage, KeyValueMetadata};
use opentelemetry::trace::{SpanContext as TheirContext, SpanKind as TheirKind, TraceState};
use opentelemetry::{
    KeyValue, SpanId as TheirSpanId, TraceFlags, TraceId as TheirTraceId, Value as TheirValue,
};

use crate::context::{Baggage, SpanContext, SpanId, TraceId};
use crate::record::{Attribute, Text, Value};

/// Returns their form of a context of this process.
pub(super) fn context(ours: &SpanContext) -> TheirContext {
    theirs(ours, false)
}

/// Returns their form of a context that came from elsewhere.
pub(super) fn remote(ours: &SpanContext) -> TheirContext {
    theirs(ours, true)
}

fn theirs(ours: &SpanContext, is_remote: bool) -> TheirContext {
    let (trace, span) = (TheirTraceId::from(ours.trace_id.get()), TheirSpanId::from(ours.span_id.get()));
    let state = ours.tracestate.as_deref().and_then(|state| state.parse().ok());
    TheirContext::new(trace, span, TraceFlags::new(ours.flags), is_remote, state.unwrap_or(TraceState::NONE))
}

/// Returns our form of a context; `None` for one that is not valid.
pub(super) fn ours(theirs: &TheirContext) -> Option<SpanContext> {
    let state = theirs.trace_state().header();
    Some(SpanContext {
        trace_id: TraceId::new(trace_id(theirs))?,
        span_id: SpanId::new(span_id(theirs))?,
        flags: theirs.trace_flags().to_u8() & (SpanContext::SAMPLED | SpanContext::RANDOM),
        tracestate: (!state.is_empty()).then(|| Arc::from(state)),
    })
}

pub(super) fn trace_id(theirs: &TheirContext) -> u128 {
    u128::from_be_bytes(theirs.trace_id().to_bytes())
}

pub(super) fn span_id(theirs: &TheirContext) -> u64 {
    u64::from_be_bytes(theirs.span_id().to_bytes())
}

/// Returns a kind by the name that `otel.kind` has for it.
pub(super) fn kind(theirs: &TheirKind) -> &'static str {
    match theirs {
        TheirKind::Client => "client",
        TheirKind::Server => "server",
        TheirKind::Producer => "producer",
        TheirKind::Consumer => "consumer",
        TheirKind::Internal => "internal",
    }
}

/// Returns a value; what is no scalar becomes text.
pub(super) fn value(theirs: TheirValue) -> Value {
    match theirs {
        TheirValue::Bool(value) => Value::Bool(value),
        TheirValue::I64(value) => Value::Int(value),
        TheirValue::F64(value) => Value::Double(value),
        TheirValue::String(text) => Value::Str(Text::Owned(text.into())),
        other => Value::Str(Text::Owned(other.to_string())),
    }
}

pub(super) fn attribute(theirs: KeyValue) -> Attribute {
    Attribute { key: Text::Owned(theirs.key.into()), value: value(theirs.value) }
}

/// Returns nanoseconds since the Unix epoch; what was before is the epoch.
pub(super) fn unix_nanos(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// Returns our baggage in their form, with the properties of its members.
pub(super) fn baggage(ours: &Baggage) -> TheirBaggage {
    let member = |(name, value): (&str, std::borrow::Cow<'_, str>)| {
        let properties = ours.properties(name).unwrap_or_default();
        KeyValueMetadata::new(name.to_owned(), value.into_owned(), properties)
    };
    ours.iter().map(member).collect()
}

/// Adds their baggage to ours, each member in the place of one of that name; what has no room is left out.
pub(super) fn add_baggage(theirs: &TheirBaggage, ours: &mut Baggage) {
    let mut members: Vec<_> = theirs.iter().collect();
    members.sort_unstable_by_key(|(name, _)| name.as_str());
    for (name, (value, properties)) in members {
        let _left_out = ours.insert_with(name.as_str(), value.as_str(), properties.as_str());
    }
}
