//! Ours: what `metrics!` declares, and functions under attributes.

use std::sync::OnceLock;
use std::time::Duration;

use obs::Guard;
use obs::export::{Exporter, Signal};
use obs::record::Record;

use super::{CHILDREN, Kind, Region, Running, Subject, total, value, work};

obs::metrics! {
    /// Orders.
    static ORDERS: Counter = "bench_orders_total" { region: Region, kind: Kind };
    /// How long they took.
    static TIMES: Histogram = "bench_order_seconds" { region: Region, kind: Kind }
        buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
}

pub const SUBJECTS: [Subject; 4] = [
    Subject { case: "P6", name: "obs", start: || start("bench_orders_total", count) },
    Subject {
        case: "P7",
        name: "obs",
        start: || Running { around: in_a_span, ..start("bench_order_seconds_count", observe) },
    },
    Subject { case: "P8a", name: "obs", start: || start("function_calls_total", |n| _ = plain(n)) },
    Subject { case: "P8b", name: "obs", start: start_observed },
];

static GUARD: OnceLock<Guard> = OnceLock::new();

/// Takes spans and drops them.
struct Nowhere;

impl Exporter for Nowhere {
    fn name(&self) -> &'static str {
        "nowhere"
    }

    fn accept(&self, _: &Record) {}
}

fn start(shown: &'static str, update: fn(u64)) -> Running {
    let guard = obs::builder().log("off").admin_off().exporter(Nowhere).init().expect("it starts");
    assert!(GUARD.set(guard).is_ok());
    Running::new(update, move || total(&GUARD.get()?.metrics_text(), shown))
}

fn start_observed() -> Running {
    let running = start("function_calls_total", |n| _ = root(n, "eu-west-1", n));
    let shown = running.shown;
    Running {
        flush: Box::new(|| {
            GUARD.get().expect("it was started").flush(Duration::from_secs(30)).expect("in time");
        }),
        shown: Box::new(move || {
            assert_eq!(lost(), 0, "spans are lost");
            shown()
        }),
        ..running
    }
}

fn lost() -> u64 {
    let accounts = GUARD.get().expect("it was started").deliveries();
    accounts.iter().filter(|a| a.signal == Signal::Traces).map(|a| a.dropped_total() + a.rejected).sum()
}

#[inline(never)]
fn count(n: u64) {
    ORDERS.with(ORDERS { region: Region::of(n), kind: Kind::of(n) }).inc();
}

#[inline(never)]
fn observe(n: u64) {
    TIMES.with(TIMES { region: Region::of(n), kind: Kind::of(n) }).observe(value(n));
}

fn in_a_span(burst: &mut dyn FnMut()) {
    tracing::info_span!("burst").in_scope(burst);
}

#[inline(never)]
#[obs::counted]
#[obs::timed]
fn plain(n: u64) -> u64 {
    work(n)
}

#[inline(never)]
#[obs::observed(fields(a, b, c))]
fn child(a: u64, b: &'static str, c: u64) -> u64 {
    std::hint::black_box(b);
    work(a + c)
}

#[inline(never)]
#[obs::observed(fields(a, b, c))]
fn root(a: u64, b: &'static str, c: u64) -> u64 {
    (0..CHILDREN).map(|n| child(a, b, n)).sum::<u64>() + c
}
