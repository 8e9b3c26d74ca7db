//! What is done to spans.

use std::cell::RefCell;
use std::panic::{catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};
use std::task::{Context, Waker};
use std::thread;

use obs::testing::{Telemetry, capture, capture_with_layer};
use tracing::field::Empty;
use tracing::{Span, dispatcher, info, info_span};

use crate::LONG;
use crate::counts::{OWED, called, counted, in_capture, opened};
use crate::tally::check;
use crate::values::{Once, Shown, text, twice};
use crate::worker::Worker;

pub(crate) struct Act {
    pub(crate) name: &'static str,
    pub(crate) does: fn(&mut Worker),
    /// How much less often than others it is done, for it takes as much longer.
    pub(crate) rare: usize,
}

const fn act(name: &'static str, does: fn(&mut Worker)) -> Act {
    Act { name, does, rare: 1 }
}

const fn rare(rare: usize, name: &'static str, does: fn(&mut Worker)) -> Act {
    Act { name, does, rare }
}

pub(crate) const MANY: usize = 17;

pub(crate) const ACTS: [Act; MANY] = [
    act("spans in spans, with events", nested),
    act("annotated calls: returned, failed, panicked", calls),
    act("spans left in another order than entered", out_of_order),
    act("clones dropped and recorded on another thread", elsewhere),
    rare(32, "last handles that two threads race for", raced),
    act("spans kept open, and fields recorded late", late),
    act("links, to spans that ended too", relations),
    act("ids of spans that ended, used on another thread", stale),
    rare(32, "threads born, and ended with spans in their hands", births),
    act("values that open spans while they are shown", shown),
    act("futures continued or cancelled on another thread", futures),
    rare(32, "captures beside the process' pipeline", captured),
    rare(32, "captures below a layer", layered),
    rare(1024, "more spans at once than a ring holds", burst),
    rare(32, "flushes, several at once", flush),
    act("traces that the tail rule must keep", owed),
    act("something that goes along, on other threads and after its span", along),
];

fn open(number: i64) -> Span {
    counted(info_span!("span", number, twice = twice(number), late = Empty, long = Empty))
}

/// Says something on the span of this number, which the thread is in.
fn say(number: i64) {
    info!(number, "said");
}

#[obs::observed(fields(number = number, twice = twice(number)))]
fn call(number: i64) -> Result<(), &'static str> {
    say(number);
    match number % 32 {
        0 => Err("failed"),
        4 => resume_unwind(Box::new(())), // without a word
        _ => Ok(()),
    }
}

fn call_it(number: i64) {
    called();
    let _any = catch_unwind(|| call(number));
}

fn nested(worker: &mut Worker) {
    let (outer, inner, last) = (worker.number(), worker.number(), worker.number());
    open(outer).in_scope(|| {
        say(outer);
        open(inner).in_scope(|| say(inner));
        call_it(last);
        say(outer);
    });
}

fn calls(worker: &mut Worker) {
    (0..5).for_each(|_| call_it(worker.number()));
}

fn out_of_order(worker: &mut Worker) {
    let (number, other) = (worker.number(), worker.number());
    let (first, second) = (open(number), open(other));
    let in_first = first.enter();
    let in_second = second.enter();
    say(other);
    drop(in_first);
    drop(first);
    say(other);
    call_it(worker.number());
    drop(in_second);
}

fn elsewhere(worker: &mut Worker) {
    let number = worker.number();
    let span = open(number);
    let copy = span.clone();
    worker.give(move || {
        copy.record("late", twice(number));
        let again = copy.clone();
        drop(copy);
        again.in_scope(|| say(number));
    });
    span.record("long", text(number));
}

fn raced(worker: &mut Worker) {
    let spans: Vec<_> = (0..100).map(|_| open(worker.number())).collect();
    let copies = spans.clone();
    let dropped = Arc::new(AtomicUsize::new(0));
    let other = Arc::clone(&dropped);
    let born = thread::spawn(move || in_step(copies, &other));
    in_step(spans, &dropped);
    born.join().unwrap();
}

/// Drops spans, each at the moment at which another thread does it.
fn in_step(spans: Vec<Span>, dropped: &AtomicUsize) {
    for (number, span) in spans.into_iter().enumerate() {
        dropped.fetch_add(1, AcqRel);
        let mut turns = 0;
        while dropped.load(Acquire) < 2 * (number + 1) {
            turns += 1;
            if turns % 64 == 0 { thread::yield_now() } else { std::hint::spin_loop() }
        }
        drop(span);
    }
}

fn late(worker: &mut Worker) {
    let number = worker.number();
    let span = open(number);
    span.in_scope(|| call_it(worker.number()));
    span.record("long", text(number)).record("late", twice(number));
    worker.keep(span);
}

fn relations(worker: &mut Worker) {
    let (span, other) = (open(worker.number()), open(worker.number()));
    span.follows_from(&other);
    let id = other.id();
    drop(other);
    span.follows_from(id.clone());
    worker.remember(id);
    worker.remember(span.id());
}

