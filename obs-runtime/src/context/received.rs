//! A context that came from elsewhere, and what is taken of it.

use std::sync::Arc;

use super::ambient::Ambient;
use super::{Delivery, Propagated, SpanContext, TraceId, Trust};
use crate::record::{Attribute, Text, Value};

/// What a request or a message brought.
#[derive(Clone, Debug)]
pub struct Received {
    context: Propagated,
    trust: Trust,
    delivery: Delivery,
}

impl Received {
    /// The attribute that holds the correlation id of a message (OpenTelemetry's conventions for messaging).
    pub(crate) const CONVERSATION: &str = "messaging.message.conversation_id";

    /// Takes a context in.
    pub(crate) fn new(context: Propagated, trust: Trust) -> Self {
        Received { context, trust, delivery: Delivery::default() }
    }

    /// Takes a message in, and counts one that should bring a context and brings none.
    pub(crate) fn message(context: Propagated, trust: Trust, delivery: Delivery) -> Self {
        context.expect();
        Received { context, trust, delivery }
    }

    /// Believes the sender as far as that.
    pub(crate) fn trusting(self, trust: Trust) -> Self {
        Received { trust, ..self }
    }

    /// Returns the span that is continued.
    pub(crate) fn parent(&self) -> Option<&SpanContext> {
        self.context.span().filter(|_| self.trust == Trust::Continue)
    }

    /// Returns the context alone.
    pub(crate) fn into_context(self) -> Propagated {
        self.context
    }

    /// Tells whether the decision about the trace that is continued is still to be made.
    pub(crate) fn is_undecided(&self) -> bool {
        self.context.is_undecided()
    }

    /// Returns the span that is only referred to.
    pub(crate) fn link(&self) -> Option<&SpanContext> {
        self.context.span().filter(|_| self.trust == Trust::Link)
    }

    /// Returns what the sender decided about a trace that it gave no ids, as the share that is sampled.
    pub(crate) fn share(&self) -> Option<f64> {
        let sampled = self.context.sampled().filter(|_| self.trust == Trust::Continue)?;
        Some(if sampled { 1.0 } else { 0.0 })
    }

    /// Returns what goes along with the span, which is in the trace `trace`: at least a correlation id. Fields stay those
    /// of the process.
    pub(crate) fn ambient(
        &self,
        trace: TraceId,
        tracestate: Option<Arc<str>>,
        fields: &[Attribute],
    ) -> Ambient {
        let taken = match self.trust {
            Trust::Continue => self.context.clone(),
            Trust::Link => self.context.without_baggage(),
            Trust::Restart => Propagated::default(),
        };
        let (baggage, correlation_id, request_id) = taken.into_parts();
        let correlation_id = correlation_id.or_else(|| request_id.clone());
        Ambient {
            tracestate,
            baggage,
            correlation_id: Some(correlation_id.unwrap_or_else(|| Arc::from(trace.to_string()))),
            request_id,
            fields: fields.to_vec(),
        }
    }

    /// Returns what goes on of it where it has no span of its own: everything, as far as the sender is believed, but what
    /// the bus told of this delivery. `None` where that is nothing.
    pub(crate) fn passed(&self) -> Option<Received> {
        let context = match self.trust {
            Trust::Continue => self.context.clone(),
            Trust::Link => self.context.without_baggage().of_span(None),
            Trust::Restart => return None,
        };
        (!context.is_empty()).then(|| Received::new(context, Trust::Continue))
    }

    /// Returns the same ids, with something else going along.
    pub(super) fn passed_with(&self, ambient: &Ambient) -> Received {
        Received::new(ambient.propagated(self.context.span_context()), Trust::Continue)
    }

    /// Returns what goes along with the code that it is passed on by.
    pub(super) fn passed_ambient(&self) -> Ambient {
        if let Some(span) = self.parent() {
            return self.ambient(span.trace_id, span.tracestate.clone(), &[]);
        }
        let (baggage, correlation_id, request_id) = self.context.clone().into_parts();
        let correlation_id = correlation_id.or_else(|| request_id.clone());
        Ambient { baggage, correlation_id, request_id, ..Ambient::default() }
    }

    /// Returns what the bus told, as attributes of the span (OpenTelemetry's conventions for messaging, but for the
    /// attempt, for which these have no common name).
    pub(crate) fn attributes(&self) -> impl Iterator<Item = Attribute> {
        let number = |n: u64| Value::Int(i64::try_from(n).unwrap_or(i64::MAX));
        let Delivery { attempt, message_id, body_size } = &self.delivery;
        let known = [
            ("messaging.message.id", message_id.clone().map(|id| Value::Str(Text::Owned(id)))),
            ("messaging.message.body.size", body_size.map(number)),
            ("messaging.message.delivery_attempt", attempt.map(number)),
        ];
        known
            .into_iter()
            .filter_map(|(key, value)| Some(Attribute { key: Text::Borrowed(key), value: value? }))
    }
}
