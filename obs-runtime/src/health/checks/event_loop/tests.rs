//! Runtimes that are blocked on purpose. The clock is the real one.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use std::sync::mpsc::channel;
use std::thread;

use tokio::runtime::{Builder, Runtime};

use super::*;
use crate::health::checks::tests::{SOON, Watch, detail, look, refused, said};
use crate::health::{CheckReport, Standing, States};
use crate::record::Value;

const QUICK: Duration = Duration::from_millis(200);

fn one_worker() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).build().unwrap() // without timers
}

fn watch(check: Check<EventLoopLag>) -> Watch {
    Watch::new(check.failures(1).interval(2 * QUICK).timeout(QUICK), &States::default())
}

fn is(standing: Standing) -> impl Fn(&CheckReport) -> bool {
    move |report| report.standing == standing
}

#[test]
fn a_runtime_that_stands_still_is_unhealthy_until_it_goes_on() {
    let runtime = one_worker();
    let _entered = runtime.enter();
    let watch = watch(event_loop_lag("loop").degraded_above(SOON).unhealthy_above(SOON));
    let is_looked_at = |report: &CheckReport| detail(report, "samples") == Some(Value::Int(5));
    watch.until(|report| is_looked_at(report) && report.standing == Standing::Healthy);
    let (go_on, blocked) = channel::<()>();
    runtime.spawn(async move {
        let _released = blocked.recv(); // blocks the only worker
    });
    let stands =
        |report: &CheckReport| said(report).1.starts_with("the program's runtime has polled nothing for ");
    let report = watch.until(stands);
    assert_eq!(report.standing, Standing::Unhealthy);
    assert!(said(&report).1.ends_with(" s; something blocks its threads"), "{report:?}");
    // The same task waits, from one run to the next.
    watch.until(|report| matches!(detail(report, "lag_seconds"), Some(Value::Double(lag)) if lag > 0.5));
    drop(go_on);
    watch.until(is(Standing::Healthy));
}

#[test]
fn a_current_thread_runtime_that_is_late_is_degraded() {
    let runtime = Builder::new_current_thread().build().unwrap();
    let handle = runtime.handle().clone();
    let (stop, stopped) = channel::<()>();
    let busy = thread::spawn(move || {
        runtime.block_on(async {
            while stopped.recv_timeout(Duration::from_millis(150))
                == Err(std::sync::mpsc::RecvTimeoutError::Timeout)
            {
                tokio::task::yield_now().await;
            }
        });
    });
    let _entered = handle.enter();
    let lag = event_loop_lag("loop").degraded_above(Duration::from_millis(50)).unhealthy_above(SOON);
    let watch = Watch::new(lag.timeout(SOON).interval(2 * SOON), &States::default());
    let report = watch.until(is(Standing::Degraded));
    let reason = said(&report).1;
    assert!(
        reason.starts_with("the program's runtime polls what is ready 0.") && reason.ends_with(" s late"),
        "{reason}"
    );
    drop(stop);
    busy.join().unwrap();
}

#[test]
fn lags_are_judged_by_their_thresholds() {
    let lag = event_loop_lag("loop").work;
    let at = |millis| lag.judge(Duration::from_millis(millis)).to_string();
    assert_eq!(at(100), "healthy");
    assert_eq!(at(101), "degraded: the program's runtime polls what is ready 0.101 s late");
    assert_eq!(at(1_000), "degraded: the program's runtime polls what is ready 1.000 s late");
    assert_eq!(at(1_001), "unhealthy: the program's runtime polls what is ready 1.001 s late");
    let crossed = event_loop_lag("loop").unhealthy_above(Duration::from_millis(1));
    assert!(refused(crossed).contains("unhealthy above 1ms before it is degraded above 100ms"));
}

#[test]
fn without_a_runtime_it_is_degraded_and_says_what_to_write() {
    let report = look(event_loop_lag("loop"));
    let reason = "no runtime is known; name the program's by `builder().runtime(handle)`";
    assert_eq!(said(&report), (Standing::Degraded, reason));
}

#[test]
fn a_runtime_that_has_ended_is_unhealthy() {
    let runtime = one_worker();
    let watch = {
        let _entered = runtime.enter();
        watch(event_loop_lag("loop").degraded_above(SOON).unhealthy_above(SOON))
    };
    watch.until(is(Standing::Healthy));
    runtime.shutdown_background();
    let has_ended = "the program's runtime has ended; name one that lasts by `builder().runtime(handle)`";
    let report = watch.until(|report| said(report).1 == has_ended);
    assert_eq!(report.standing, Standing::Unhealthy);
}
