//! R16, in a process of its own: whatever is called while something is recorded may itself log and open spans, and
//! nobody waits for anybody.

#![allow(clippy::unwrap_used, missing_docs)] // a test fails by panicking, and its name says what holds

use std::cell::Cell;
use std::fmt;
use std::future::{self, Future};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use obs::export::Ledger;
use obs::record::Record;
use obs::testing::Memory;
use obs::{Exporter, Spans};
use tracing::span::{Attributes, Id, Record as Values};
use tracing::{Event, field, info, info_span};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// What takes as long is a deadlock.
const FOR_EVER: Duration = Duration::from_secs(120);

static BY_LAYER: AtomicU64 = AtomicU64::new(0);
static BY_EXPORTER: AtomicU64 = AtomicU64::new(0);
static BY_VALUE: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static TALKS: Cell<bool> = const { Cell::new(false) };
}

/// Talks, unless that is what it is called for: who answers itself never ends.
fn talk(calls: &AtomicU64) {
    if !TALKS.replace(true) {
        calls.fetch_add(1, Relaxed);
        say();
        TALKS.set(false);
    }
}

/// Logs, opens spans in each other, records late, and calls an annotated function.
fn say() {
    info!(who = "inside", "talking");
    let span = info_span!("inside", late = field::Empty);
    span.in_scope(|| {
        info_span!("further inside").in_scope(|| info!("talking"));
        span.record("late", 1);
        span.follows_from(tracing::Span::current());
        annotated();
    });
}

#[obs::observed]
fn annotated() {
    info!("in a call");
}

struct Talking;

impl Exporter for Talking {
    fn name(&self) -> &'static str {
        "talking"
    }

    fn start(&self, _: &Ledger) {
        talk(&BY_EXPORTER);
    }

    fn accept(&self, _: &Record) {
        talk(&BY_EXPORTER);
    }

    fn flush(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        talk(&BY_EXPORTER);
        Box::pin(future::ready(()))
    }
}

impl Layer<Spans> for Talking {
    fn on_new_span(&self, _: &Attributes<'_>, _: &Id, _: Context<'_, Spans>) {
        talk(&BY_LAYER);
    }

    fn on_record(&self, _: &Id, _: &Values<'_>, _: Context<'_, Spans>) {
        talk(&BY_LAYER);
    }

    fn on_follows_from(&self, _: &Id, _: &Id, _: Context<'_, Spans>) {
        talk(&BY_LAYER);
    }

    fn on_event(&self, _: &Event<'_>, _: Context<'_, Spans>) {
        talk(&BY_LAYER);
    }

    fn on_enter(&self, id: &Id, context: Context<'_, Spans>) {
        // What it may look at, it holds while it talks.
        let span = context.span(id);
        let extensions = span.as_ref().map(|span| span.extensions_mut());
        talk(&BY_LAYER);
        drop(extensions);
    }

    fn on_exit(&self, _: &Id, _: Context<'_, Spans>) {
        talk(&BY_LAYER);
    }

    fn on_close(&self, _: Id, _: Context<'_, Spans>) {
        talk(&BY_LAYER);
    }
}

struct Value;

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        talk(&BY_VALUE);
        f.write_str("value")
    }
}

#[obs::observed(fields(value = ?Value))]
fn work(number: u64) -> Result<u64, u64> {
    info!(value = ?Value, number, "working");
    let span = info_span!("by hand", value = ?Value, late = field::Empty);
    span.record("late", field::debug(Value));
    if number.is_multiple_of(3) { Err(number) } else { Ok(number) }
}

#[test]
fn who_logs_while_something_is_recorded_never_deadlocks() {
    let memory = Memory::default();
    let builder = obs::builder().admin_off().log("off").exporter(Talking).exporter(memory.clone());
    let guard = builder.layer(Talking).init().unwrap();
    let (done, wait) = mpsc::channel();
    thread::spawn(move || {
        thread::scope(|scope| {
            for _ in 0..4 {
                scope
                    .spawn(|| (0..100).for_each(|number| assert_eq!(work(number).is_err(), number % 3 == 0)));
            }
            (0..20).for_each(|_| guard.flush(FOR_EVER).unwrap());
        });
        guard.flush(FOR_EVER).unwrap();
        let lost: u64 = guard.deliveries().iter().map(|account| account.dropped_total()).sum();
        drop(guard);
        done.send(lost).unwrap();
    });
    assert_eq!(wait.recv_timeout(FOR_EVER), Ok(0), "lost, or not done in time");

    for talker in [&BY_LAYER, &BY_EXPORTER, &BY_VALUE] {
        assert!(talker.load(Relaxed) > 400);
    }
    let spans = memory.spans();
    let named = |name: &str| spans.iter().filter(|span| span.name == name).count() as u64;
    assert_eq!((named("work"), named("by hand")), (400, 400));
    // What is done on the exporters' thread is not observed: it would never end.
    assert_eq!(named("inside"), BY_LAYER.load(Relaxed) + BY_VALUE.load(Relaxed));
    assert_eq!((named("further inside"), named("annotated")), (named("inside"), named("inside")));
}
