//! Spans of annotated calls, which go past `tracing`'s dispatch.

use std::collections::HashSet;
use std::sync::Arc;
use std::thread;

use tracing::field;
use tracing_core::Dispatch;
use tracing_core::field::Value;
use tracing_core::span::Attributes;

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

/// Calls with one field each.
static CALL: Callsite = Callsite::new("calls\ncalls.rs\n1\nchild\n\nx\n", Plan::TRACED, None);
static STATUS: Callsite =
    Callsite::new("calls\ncalls.rs\n2\nchild\n\notel.status_code\n", Plan::TRACED, None);
static WHY: Callsite =
    Callsite::new("calls\ncalls.rs\n3\nchild\n\notel.status_description\n", Plan::TRACED, None);

fn of(dispatch: &Dispatch) -> &Engine {
    dispatch.downcast_ref::<Engine>().unwrap()
}

/// Opens the span of a call without fields, that begins a trace.
fn open(engine: &Engine, callsite: &'static Callsite) -> Key {
    let metadata = callsite.metadata();
    let none = metadata.fields().value_set(&[]);
    engine.open_call(&Attributes::new_root(metadata, &none), &Told::NOTHING, false)
}

/// Opens a child of what is current, with one field.
fn open_child(engine: &Engine, callsite: &'static Callsite, value: &dyn Value) -> Option<Local> {
    let mut span = None;
    let opened = engine.open_child(callsite, &[Some(value)], false, |given| span = Some(given));
    assert_eq!(opened, span.is_some());
    span
}

#[test]
fn a_call_on_a_thread_of_ours_has_no_span() {
    let (recorded, dispatch) = engine();
    let key = thread::scope(|s| {
        let open = || {
            quiet::hush();
            open(of(&dispatch), &CALL)
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
    let (recorded, dispatch) = engine();
    let mut slots = HashSet::new();
    for _ in 0..ROUNDS {
        let root = open(of(&dispatch), &CALL);
        slots.insert(root.get() as u32);
        dispatch.enter(&root.id());
        let value = field::debug(Runs(|| assert!(dispatch.try_close(root.id()))));
        assert!(open_child(of(&dispatch), &CALL, &value).is_none(), "its parent has ended");
        dispatch.exit(&root.id());
    }
    assert!(slots.len() < 8, "{} slots for one span at a time", slots.len());
    assert_eq!(recorded.spans().len(), ROUNDS, "the roots");
}

/// Returns the spans of an unsampled trace with an annotated call in it that the tail rule keeps.
fn kept(callsite: &'static Callsite, value: &str, verdict: Verdict) -> Vec<String> {
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
        log_limits: Default::default(),
        wanted: Wanted::all(),
    }));
    let root = open(of(&dispatch), callsite);
    dispatch.enter(&root.id());
    let child = open_child(of(&dispatch), callsite, &value).unwrap();
    of(&dispatch).close_call(child, End { verdict, at: None }, false);
    dispatch.exit(&root.id());
    assert!(dispatch.try_close(root.id()));
    collector.collect();
    memory.spans().iter().map(|span| format!("{:?}", span.status)).collect()
}

#[test]
fn a_child_that_failed_keeps_its_trace() {
    const ERROR: Verdict = Verdict { outcome: Outcome::Error, error_type: None };
    assert_eq!(kept(&CALL, "error", Verdict::OK), [""; 0]);
    assert_eq!(kept(&CALL, "value", ERROR), [r#"Error("")"#, "Unset"]);
    assert_eq!(kept(&CALL, "value", Verdict::PANICKED), [r#"Error("")"#, "Unset"]);
}

#[test]
fn a_child_of_which_a_field_says_that_it_failed_keeps_its_trace() {
    assert_eq!(kept(&STATUS, "ok", Verdict::OK), [""; 0]);
    assert_eq!(kept(&STATUS, "error", Verdict::OK), [r#"Error("")"#, "Unset"]);
    assert_eq!(kept(&WHY, "no money", Verdict::OK), [r#"Error("no money")"#, "Unset"]);
}
