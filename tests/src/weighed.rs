//! A program that counts its allocations, and does what a test tells it: the first word of its command line.

#![allow(clippy::unwrap_used)] // it fails by panicking

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::{Cell, RefCell};
use std::fmt;
use std::hint::black_box;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicIsize, Ordering::Relaxed};
use std::sync::{Barrier, mpsc};
use std::thread;
use std::time::Duration;

use obs::Guard;
use obs::export::Memory;
use tracing::{info, info_span};

/// Bytes in use, in the whole process.
static LIVE: AtomicIsize = AtomicIsize::new(0);

thread_local! {
    /// Allocations of this thread.
    static MADE: Cell<u64> = const { Cell::new(0) };
}

struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

// SAFETY: everything is the system's allocator's; counting changes nothing, and does not allocate.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(layout.size().cast_signed(), Relaxed);
        MADE.with(|made| made.set(made.get() + 1));
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size().cast_signed(), Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(place, layout) }
    }
}

fn live() -> isize {
    LIVE.load(Relaxed)
}

fn flush(guard: &Guard) {
    guard.flush(Duration::from_secs(60)).unwrap();
}

#[derive(Debug)]
struct Refused;

#[obs::traced(fields(number = number, name = name, more = 3))]
fn annotated(number: u64, name: &str) -> Result<u64, Refused> {
    if number.is_multiple_of(5) { Err(Refused) } else { Ok(black_box(number)) }
}

/// A trace: a root with ten children.
fn trace(number: u64) {
    info_span!("root", number).in_scope(|| {
        for child in 0..5 {
            let span = info_span!("child", number, name = "eu-west-1", late = tracing::field::Empty);
            span.record("late", child);
            span.in_scope(|| black_box(child));
            let _told = annotated(child, "eu-west-1");
        }
    });
}

/// Spans allocate nothing on the thread that makes them, once it has made a few.
fn steady(guard: &Guard) {
    let round = || {
        let before = MADE.get();
        trace(black_box(7));
        let made = MADE.get() - before;
        flush(guard);
        made
    };
    let _warm: u64 = (0..50).map(|_| round()).sum();
    let made: u64 = (0..200).map(|_| round()).sum();
    println!("allocations: {made}");
}

/// What a thread keeps that has made a few spans, and what many threads keep that have made many.
fn idle(guard: &Guard) {
    const THREADS: usize = 200;
    trace(1);
    flush(guard);
    for traces in [2, 500] {
        let (begun, done) = (Barrier::new(THREADS + 1), Barrier::new(THREADS + 1));
        thread::scope(|scope| {
            let before = live();
            for number in 0..THREADS {
                let (begun, done) = (&begun, &done);
                scope.spawn(move || {
                    (0..traces).for_each(trace);
                    info!(number, "done");
                    begun.wait();
                    done.wait();
                });
            }
            begun.wait();
            flush(guard);
            let most = isize::try_from(THREADS).unwrap() * if traces > 2 { 80 << 10 } else { 16 << 10 };
            // What a burst took goes little by little.
            obs_tests::wait_for("the memory of rings to go", || (live() - before <= most).then_some(()));
            println!("kept after {traces} traces: {}", live() - before);
            done.wait();
        });
    }
}

/// Ten million spans, one after the other.
fn long(guard: &Guard) {
    let spans = |traces: u64| {
        (0..traces).for_each(trace);
        flush(guard);
        live()
    };
    let first = spans(100_000);
    let last = spans(810_000);
    println!("grown: {}", last - first);
}

/// Five hundred annotated functions.
mod many {
    /// A module for each word, with what the others make in it.
    macro_rules! modules {
        ([]) => {
            #[obs::observed]
            pub(crate) fn call() {
                std::hint::black_box(());
            }
        };
        ([[$($name:ident)*] $inner:tt]) => {
            $(pub(crate) mod $name { modules! { $inner } })*
            pub(crate) fn call() { $($name::call();)* }
        };
    }
    modules! { [[a b c d e] [[a b c d e f g h i j] [[a b c d e f g h i j] []]]] }
}

/// What the metrics of five hundred functions weigh that eight threads call.
fn functions() {
    const THREADS: usize = 8;
    let before = live();
    let (begun, done) = (Barrier::new(THREADS + 1), Barrier::new(THREADS + 1));
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                (0..3).for_each(|_| many::call());
                begun.wait();
                done.wait();
            });
        }
        begun.wait();
        println!("kept by 500 functions: {}", live() - before);
        done.wait();
    });
}

obs::metrics! {
    /// Requests, by kind.
    static REQUESTS: Histogram = "requests_seconds" { late: bool } buckets = [0.01, 0.1, 1.0];
    /// How many.
    static REQUESTS_SEEN: Counter = "requests_seen_total" { late: bool };
}

