#![allow(clippy::unwrap_used)] // a test fails by panicking

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use tracing::{Level, Span, debug_span, error_span, info, info_span, trace, trace_span};
use tracing_core::dispatcher::with_default;
use tracing_core::span::{Attributes, Id, Record};
use tracing_core::{Dispatch, Event, Interest, LevelFilter, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::reload;

use super::{Spans, Stacked};
use crate::engine::limits::Limits;
use crate::engine::sampler::SamplerSettings;
use crate::engine::subscriber::Wanted;
use crate::testing::Recorded;

/// A layer that notes what it sees, and keeps something with each span.
#[derive(Clone, Default)]
struct Probe<const N: usize = 0> {
    seen: Arc<Mutex<Vec<String>>>,
    /// How many open spans something is kept with.
    kept: Arc<AtomicUsize>,
    /// The name of the only callsite that is wanted.
    only: Option<&'static str>,
}

/// The depth of a span.
struct Kept<const N: usize>(usize, Arc<AtomicUsize>);

impl<const N: usize> Kept<N> {
    fn new(depth: usize, count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Relaxed);
        Kept(depth, Arc::clone(count))
    }
}

impl<const N: usize> Drop for Kept<N> {
    fn drop(&mut self) {
        self.1.fetch_sub(1, Relaxed);
    }
}

impl<const N: usize> Probe<N> {
    fn note(&self, text: String) {
        self.seen.lock().unwrap().push(text);
    }

    fn seen(&self) -> Vec<String> {
        std::mem::take(&mut *self.seen.lock().unwrap())
    }

