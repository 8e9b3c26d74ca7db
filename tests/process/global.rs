//! The subscriber of the process is called past `tracing`'s dispatch, in a process of its own: who else is the subscriber
//! of a thread or of a span notices nothing.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)] // a test fails by panicking, and its name says what holds

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::{self, Future};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use obs::Outcome;
use obs::record::SpanRecord;
use obs::testing::{Memory, capture};
use tracing::info_span;

#[obs::traced(fields(number))]
fn work(number: i64) {
    let _seen = number;
}

#[obs::traced]
fn under<R>(work: impl FnOnce() -> R) -> R {
    work()
}

#[obs::traced]
async fn twice() {
    let mut polls = 0;
    future::poll_fn(|_| {
        polls += 1;
        work(polls);
        if polls == 2 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

fn poll(future: std::pin::Pin<&mut impl Future<Output = ()>>) -> Poll<()> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// The names of spans under the names of those they are in, as they closed.
fn relations(spans: &[Arc<SpanRecord>]) -> Vec<String> {
    let names: BTreeMap<_, _> = spans.iter().map(|s| (s.context.span_id, s.name.to_string())).collect();
    let parent = |s: &SpanRecord| s.parent.and_then(|p| names.get(&p).cloned()).unwrap_or("-".to_owned());
    spans.iter().map(|s| format!("{} < {}", s.name, parent(s))).collect()
}

#[test]
fn the_subscriber_of_the_process_is_called_directly_and_others_are_not_passed_by() {
    let memory = Memory::default();
    // Another subscriber is this thread's while the process gets its own.
    let guard = capture(|t| {
        let guard = obs::builder().admin_off().log("off").exporter(memory.clone()).init().unwrap();
        work(1);
        assert_eq!(relations(&t.spans()), ["work < -"]);
        guard
    });
    let seen = Cell::new(0);
    let arrived = || {
        guard.flush(Duration::from_secs(60)).unwrap();
        let spans = memory.spans().split_off(seen.get());
        seen.set(seen.get() + spans.len());
        spans
    };
    assert_eq!(relations(&arrived()), [""; 0]);

    // Calls and `tracing`'s own spans are one tree, whichever is inside.
    under(|| {
        work(1);
        info_span!("foreign").in_scope(|| under(|| work(2)));
        work(3);
    });
    assert_eq!(
        relations(&arrived()),
        ["work < under", "work < under", "under < foreign", "foreign < under", "work < under", "under < -"]
    );

    // Another thread has another subscriber meanwhile, and this one has another for a while.
    let (theirs, mine) = thread::scope(|s| {
        let theirs = s.spawn(|| {
            capture(|t| {
                (0..100).for_each(work);
                t.spans().len()
            })
        });
        (0..100).for_each(work);
        let mine = under(|| {
            capture(|t| {
                work(1);
                relations(&t.spans())
            })
        });
        (theirs.join().unwrap(), mine)
    });
    assert_eq!((theirs, mine), (100, vec!["work < -".to_owned()]));
    assert_eq!(arrived().len(), 101);

    // A call stays with the subscriber that it began with, also where it ends under another.
    let mut future = pin!(twice());
    assert!(poll(future.as_mut()).is_pending());
    let captured = capture(|t| {
        assert!(poll(future.as_mut()).is_ready());
        relations(&t.spans())
    });
    assert_eq!(captured, ["work < -"]);
    assert_eq!(relations(&arrived()), ["work < twice", "twice < -"]);

    // One that is dropped elsewhere ends there, once.
    let mut future = Box::pin(twice());
    assert!(poll(future.as_mut()).is_pending());
    thread::spawn(move || drop(future)).join().unwrap();
    let spans = arrived();
    assert_eq!(relations(&spans), ["work < twice", "twice < -"]);
    assert_eq!(spans.last().unwrap().outcome, Some(Outcome::Cancelled));

    // A thread whose locals are gone still has its calls recorded, each for itself.
    thread::spawn(|| {
        LAST.with_borrow_mut(|last| *last = Some(Last));
        work(1);
    })
    .join()
    .unwrap();
    let mut names: Vec<String> = arrived().iter().map(|s| s.name.to_string()).collect();
    names.sort_unstable();
    assert_eq!(names, ["under", "work", "work"]);
}

thread_local! {
    static LAST: RefCell<Option<Last>> = const { RefCell::new(None) };
}

/// Makes spans when it is dropped with its thread.
struct Last;

impl Drop for Last {
    fn drop(&mut self) {
        under(|| work(2));
    }
}