fn stale(worker: &mut Worker) {
    let Some(id) = worker.stale() else { return };
    let number = worker.number();
    worker.give(move || {
        dispatcher::get_default(|dispatch| {
            dispatch.enter(&id);
            say(number); // on no span, and least of all on the one that has the place now
            let copy = dispatch.clone_span(&id);
            dispatch.record_follows_from(&id, &copy);
            dispatch.exit(&id);
            assert!(!dispatch.try_close(copy), "it ended before");
        });
        let child = counted(info_span!(parent: &id, "orphan", number, twice = twice(number)));
        info!(parent: &id, number, "to nobody");
        child.follows_from(&id);
    });
}

thread_local! {
    static LAST: RefCell<Option<Last>> = const { RefCell::new(None) };
}

/// Works when the locals of its thread are dropped; some of them before the engine's, some after.
struct Last(i64, Span);

impl Drop for Last {
    fn drop(&mut self) {
        let number = self.0;
        self.1.record("late", twice(number));
        let at_exit = counted(info_span!(parent: &self.1, "at exit", number, twice = twice(number)));
        info!(parent: &at_exit, number, "last words");
    }
}

fn births(worker: &mut Worker) {
    let (number, other) = (worker.number(), worker.number());
    let span = open(number);
    let copy = span.clone();
    let born = thread::spawn(move || {
        let early = number % 8 == 0;
        let last = Last(number, copy);
        let first = (!early).then(|| call_it(other));
        LAST.with(|place| place.replace(Some(last)));
        first.unwrap_or_else(|| call_it(other));
        open(other + 1)
    });
    worker.keep(born.join().unwrap());
}

fn shown(worker: &mut Worker) {
    let number = worker.number();
    let value = Shown(number);
    let span = counted(info_span!("shown", number, twice = twice(number), value = ?value, again = Empty));
    span.in_scope(|| info!(number, value = ?value, "said"));
    span.record("again", tracing::field::debug(&value));
}

#[obs::traced(fields(number = number, twice = twice(number)))]
async fn later(number: i64) {
    say(number);
    Once::default().await;
    say(number);
    Once::default().await;
}

fn futures(worker: &mut Worker) {
    let number = worker.number();
    let mut future = Box::pin(later(number));
    let mut poll = move || future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready();
    opened(1);
    assert!(!poll());
    worker.give(move || {
        // The others end without having been continued to their ends.
        assert!(!poll());
        assert!(number % 8 != 0 || poll());
    });
}

fn burst(worker: &mut Worker) {
    (0..20_000).for_each(|_| drop(open(worker.number())));
}

/// Waits for the collector, which is slower than eight threads.
fn flush(worker: &mut Worker) {
    worker.shared.with_guard(|guard| guard.flush(LONG).unwrap());
}

fn captured(worker: &mut Worker) {
    capture(|telemetry| alone(worker, telemetry));
}

fn layered(worker: &mut Worker) {
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::sink);
    capture_with_layer(layer, |telemetry| alone(worker, telemetry));
}

/// Works in a pipeline of its own, which knows its own spans only, and all of them.
fn alone(worker: &mut Worker, telemetry: &Telemetry) {
    let number = worker.number();
    let mut outlives = Span::none();
    let spans = in_capture(|| {
        nested(worker);
        calls(worker);
        out_of_order(worker);
        shown(worker);
        let ends = open(number);
        thread::spawn(move || drop(ends)).join().unwrap();
        outlives = open(number + 1);
    });
    let arrived = telemetry.spans();
    assert_eq!(arrived.len() as u64, spans - 1, "{}", telemetry.tree());
    for span in arrived {
        assert_eq!(check(&span), Ok(()), "{span:?}");
    }
    worker.give(move || drop(outlives)); // perhaps after its pipeline
}

#[obs::traced(root, fields(number = number, twice = twice(number), owed = true))]
fn owing(number: i64) {
    let _failed = failing(number + 1);
    passing(number + 2);
}

#[obs::traced(fields(number = number, twice = twice(number), owed = true))]
fn failing(number: i64) -> Result<(), &'static str> {
    say(number);
    Err("failed")
}

#[obs::traced(fields(number = number, twice = twice(number), owed = true))]
fn passing(number: i64) {
    say(number);
}

/// The first span that ends has failed, so that the trace is known to be kept before anything of it can be dropped.
fn owed(worker: &mut Worker) {
    opened(3);
    OWED.fetch_add(3, Relaxed);
    owing(worker.number());
}

/// Everybody finds what went along with his span, and nobody what went along with another's.
fn along(worker: &mut Worker) {
    let number = worker.number();
    let member = number.to_string();
    let is_there = move || obs::baggage().get("number").is_some_and(|found| found == number.to_string());
    let (kept, job) = obs::Context::default().with_baggage("number", &member).in_scope(|| {
        let span = open(number);
        let job = span.in_scope(|| {
            drop(open(number + 1).entered());
            assert!(is_there(), "baggage in its scope");
            obs::carry(move || {
                drop(open(number + 2).entered());
                assert!(is_there(), "baggage on another thread");
            })
        });
        (span, job)
    });
    assert!(!is_there(), "baggage outside its scope");
    worker.give(job);
    kept.in_scope(|| assert!(is_there(), "baggage in a span that is kept"));
    worker.keep(kept);
}