    fn open(&self) -> usize {
        self.kept.load(Relaxed)
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>, const N: usize> Layer<S> for Probe<N> {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.only.is_none_or(|only| only == metadata.name()) {
            Interest::always()
        } else {
            Interest::never()
        }
    }

    fn on_new_span(&self, _: &Attributes<'_>, id: &Id, cx: Context<'_, S>) {
        let span = cx.span(id).unwrap();
        let depth = span.parent().map_or(0, |p| p.extensions().get::<Kept<N>>().unwrap().0 + 1);
        span.extensions_mut().insert(Kept::<N>::new(depth, &self.kept));
    }

    fn on_record(&self, id: &Id, _: &Record<'_>, cx: Context<'_, S>) {
        self.note(format!("record {}", cx.span(id).unwrap().name()));
    }

    fn on_follows_from(&self, id: &Id, follows: &Id, cx: Context<'_, S>) {
        let name = |id| cx.span(id).unwrap().name();
        self.note(format!("{} follows {}", name(id), name(follows)));
    }

    fn on_enter(&self, id: &Id, cx: Context<'_, S>) {
        assert_eq!(cx.lookup_current().map(|s| s.id()), Some(id.clone()));
    }

    fn on_event(&self, event: &Event<'_>, cx: Context<'_, S>) {
        let path: Vec<_> = cx.event_scope(event).into_iter().flatten().map(|s| s.name()).collect();
        self.note(format!("event in {path:?}"));
    }

    fn on_close(&self, id: Id, cx: Context<'_, S>) {
        let span = cx.span(&id).unwrap();
        let path: Vec<_> = span.scope().from_root().map(|s| s.name()).collect();
        assert_eq!(span.extensions().get::<Kept<N>>().unwrap().0, path.len() - 1);
        self.note(path.join("/"));
    }
}

/// Our subscriber, which records down to `info`, with a layer on top.
fn stacked(layer: impl Layer<Spans> + Send + Sync) -> (Recorded, Dispatch) {
    let level = LevelFilter::INFO;
    let wanted = Wanted::down_to(level);
    let (recorded, engine) = Recorded::new(Limits::default(), SamplerSettings::default(), wanted);
    (recorded, Dispatch::new(Stacked::new(engine, Box::new(layer))))
}

#[test]
fn layers_and_we_agree_on_parents() {
    let probe = <Probe>::default();
    let (recorded, dispatch) = stacked(probe.clone());
    with_default(&dispatch, || {
        let root = info_span!("root", late = 0);
        root.in_scope(|| {
            info_span!("child").in_scope(|| info!("said"));
            info_span!(parent: None, "other root")
                .in_scope(|| info_span!(parent: &root, "explicit").in_scope(|| ()));
        });
        root.record("late", 1);
        let moved = info_span!(parent: &root, "moved");
        moved.follows_from(&root);
        let dispatch = dispatch.clone();
        std::thread::spawn(move || {
            with_default(&dispatch, || moved.in_scope(|| info_span!("elsewhere").in_scope(|| ())));
        })
        .join()
        .unwrap();
    });
    assert_eq!(
        probe.seen(),
        [
            "event in [\"child\", \"root\"]",
            "root/child",
            "root/explicit",
            "other root",
            "record root",
            "moved follows root",
            "root/moved/elsewhere",
            "root/moved",
            "root"
        ]
    );
    assert_eq!(
        recorded.tree(),
        "root late=1\n|- child\n|  * said level=INFO\n|- explicit\n`- moved\n   `- elsewhere\nother root\n"
    );
    assert_eq!(probe.open(), 0);
}

#[test]
fn layers_see_a_parent_end_after_its_children_and_we_when_its_handles_are_gone() {
    let probe = <Probe>::default();
    let (recorded, dispatch) = stacked(probe.clone());
    with_default(&dispatch, || {
        let parent = info_span!("parent");
        let child = info_span!(parent: &parent, "child");
        let grandchild = info_span!(parent: &child, "grandchild");
        drop((parent, child));
        assert_eq!((probe.seen().len(), recorded.spans().len(), probe.open()), (0, 2, 3));
        drop(grandchild);
    });
    assert_eq!(probe.seen(), ["parent/child/grandchild", "parent/child", "parent"]);
    assert_eq!(probe.open(), 0);
}

#[test]
fn a_layer_with_a_filter_sees_the_tree_without_what_it_filters() {
    let (all, some) = (Probe::<0>::default(), Probe::<1>::default());
    let filtered = some.clone().with_filter(filter_fn(|metadata| metadata.name() != "left out"));
    let (recorded, dispatch) = stacked(all.clone().and_then(filtered));
    with_default(&dispatch, || {
        info_span!("root").in_scope(|| {
            info_span!("left out").in_scope(|| info_span!("inner").in_scope(|| info!("said")));
        });
    });
    assert_eq!(
        all.seen(),
        ["event in [\"inner\", \"left out\", \"root\"]", "root/left out/inner", "root/left out", "root"]
    );
    assert_eq!(some.seen(), ["event in [\"inner\", \"root\"]", "root/inner", "root"]);
    assert_eq!(recorded.tree(), "root\n`- left out\n   `- inner\n      * said level=INFO\n");
    assert_eq!((all.open(), some.open()), (0, 0));
}

#[test]
fn a_span_that_no_layer_wants_never_reaches_them() {
    let probe = Probe { only: Some("wanted"), ..<Probe>::default() };
    let (recorded, dispatch) = stacked(probe.clone());
    with_default(&dispatch, || {
        info_span!("unwanted").in_scope(|| {
            info_span!("wanted").in_scope(|| {
                info_span!("between").in_scope(|| {
                    let subscriber: &Stacked = dispatch.downcast_ref().unwrap();
                    assert!(
                        !subscriber
                            .is_shadowed(crate::engine::arena::Key::of(&Span::current().id().unwrap()))
                    );
                    // Who asks for the current span all the same is told of the nearest that is known.
                    let spans: &Spans = dispatch.downcast_ref().unwrap();
                    assert_eq!(spans.span(&Span::current().id().unwrap()).unwrap().name(), "wanted");
                    info_span!("wanted").in_scope(|| info!("not to layers"));
                });
            });
        });
    });
    assert_eq!(probe.seen(), ["wanted/wanted", "wanted"]);
    assert!(recorded.tree().starts_with("unwanted\n`- wanted\n   `- between\n      `- wanted\n"));
    assert_eq!(probe.open(), 0);
}

#[test]
fn a_span_that_every_layer_filters_never_reaches_them() {
    let filter = || filter_fn(|metadata| metadata.name() != "unwanted");
    let (one, two) = (Probe::<0>::default(), Probe::<1>::default());
    let (_recorded, dispatch) = stacked(one.with_filter(filter()).and_then(two.with_filter(filter())));
    with_default(&dispatch, || {
        let is_shadowed = |span: &Span| {
            let subscriber: &Stacked = dispatch.downcast_ref().unwrap();
            subscriber.is_shadowed(crate::engine::arena::Key::of(&span.id().unwrap()))
        };
        assert!(is_shadowed(&info_span!("wanted")));
        assert!(!is_shadowed(&info_span!("unwanted")));
    });
}

#[test]
fn levels_of_layers_do_not_widen_what_is_exported() {
    let probe = <Probe>::default();
    let (recorded, dispatch) = stacked(probe.clone());
    with_default(&dispatch, || {
        trace_span!("hidden root").in_scope(|| info_span!("a root to us").in_scope(|| ()));
        info_span!("root").in_scope(|| {
            debug_span!("hidden").in_scope(|| {
                assert!(crate::context::current().is_some(), "that of `root`");
                trace!("hidden as well");
                info!("on root");
                trace_span!("hidden too").in_scope(|| info_span!("child").in_scope(|| ()));
            });
        });
    });
    assert_eq!(
        probe.seen(),
        [
            "hidden root/a root to us",
            "hidden root",
            "event in [\"hidden\", \"root\"]",
            "event in [\"hidden\", \"root\"]",
            "root/hidden/hidden too/child",
            "root/hidden/hidden too",
            "root/hidden",
            "root"
        ]
    );
    assert_eq!(recorded.tree(), "a root to us\nroot\n* on root level=INFO\n`- child\n");
    assert_eq!(recorded.logs().len(), 1);
}

#[test]
fn filters_of_layers_do_not_narrow_what_is_exported() {
    let probe = <Probe>::default();
    let (recorded, dispatch) = stacked(LevelFilter::ERROR.and_then(probe.clone()));
    with_default(&dispatch, || {
        info_span!("info").in_scope(|| error_span!("error").in_scope(|| info!("said")));
    });
    assert_eq!(probe.seen(), ["error"]);
    assert_eq!(recorded.tree(), "info\n`- error\n   * said level=INFO\n");
}

#[test]
fn a_filter_that_is_reloaded_takes_effect() {
    let probe = <Probe>::default();
    let (filter, handle) = reload::Layer::new(LevelFilter::WARN);
    let (recorded, dispatch) = stacked(probe.clone().with_filter(filter));
    with_default(&dispatch, || {
        let work = || info_span!("span").in_scope(|| ());
        work();
        assert_eq!(probe.seen().len(), 0);
        handle.reload(LevelFilter::INFO).unwrap();
        work();
        assert_eq!(probe.seen(), ["span"]);
        handle.reload(LevelFilter::OFF).unwrap();
        work();
        assert_eq!(probe.seen().len(), 0);
    });
    assert_eq!(recorded.spans().len(), 3);
}

#[test]
fn the_level_that_tracing_is_told_is_the_finest_of_both() {
    let hint = |layer: LevelFilter| {
        let (_, dispatch) = stacked(layer);
        dispatch.downcast_ref::<Stacked>().unwrap().max_level_hint()
    };
    assert_eq!(hint(LevelFilter::TRACE), Some(LevelFilter::TRACE));
    assert_eq!(hint(LevelFilter::ERROR), Some(LevelFilter::INFO));
    let (_, dispatch) = stacked(<Probe>::default());
    assert_eq!(dispatch.downcast_ref::<Stacked>().unwrap().max_level_hint(), None);
}

#[test]
fn nothing_is_left_of_spans_that_ended() {
    let probe = <Probe>::default();
    let other = Probe::<1>::default();
    let filtered = other.clone().with_filter(filter_fn(|metadata| *metadata.level() < Level::DEBUG));
    let (recorded, dispatch) = stacked(probe.clone().and_then(filtered));
    with_default(&dispatch, || {
        for round in 0..20_000 {
            info_span!("root").in_scope(|| debug_span!("child").in_scope(|| info!("said")));
            if round % 100 == 0 {
                probe.seen();
                other.seen();
            }
        }
    });
    assert_eq!((probe.open(), other.open()), (0, 0));
    drop(recorded);
}
