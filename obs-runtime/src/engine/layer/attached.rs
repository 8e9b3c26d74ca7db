//! Contexts of another API that are attached, under a registry of the user's own.

use std::sync::Arc;

use tracing_core::span::{Attributes, Id};
use tracing_core::{Event, Subscriber};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{LookupSpan, SpanRef};

use super::open::{Above, Recording};
use crate::context::{Ambient, SpanContext};
use crate::engine::attached::{self, Beside, Local, Parent};
use crate::engine::by_hand::Happening;
use crate::engine::pending;
use crate::engine::wire::{Entry, Scalar, cut};
use crate::record::{Attribute, SpanEvent, SpanRecord, Text, Value};

/// What a new span takes from the one above it, and what goes along with the code that opens it instead.
type Around = (Option<Above>, Option<Arc<Ambient>>);

/// What somebody said of a span in the place of the clock, and of its callsite.
#[derive(Default)]
pub(super) struct ByHand {
    scope: Option<String>,
    began: Option<u64>,
    ended: Option<u64>,
}

/// Returns the parent of a new span, with what it takes from above: of what was attached or entered last.
pub(super) fn place<S: Subscriber + for<'a> LookupSpan<'a>>(
    attributes: &Attributes<'_>,
    told: &pending::Parent,
    cx: &Context<'_, S>,
    (above, beside): Around,
) -> (pending::Parent, Option<Above>, Option<Arc<Ambient>>) {
    let is_open = attributes.is_contextual() && matches!(told, pending::Parent::Current);
    let Some(attached) = is_open.then(|| attached::beside(cx.current_span().id())).flatten() else {
        return (told.clone(), above, beside);
    };
    let Beside { parent, ambient } = attached;
    let beside = ambient.or(beside);
    match parent {
        Parent::Around => (pending::Parent::Current, above, beside),
        Parent::Nothing => (pending::Parent::Root, above, beside),
        Parent::Remote(context) => (pending::Parent::Remote(context), above, beside),
        Parent::Local(local) => (pending::Parent::Current, Some(Above::from(local)), beside),
    }
}

/// Returns what is attached to the code that tells an event.
pub(super) fn event<S: Subscriber + for<'a> LookupSpan<'a>>(
    event: &Event<'_>,
    cx: &Context<'_, S>,
) -> Option<Beside> {
    event.is_contextual().then(|| attached::beside(cx.current_span().id())).flatten()
}

/// Returns the span that an event is told to, and the context that its log record has if there is none.
pub(super) fn of_event<'a, S: Subscriber + for<'b> LookupSpan<'b>>(
    parent: &Parent,
    around: Option<SpanRef<'a, S>>,
    cx: &'a Context<'a, S>,
) -> (Option<SpanRef<'a, S>>, Option<SpanContext>) {
    match parent {
        Parent::Around => (around, None),
        Parent::Nothing => (None, None),
        Parent::Remote(context) => (None, Some(context.clone())),
        Parent::Local(Local { id, context, .. }) => (span(cx, id), Some(context.clone())),
    }
}

fn span<'a, S: Subscriber + for<'b> LookupSpan<'b>>(
    cx: &'a Context<'a, S>,
    id: &Id,
) -> Option<SpanRef<'a, S>> {
    cx.span(id).and_then(super::nearest)
}

impl Recording {
    /// Adds to the record, as much as fits.
    pub(super) fn amend(&mut self, entry: &Entry<'_>) {
        match entry {
            Entry::Attribute(name, Scalar::Str(text)) if self.fields.special(name, text) => {}
            Entry::Attribute(name, scalar) => {
                let value = self.owned(*scalar);
                self.fields.add(Text::Owned((*name).to_owned()), value);
            }
            Entry::Scope(scope) => self.by_hand.scope = Some((*scope).to_owned()),
            Entry::Began(nanos) => self.by_hand.began = Some(*nanos),
            Entry::Ended(nanos) => self.by_hand.ended = Some(*nanos),
            _ => {}
        }
    }

    fn owned(&mut self, scalar: Scalar<'_>) -> Value {
        match scalar {
            Scalar::Bool(value) => Value::Bool(value),
            Scalar::Int(value) => Value::Int(value),
            Scalar::Double(value) => Value::Double(value),
            Scalar::Str(text) => {
                let kept = cut(text, crate::engine::fields::longest(&self.limits));
                self.fields.truncated += u64::from(kept.len() < text.len());
                Value::Str(Text::Owned(kept.to_owned()))
            }
        }
    }

    /// Adds an event, up to the limit.
    pub(super) fn happen(&mut self, happening: &Happening<'_>) {
        if self.events.len() >= self.limits.events {
            self.dropped_events = self.dropped_events.saturating_add(1);
            return;
        }
        let most = self.limits.event_attributes;
        let more = u32::try_from(happening.attributes.len().saturating_sub(most)).unwrap_or(u32::MAX);
        let mut attributes = Vec::new();
        for Attribute { key, value } in happening.attributes.iter().take(most) {
            let value = match value {
                Value::Str(text) => self.owned(Scalar::Str(text)),
                other => other.clone(),
            };
            attributes.push(Attribute { key: key.clone(), value });
        }
        self.events.push(SpanEvent {
            name: Text::Owned(happening.name.to_owned()),
            time_unix_nanos: happening.unix_nanos,
            attributes,
            dropped_attributes: happening.dropped.saturating_add(more),
        });
    }
}

impl ByHand {
    /// Returns the record with what was said.
    pub(super) fn correct(self, mut record: SpanRecord) -> SpanRecord {
        let ended = self.ended.unwrap_or_else(|| record.end_unix_nanos());
        if self.began.is_some() || self.ended.is_some() {
            record.start_unix_nanos = self.began.unwrap_or(record.start_unix_nanos);
            record.duration_nanos = ended.saturating_sub(record.start_unix_nanos);
        }
        record.scope = self.scope.map_or(record.scope, Text::Owned);
        record
    }
}
