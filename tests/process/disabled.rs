//! `OTEL_SDK_DISABLED=true` costs nothing: no thread, no subscriber, no listener, no allocation.

#![allow(clippy::unwrap_used, missing_docs)] // a test fails by panicking, and its name says what holds

use std::alloc::{GlobalAlloc, Layout, System};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

struct Counting;

#[allow(unsafe_code)] // an allocator
// SAFETY: it is the system's, with a count.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

obs::metrics! {
    /// Orders.
    static ORDERS: Counter = "disabled_orders_total";
}

#[obs::observed(fields(order.id = id))]
fn place(id: u64) -> Result<u64, std::fmt::Error> {
    ORDERS.inc();
    tracing::info!(id, "placed");
    Ok(id)
}

/// The tasks of this process, and the sockets that it listens on.
#[cfg(target_os = "linux")]
fn running() -> (usize, usize) {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap().count();
    let sockets =
        std::fs::read_dir("/proc/self/fd").unwrap().filter_map(|fd| std::fs::read_link(fd.ok()?.path()).ok());
    (tasks, sockets.filter(|to| to.to_string_lossy().starts_with("socket:")).count())
}

#[cfg(not(target_os = "linux"))]
fn running() -> (usize, usize) {
    (0, 0)
}

#[test]
fn a_disabled_sdk_costs_no_thread_no_listener_and_no_allocation() {
    const ITSELF: &str = "a_disabled_sdk_costs_no_thread_no_listener_and_no_allocation";
    if std::env::var_os("AGAIN").is_none() {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", ITSELF]).env("AGAIN", "1").env("OTEL_SDK_DISABLED", "true");
        command
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
            .env("OTEL_EXPORTER_PROMETHEUS_PORT", "0");
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success() && said.contains("1 passed"), "{said}");
        return;
    }
    let before = running();
    let guard = obs::builder().shutdown_on_signals().init().unwrap();
    assert_eq!(running(), before);
    assert_eq!(guard.admin_addr(), None);
    assert!(!tracing::dispatcher::has_been_set(), "no subscriber is installed");
    place(0).unwrap();
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    (1..1000).for_each(|id| assert_eq!(place(id), Ok(id)));
    assert_eq!(ALLOCATIONS.load(Ordering::Relaxed), before);
    assert_eq!((guard.metrics_text(), guard.deliveries().len()), (String::new(), 0));
    drop(guard);
}
