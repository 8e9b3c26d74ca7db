//! Spans of annotated calls, which go past `tracing`'s dispatch.

use std::collections::HashSet;
use std::sync::Arc;
use std::thread;

use tracing::{field, info_span};
use tracing_core::dispatcher::with_default;
use tracing_core::field::Value;
use tracing_core::span::Attributes;
use tracing_core::{Dispatch, Metadata};

use super::{Runs, engine};
use crate::callsite::{Callsite, Plan};
use crate::engine::arena::{Key, find};
use crate::engine::collector::{Collector, CollectorSettings, TailRule};
use crate::engine::limits::Limits;
use crate::engine::pending::Told;
use crate::engine::sampler::{Sampler, SamplerSettings, Sampling};
use crate::engine::subscriber::{End, Engine, Local, Parts, Wanted};
use crate::export::Memory;
use crate::outcome::{Outcome, Verdict};
use crate::quiet;

static CALL: Callsite = Callsite::new("call", Plan::TRACED, None);

/// Returns the metadata of a span with this one field.
macro_rules! metadata {
    ($($field:tt)+) => {{
        let (_recorded, dispatch) = engine();
        with_default(&dispatch, || info_span!("child", $($field)+ = field::Empty).metadata().unwrap())
    }};
}

fn of(dispatch: &Dispatch) -> &Engine {
    dispatch.downcast_ref::<Engine>().unwrap()
}

/// Opens the span of a call without fields, that begins a trace.
fn open(engine: &Engine, metadata: &'static Metadata<'static>) -> Key {
    let none = metadata.fields().value_set(&[]);
    engine.open_call(&Attributes::new_root(metadata, &none), &Told::NOTHING, false)
}

/// Opens a child of what is current, with one field.
fn open_child(engine: &Engine, metadata: &'static Metadata<'static>, value: &dyn Value) -> Option<Local> {
    let mut span = None;
    let opened = engine.open_child((&CALL, metadata), &[Some(value)], false, |given| span = Some(given));
    assert_eq!(opened, span.is_some());
    span
}

#[test]
fn a_call_on_a_thread_of_ours_has_no_span() {
    let (recorded, dispatch) = engine();
    let metadata = metadata!(x);
    let key = thread::scope(|s| {
        let open = || {
            quiet::hush();
            open(of(&dispatch), metadata)
        };
        s.spawn(open).join().unwrap()
    });
    assert_eq!(key, Key::NOWHERE);
    assert!(find(key).is_none() && recorded.spans().is_empty());
}

/// The value's `Debug` ends the parent, after it was found and before the child's slot is filled.
#[test]
fn a_child_whose_parent_ends_meanwhile_leaves_no_slot_behind() {
    const ROUNDS: usize = 1_000;
    let metadata = metadata!(x);
    let (recorded, dispatch) = engine();
    let mut slots = HashSet::new();
    for _ in 0..ROUNDS {
        let root = open(of(&dispatch), metadata);
        slots.insert(root.get() as u32);
        dispatch.enter(&root.id());
        let value = field::debug(Runs(|| assert!(dispatch.try_close(root.id()))));
        assert!(open_child(of(&dispatch), metadata, &value).is_none(), "its parent has ended");
        dispatch.exit(&root.id());
    }
    assert!(slots.len() < 8, "{} slots for one span at a time", slots.len());
    assert_eq!(recorded.spans().len(), ROUNDS, "the roots");
}

/// Returns the spans of an unsampled trace with an annotated call in it that the tail rule keeps.
fn kept(metadata: &'static Metadata<'static>, value: &str, verdict: Verdict) -> Vec<String> {
    let memory = Memory::default();
    let sink = Arc::new(memory.clone());
    let settings = CollectorSettings { tail: Some(TailRule::default()), ..CollectorSettings::default() };
    let collector = Collector::inline(Arc::clone(&sink) as _, settings);
    let sampler = SamplerSettings { sampling: Sampling::AlwaysOff, tail: true, ..SamplerSettings::default() };
    let dispatch = Dispatch::new(Engine::new(Parts {
        collector: Arc::clone(&collector),
        sampler: Arc::new(Sampler::new(sampler)),
        sink,
        limits: Limits::default(),
        wanted: Wanted::all(),
    }));
    let root = open(of(&dispatch), metadata);
    dispatch.enter(&root.id());
    let child = open_child(of(&dispatch), metadata, &value).unwrap();
    of(&dispatch).close_call(child, End { verdict, at: None }, false);
    dispatch.exit(&root.id());
    assert!(dispatch.try_close(root.id()));
    collector.collect();
    memory.spans().iter().map(|span| format!("{:?}", span.status)).collect()
}

#[test]
fn a_child_that_failed_keeps_its_trace() {
    const ERROR: Verdict = Verdict { outcome: Outcome::Error, error_type: None };
    let plain = metadata!(x);
    assert_eq!(kept(plain, "error", Verdict::OK), [""; 0]);
    assert_eq!(kept(plain, "value", ERROR), [r#"Error("")"#, "Unset"]);
    assert_eq!(kept(plain, "value", Verdict::PANICKED), [r#"Error("")"#, "Unset"]);
}

#[test]
fn a_child_of_which_a_field_says_that_it_failed_keeps_its_trace() {
    let status = metadata!(otel.status_code);
    assert_eq!(kept(status, "ok", Verdict::OK), [""; 0]);
    assert_eq!(kept(status, "error", Verdict::OK), [r#"Error("")"#, "Unset"]);
    let description = metadata!(otel.status_description);
    assert_eq!(kept(description, "no money", Verdict::OK), [r#"Error("no money")"#, "Unset"]);
}
