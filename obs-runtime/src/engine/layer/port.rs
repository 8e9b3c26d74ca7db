//! The port of a registry with our layer.

use tracing_core::span::Id;
use tracing_core::{Dispatch, Subscriber};
use tracing_subscriber::registry::LookupSpan;

use super::nearest;
use super::open::{Open, Recording};
use crate::engine::port::Port;

/// Returns the port of a registry of type `S`.
pub(super) fn port<S: Subscriber + for<'a> LookupSpan<'a>>() -> Port {
    Port {
        context: |dispatch, id| with_nearest::<S, _>(dispatch, id, |open| open.context.clone()),
        ambient: |dispatch, id| with_nearest::<S, _>(dispatch, id, |open| open.ambient.clone()).flatten(),
        service: |dispatch, id| with_nearest::<S, _>(dispatch, id, |open| open.service),
        set_verdict: |dispatch, id, verdict| record::<S>(dispatch, id, |span| span.judge(verdict)),
        knows: |dispatch, id| dispatch.downcast_ref::<S>().is_some_and(|s| s.span(id).is_some()),
        describe: |dispatch, id, why| record::<S>(dispatch, id, |span| span.describe(why)),
        keep: |dispatch, id| record::<S>(dispatch, id, Recording::keep),
        link: |dispatch, id, to| record::<S>(dispatch, id, |span| span.link(to.clone())),
        drop_links: |dispatch, id, count| record::<S>(dispatch, id, |span| span.drop_links(count)),
        #[cfg(feature = "opentelemetry")]
        by_hand: by_hand::<S>(),
    }
}

#[cfg(feature = "opentelemetry")]
fn by_hand<S: Subscriber + for<'a> LookupSpan<'a>>() -> crate::engine::by_hand::ByHand {
    use crate::engine::wire::Entry;
    crate::engine::by_hand::ByHand {
        is_recording: |dispatch, id| {
            with_open::<S, _>(dispatch, id, |open| open.recording.is_some()).unwrap_or(false)
        },
        amend: |dispatch, id, entry| {
            record::<S>(dispatch, id, |span| span.amend(entry));
            if let Entry::Ended(_) = entry
                && let Some(span) = dispatch.downcast_ref::<S>().and_then(|s| s.span(id))
            {
                super::end(&span);
            }
        },
        happen: |dispatch, id, happening| record::<S>(dispatch, id, |span| span.happen(happening)),
    }
}

/// A span that is not exported passes on what is above it.
fn with_nearest<S, R>(dispatch: &Dispatch, id: &Id, f: impl FnOnce(&Open) -> R) -> Option<R>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let span = nearest(dispatch.downcast_ref::<S>()?.span(id)?)?;
    let extensions = span.extensions();
    extensions.get::<Open>().map(f)
}

fn with_open<S, R>(dispatch: &Dispatch, id: &Id, f: impl FnOnce(&mut Open) -> R) -> Option<R>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let span = dispatch.downcast_ref::<S>()?.span(id)?;
    let mut extensions = span.extensions_mut();
    extensions.get_mut::<Open>().map(f)
}

fn record<S>(dispatch: &Dispatch, id: &Id, f: impl FnOnce(&mut Recording))
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    with_open::<S, _>(dispatch, id, |open| open.recording.as_deref_mut().map(f));
}
