//! What the subscriber answers to those who know a span by its id.

use tracing_core::Dispatch;
use tracing_core::span::Id;

use super::Engine;
use crate::engine::arena::Key;
use crate::engine::port::Port;
use crate::service::Service;

pub(super) const PORT: Port = Port {
    context: |dispatch, id| with(dispatch, id, Engine::context).flatten(),
    ambient: |dispatch, id| with(dispatch, id, Engine::ambient_of).flatten(),
    service: |dispatch, id| {
        with(dispatch, id, |engine, key| engine.slot(key).map(|slot| Service::of_index(slot.service())))
            .flatten()
    },
    set_verdict: |dispatch, id, verdict| {
        with(dispatch, id, |engine, key| engine.judge(key, verdict));
    },
    knows: |dispatch, id| with(dispatch, id, |engine, key| engine.slot(key).is_some()).unwrap_or(false),
    describe: |dispatch, id, why| {
        with(dispatch, id, |engine, key| engine.describe(key, why));
    },
    keep: |dispatch, id| {
        with(dispatch, id, Engine::keep);
    },
    link: |dispatch, id, to| {
        with(dispatch, id, |engine, key| engine.link_to(key, to));
    },
    drop_links: |dispatch, id, count| {
        with(dispatch, id, |engine, key| engine.drop_links(key, count));
    },
    #[cfg(feature = "opentelemetry")]
    by_hand: crate::engine::by_hand::ByHand {
        is_recording: |dispatch, id| with(dispatch, id, Engine::is_recording).unwrap_or(false),
        amend: |dispatch, id, entry| {
            with(dispatch, id, |engine, key| engine.amend(key, entry));
        },
        happen: |dispatch, id, happening| {
            with(dispatch, id, |engine, key| engine.happen(key, happening));
        },
    },
};

#[inline]
fn with<R>(dispatch: &Dispatch, id: &Id, work: impl FnOnce(&Engine, Key) -> R) -> Option<R> {
    dispatch.downcast_ref::<Engine>().map(|engine| work(engine, Key::of(id)))
}