/// A day of observations that nobody reads.
fn unread() {
    let observe = |from: u32, to: u32| {
        for n in from..to {
            let late = n % 7 == 0;
            REQUESTS.with(REQUESTS { late }).observe(f64::from(n % 100_000) / 1000.0);
            REQUESTS_SEEN.with(REQUESTS_SEEN { late }).add(5);
        }
    };
    observe(0, 200_000);
    let before = live();
    let made = MADE.get();
    // In a release build as many as a service makes in a day.
    let more = if cfg!(debug_assertions) { 10_000_000 } else { 100_000_000 };
    observe(200_000, more);
    println!("grown while nobody read: {} bytes, allocations: {}", live() - before, MADE.get() - made);
}

#[obs::counted(name = "hostile_total", user = dynamic(user, max = 200))]
#[obs::timed(name = "hostile_seconds", user = dynamic(user, max = 200))]
fn hostile_user(user: &str) {
    black_box(user);
}

/// A million values of a label that has room for two hundred.
fn hostile() {
    let before = live();
    for n in 0..1_000_000 {
        hostile_user(&format!("{n:0>100}"));
    }
    println!("kept of hostile values: {}", live() - before);
}

/// Opens spans and tells events while it is shown.
struct Shown;

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        info_span!("inside", depth = 1).in_scope(|| info!("shown"));
        f.write_str("value")
    }
}

thread_local! {
    static LAST: RefCell<Option<Last>> = const { RefCell::new(None) };
}

/// Works when the locals of its thread are dropped, those of the engine before it.
struct Last(tracing::Span);

impl Drop for Last {
    fn drop(&mut self) {
        info_span!(parent: &self.0, "at exit").in_scope(|| info!("last words"));
    }
}

/// What needs the subscriber of the process: while `tracing` asks one of a scope, it gives it no other spans.
fn nested(guard: &Guard, memory: &Memory) {
    let outer = info_span!("outer", value = ?Shown);
    outer.in_scope(|| info!(value = ?Shown, "said"));
    outer.record("value", tracing::field::debug(Shown));
    let (send, receive) = mpsc::channel();
    let moved = outer.clone();
    thread::spawn(move || {
        LAST.with(|last| last.replace(Some(Last(moved))));
        info_span!("on a thread").in_scope(|| ());
        send.send(()).unwrap();
    })
    .join()
    .unwrap();
    receive.recv().unwrap();
    drop(outer);
    flush(guard);
    for span in memory.spans() {
        let parent = memory.spans().into_iter().find(|s| Some(s.context.span_id) == span.parent);
        let parent = parent.map_or("nothing".into(), |p| p.name.clone());
        let events: Vec<&str> = span.events.iter().map(|e| e.name.as_ref()).collect();
        println!("{} below {parent}, events {events:?}", span.name);
    }
}

/// Something that is told apart by 10 000 numbers.
#[obs::counted(name = "weighed_total", number = dynamic(number, max = 10000), max_series = 10000)]
#[obs::timed(name = "weighed_seconds", number = dynamic(number, max = 10000), max_series = 10000)]
fn labelled(number: &str) {
    black_box(number);
}

/// What a scrape of 20 000 series takes beyond what is there without it, in every format.
fn scraped(guard: &Guard) {
    (0..10_000).for_each(|n| labelled(&n.to_string()));
    let address = guard.admin_addr().unwrap();
    let protobuf =
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
    for accept in ["text/plain", "application/openmetrics-text", protobuf] {
        for coding in ["identity", "gzip"] {
            let before = live();
            let mut stream = TcpStream::connect(address).unwrap();
            let head = format!(
                "host: {address}\r\naccept: {accept}\r\naccept-encoding: {coding}\r\nconnection: close"
            );
            write!(stream, "GET /metrics HTTP/1.1\r\n{head}\r\n\r\n").unwrap();
            let (mut bytes, mut most, mut piece) = (0, 0, [0; 4096]);
            loop {
                let read = stream.read(&mut piece).unwrap();
                (bytes, most) = (bytes + read, most.max(live() - before));
                if read == 0 {
                    break;
                }
            }
            println!("scraped: {bytes} bytes, extra {most} as {accept}, {coding}");
        }
    }
}

fn main() {
    let word = std::env::args().nth(1).unwrap_or_default();
    let memory = Memory::default();
    let mut builder = obs::builder().log("off");
    if word != "scraped" {
        builder = builder.admin_off();
    }
    if word == "nested" {
        builder = builder.exporter(memory.clone());
    }
    let guard = builder.init().unwrap();
    match word.as_str() {
        "steady" => steady(&guard),
        "idle" => idle(&guard),
        "functions" => functions(),
        "hostile" => hostile(),
        "long" => long(&guard),
        "scraped" => scraped(&guard),
        "nested" => nested(&guard, &memory),
        "unread" => unread(),
        other => println!("unknown: {other}"),
    }
    let lost: u64 = guard.deliveries().iter().map(obs::export::AccountSnapshot::dropped_total).sum();
    println!("lost: {lost}");
}
