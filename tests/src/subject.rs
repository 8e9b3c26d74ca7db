//! A small service that does what a test tells it, once per word on its command line.

#![allow(clippy::panic)] // it panics where a test asks for it

use std::process::ExitCode;
use std::time::Duration;

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

obs::metrics! {
    /// Jobs done by the subject.
    static JOBS: Counter = "subject_jobs_total" { size: Size, outcome: obs::Outcome };
    /// Jobs, by their error.
    static ERRORS: Counter = "subject_job_errors_total" { error_type: obs::ErrorTypeOf<Refused> };
    /// Time from start to end of a job.
    static JOB_TIME: Histogram = "subject_job_duration_seconds" { size: Size } buckets = [0.001, 0.01, 0.1, 1.0];
    /// Times that a test knows.
    static KNOWN: Histogram = "subject_known_seconds" { size: Size } buckets = [0.1, 1.0];
    /// A help of "quotes", a \\ and
    /// two lines.
    static NAMED: Counter = "subject_named_total" { name: Odd };
}

/// Values that a careless exposition would be spoilt by.
#[derive(obs::Label, Clone, Copy, Debug)]
enum Odd {
    #[label(rename = "\"}\n# EOF\n\\é🦀")]
    All,
}

#[derive(obs::Label, Clone, Copy, Debug)]
enum Size {
    Small,
    Large,
}

#[derive(Debug, obs::ErrorType)]
struct Refused;

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("refused")
    }
}

/// Does one job, as told.
#[obs::traced(fields(job.size = ?size))]
#[obs::counted]
#[obs::timed(in_flight)]
#[obs::counted(metric = JOBS, size = size)]
#[obs::counted(metric = ERRORS)]
#[obs::timed(metric = JOB_TIME, size = size)]
async fn job(size: Size, word: &str) -> Result<(), Refused> {
    tracing::info!(word, "working");
    tracing::debug!("in detail");
    match word {
        "error" => Err(Refused),
        "panic" => panic!("as told"),
        "hang" => std::future::pending().await,
        _ => Ok(()),
    }
}

/// What a crate does that knows nothing of `obs`.
fn third_party() {
    metrics::describe_counter!("pool.checkouts", "Connections taken.");
    metrics::counter!("pool.checkouts", "db.name" => "stock").increment(2);
    metrics::gauge!("pool.size").set(8);
    metrics::histogram!("pool_wait_seconds").record(0.02);
}

/// Always well.
#[obs::health_check(readiness, critical, interval = "100ms", timeout = "50ms")]
async fn always() {}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let first = words.first().map(String::as_str).unwrap_or_default();
    let leaves = first == "leave";
    let started = match first {
        "twice" => obs::builder().admin_off().init().and_then(|_guard| obs::builder().admin_off().init()),
        "foreign" => {
            tracing_subscriber::registry().init();
            obs::init()
        }
        "foreign-with-layer" => {
            tracing_subscriber::registry().with(obs::layer()).init();
            obs::init()
        }
        "expect-health" => obs::builder().admin_off().expect_health(["always", "database"]).init(),
        _ => obs::init(),
    };
    let guard = match started {
        Ok(guard) => guard,
        Err(error) => {
            println!("refused: {error}");
            return ExitCode::FAILURE;
        }
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_time().build() {
        Ok(runtime) => runtime,
        Err(error) => panic!("no runtime: {error}"),
    };
    third_party();
    (1..=1000).for_each(|n| KNOWN.with(KNOWN { size: Size::Small }).observe(f64::from(n) * 0.002));
    NAMED.with(NAMED { name: Odd::All }).inc();
    runtime.block_on(async {
        for word in words {
            let size = if word == "error" { Size::Large } else { Size::Small };
            let task = tokio::spawn(async move { job(size, &word).await });
            // A job that hangs is cancelled; every other one ends long before.
            let abort = task.abort_handle();
            let waited = tokio::time::timeout(Duration::from_millis(200), task).await;
            if waited.is_err() {
                abort.abort();
                while !abort.is_finished() {
                    tokio::task::yield_now().await;
                }
            }
        }
    });
    if leaves {
        return ExitCode::SUCCESS; // the guard is all that delivers
    }
    let flushed = guard.flush(Duration::from_secs(10));
    println!("flushed: {}", if flushed.is_ok() { "yes" } else { "no" });
    if let Some(admin) = guard.admin_addr() {
        println!("admin: {admin}");
        loop {
            std::thread::park(); // until the test ends it
        }
    }
    ExitCode::SUCCESS
}
