//! With the feature `off` the API is there, starts no thread, listens nowhere and counts nothing.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

static CHECKED: AtomicBool = AtomicBool::new(false);

obs::metrics! {
    /// Jobs.
    static JOBS: Counter = "jobs_total" { outcome: obs::Outcome };
    /// Jobs that wait.
    static WAITING: Gauge = "jobs_waiting";
    /// Sizes of jobs.
    static SIZES: Histogram = "job_size_bytes" buckets = exponential(64, 4, 6);
}

#[obs::health_check(readiness, critical, interval = "10ms", timeout = "5ms")]
fn check() {
    CHECKED.store(true, Ordering::SeqCst);
}

struct Pool(u8);

#[obs::health_checks]
#[obs::traced]
impl Pool {
    #[obs::health_check(interval = "10ms", timeout = "5ms", initial_delay = "0s", group = "pools", tags(eu))]
    async fn answers(&self, word: obs::State<u32>) -> bool {
        CHECKED.store(true, Ordering::SeqCst);
        std::future::ready(u32::from(self.0) < *word).await
    }

    #[obs::health_check(liveness)]
    fn is_there() {
        CHECKED.store(true, Ordering::SeqCst);
    }
}

#[obs::observed]
#[obs::counted(metric = JOBS)]
fn job(word: &str) -> usize {
    WAITING.set(1.0);
    SIZES.observe(100.0);
    JOBS.with(JOBS {}).outcome(obs::Outcome::Ok).inc();
    word.len()
}

fn main() -> Result<(), obs::InitError> {
    let before = threads();
    let guard = obs::builder().service_name("off").admin_port(0).init()?;
    guard.provide(7_u32);
    guard.provide(Pool(3));
    assert_eq!(job("four"), 4);
    assert_eq!(guard.admin_addr(), None, "nobody listens");
    assert_eq!(guard.metrics_text(), "");
    assert!(guard.flush(Duration::from_secs(1)).is_ok());
    assert_eq!(threads(), before, "no thread started");
    assert!(!CHECKED.load(Ordering::SeqCst), "there is no thread that could run a check");
    obs::testing::capture(|t| {
        assert_eq!(job("one"), 3);
        assert!(t.spans().is_empty());
        assert_eq!(t.counter(&JOBS, JOBS {}), 0);
        assert_eq!(t.gauge(&WAITING, WAITING {}), None);
        assert_eq!(t.calls("job", obs::Outcome::Ok), 0);
    });
    println!("nothing happened");
    Ok(())
}

/// How many threads the process has; 1 where the system does not say.
fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").map_or(1, Iterator::count)
}
