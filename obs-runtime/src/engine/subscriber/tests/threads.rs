//! Spans that go from thread to thread, and threads that end.

use std::cell::RefCell;
use std::thread;

use tracing::{Span, info, info_span};
use tracing_core::dispatcher::with_default;

use super::engine;

#[test]
fn a_span_is_copied_entered_and_dropped_on_any_thread() {
    let (recorded, dispatch) = engine();
    with_default(&dispatch, || {
        let span = info_span!("span", late = tracing::field::Empty);
        let threads: Vec<_> = (0..8)
            .map(|number| {
                let (span, dispatch) = (span.clone(), dispatch.clone());
                thread::spawn(move || {
                    with_default(&dispatch, || {
                        let copy = span.clone();
                        span.in_scope(|| info_span!("child", number).in_scope(|| info!("said")));
                        drop(span);
                        copy.record("late", number);
                    });
                })
            })
            .collect();
        drop(span);
        threads.into_iter().for_each(|t| t.join().unwrap());
    });
    let span = recorded.span("span");
    let spans = recorded.spans();
    let children: Vec<_> = spans.iter().filter(|s| s.name == "child").collect();
    assert_eq!(children.len(), 8);
    for child in children {
        assert_eq!((child.parent, child.events.len()), (Some(span.context.span_id), 1));
    }
    assert_eq!(span.attributes.len(), 1);
}

#[test]
fn events_of_several_threads_stand_in_the_order_in_which_they_happened() {
    let (recorded, dispatch) = engine();
    with_default(&dispatch, || {
        let span = info_span!("span");
        span.in_scope(|| info!("first"));
        thread::scope(|scope| {
            let said = || with_default(&dispatch, || span.in_scope(|| info!("second")));
            scope.spawn(said).join().unwrap();
        });
        span.in_scope(|| info!("third"));
    });
    let span = recorded.span("span");
    let said: Vec<_> = span.events.iter().map(|event| event.name.to_string()).collect();
    assert_eq!(said, ["first", "second", "third"]);
}

#[test]
fn threads_race_for_the_last_handle_and_it_ends_once() {
    let (recorded, dispatch) = engine();
    for _ in 0..500 {
        let span = with_default(&dispatch, || info_span!("raced"));
        thread::scope(|scope| {
            for _ in 0..3 {
                let copy = span.clone();
                scope.spawn(move || drop(copy));
            }
            drop(span);
        });
    }
    assert_eq!(recorded.spans().len(), 500);
}

#[test]
fn what_a_thread_recorded_outlives_it() {
    let (recorded, dispatch) = engine();
    for _ in 0..100 {
        let dispatch = dispatch.clone();
        let work = move || with_default(&dispatch, || info_span!("short").in_scope(|| info!("lived")));
        thread::spawn(work).join().unwrap();
    }
    let spans = recorded.spans();
    assert_eq!((spans.len(), spans.iter().filter(|s| s.events.len() == 1).count()), (100, 100));
}

thread_local! {
    static KEPT: RefCell<Option<AtExit>> = const { RefCell::new(None) };
}

/// Closes its span when the thread's locals are dropped: after the engine's, for it was there before.
struct AtExit(Option<Span>);

impl Drop for AtExit {
    fn drop(&mut self) {
        self.0.take();
    }
}

#[test]
fn spans_that_a_thread_holds_when_it_ends_are_closed() {
    let (recorded, dispatch) = engine();
    let moved = dispatch.clone();
    thread::spawn(move || {
        KEPT.with(|kept| kept.replace(Some(AtExit(None))));
        with_default(&moved, || {
            let span = info_span!("kept");
            KEPT.with(|kept| kept.borrow_mut().as_mut().unwrap().0 = Some(span));
        });
    })
    .join()
    .unwrap();
    assert_eq!(recorded.span("kept").parent, None);
}
