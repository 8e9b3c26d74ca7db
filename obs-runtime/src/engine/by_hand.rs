//! What is told of a span by hand: under names that no callsite knows, and with times that no clock of ours showed.

use tracing_core::Dispatch;
use tracing_core::span::Id;

use super::port::Port;
use super::span::SpanHandle;
use super::subscriber::Engine;
use super::wire::Entry;
use crate::record::Attribute;

/// What happened in a span at some time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Happening<'a> {
    pub(crate) name: &'a str,
    /// Nanoseconds since the Unix epoch.
    pub(crate) unix_nanos: u64,
    pub(crate) attributes: &'a [Attribute],
    /// Attributes that were left out before.
    pub(crate) dropped: u32,
}

/// What a subscriber with our layer answers; a part of its [`Port`].
#[derive(Clone, Copy)]
pub(crate) struct ByHand {
    /// Tells whether the span's record will be wanted.
    pub(crate) is_recording: fn(&Dispatch, &Id) -> bool,
    /// Adds an attribute, its scope or one of its times. Who says when it ended ends it.
    pub(crate) amend: fn(&Dispatch, &Id, &Entry<'_>),
    /// Adds an event.
    pub(crate) happen: fn(&Dispatch, &Id, &Happening<'_>),
}

fn ask<T>(span: &impl SpanHandle, ask: impl FnOnce(&ByHand, &Dispatch, &Id) -> T) -> Option<T> {
    span.with_subscriber(|id, dispatch| {
        let port = dispatch.downcast_ref::<Port>()?;
        Some(ask(&port.by_hand, dispatch, id))
    })
    .flatten()
}

/// Tells whether a span's record will be wanted.
pub(crate) fn is_recording(span: &impl SpanHandle) -> bool {
    ask(span, |by_hand, dispatch, id| (by_hand.is_recording)(dispatch, id)).unwrap_or(false)
}

/// Adds to a span's record.
pub(crate) fn amend(span: &impl SpanHandle, entry: &Entry<'_>) {
    ask(span, |by_hand, dispatch, id| (by_hand.amend)(dispatch, id, entry));
}

/// Tells whether the span is one of a registry of the user's own, in which contexts look up the ended ones as well.
pub(crate) fn is_kept_by_registry(span: &impl SpanHandle) -> bool {
    span.with_subscriber(|_, dispatch| dispatch.downcast_ref::<Engine>().is_none()).unwrap_or(false)
}

/// Adds an event to a span.
pub(crate) fn happen(span: &impl SpanHandle, happening: &Happening<'_>) {
    ask(span, |by_hand, dispatch, id| (by_hand.happen)(dispatch, id, happening));
}
