//! One call gives one outcome: the same on span, counter, histogram and in-flight gauge.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use expect_test::expect;
use obs::Outcome;
use obs::testing::{Telemetry, capture};

use crate::block_on;

obs::metrics! {
    /// Calls, by how they ended.
    static CALLS: Counter = "outcomes_calls_total" { outcome: obs::Outcome };
    /// Time of a call.
    static TIMES: Histogram = "outcomes_call_duration_seconds" { outcome: obs::Outcome };
}

#[derive(Debug)]
struct Declined;

#[obs::observed]
#[obs::counted(metric = CALLS)]
#[obs::timed(metric = TIMES)]
fn sync(word: &str) -> Result<u32, Declined> {
    match word {
        "ok" => Ok(1),
        "early" => return Ok(2),
        "error" => Err(Declined)?,
        _ => panic!("as told"),
    }
}

#[obs::observed]
#[obs::counted(metric = CALLS)]
#[obs::timed(metric = TIMES)]
async fn asynchronous(word: &str) -> Result<u32, Declined> {
    tokio::task::yield_now().await;
    match word {
        "ok" => Ok(1),
        "error" => Err(Declined)?,
        "hang" => std::future::pending().await,
        _ => panic!("as told"),
    }
}

/// The four signals agree on how often `function` ended with `outcome`.
fn agree(t: &Telemetry, function: &str, outcome: Outcome, times: u64) {
    let spans = t.spans().iter().filter(|s| s.name == function && s.outcome == Some(outcome)).count();
    assert_eq!(spans as u64, times, "span {outcome}");
    assert_eq!(t.calls(function, outcome), times, "counter {outcome}");
    assert_eq!(t.durations(function, outcome).count, times, "histogram {outcome}");
    assert_eq!(t.counter_with(&CALLS, CALLS {}, outcome), times, "own counter {outcome}");
    assert_eq!(t.histogram_with(&TIMES, TIMES {}, outcome).count, times, "own histogram {outcome}");
    assert_eq!(t.in_flight(function), 0, "gauge {outcome}");
}

#[test]
fn a_synchronous_call_ends_ok_with_an_error_or_by_a_panic() {
    capture(|t| {
        assert_eq!(sync("ok").unwrap(), 1);
        assert_eq!(sync("early").unwrap(), 2);
        assert!(sync("error").is_err());
        assert!(catch_unwind(|| sync("panic")).is_err());
        agree(t, "sync", Outcome::Ok, 2);
        agree(t, "sync", Outcome::Error, 1);
        agree(t, "sync", Outcome::Panicked, 1);
        agree(t, "sync", Outcome::Cancelled, 0);
        expect![[r#"
            sync ok
            sync ok
            sync error error.type=behaviour::outcomes::Declined
            sync panicked error.type=panic
        "#]]
        .assert_eq(&t.tree());
    });
}

#[test]
fn an_asynchronous_call_ends_ok_with_an_error_or_by_a_panic() {
    capture(|t| {
        assert_eq!(block_on(asynchronous("ok")).unwrap(), 1);
        assert!(block_on(asynchronous("error")).is_err());
        assert!(catch_unwind(|| block_on(asynchronous("panic"))).is_err());
        agree(t, "asynchronous", Outcome::Ok, 1);
        agree(t, "asynchronous", Outcome::Error, 1);
        agree(t, "asynchronous", Outcome::Panicked, 1);
        agree(t, "asynchronous", Outcome::Cancelled, 0);
    });
}

#[test]
fn a_dropped_future_is_cancelled_and_no_longer_in_flight() {
    capture(|t| {
        {
            let mut call = pin!(asynchronous("hang"));
            let mut cx = Context::from_waker(Waker::noop());
            while t.in_flight("asynchronous") == 0 {
                assert!(matches!(call.as_mut().poll(&mut cx), Poll::Pending));
            }
            assert!(matches!(call.as_mut().poll(&mut cx), Poll::Pending));
            assert_eq!(t.in_flight("asynchronous"), 1);
            assert_eq!(t.spans().len(), 0);
        }
        agree(t, "asynchronous", Outcome::Cancelled, 1);
        expect![[r#"
            asynchronous cancelled
        "#]]
        .assert_eq(&t.tree());
    });
}

#[test]
fn a_future_that_was_never_polled_is_no_call() {
    capture(|t| {
        drop(asynchronous("ok"));
        assert!(t.spans().is_empty());
        assert_eq!(t.calls("asynchronous", Outcome::Cancelled), 0);
    });
}

#[test]
fn a_panic_that_is_caught_before_the_future_is_dropped_is_still_a_panic() {
    capture(|t| {
        let mut call = Box::pin(asynchronous("panic"));
        let mut cx = Context::from_waker(Waker::noop());
        while let Ok(poll) = catch_unwind(AssertUnwindSafe(|| call.as_mut().poll(&mut cx))) {
            assert!(poll.is_pending());
        }
        agree(t, "asynchronous", Outcome::Panicked, 1);
        drop(call);
        agree(t, "asynchronous", Outcome::Panicked, 1);
        agree(t, "asynchronous", Outcome::Cancelled, 0);
    });
}

#[test]
fn a_call_made_while_another_panic_unwinds_has_its_own_outcome() {
    struct CallsOnDrop;
    impl Drop for CallsOnDrop {
        fn drop(&mut self) {
            assert_eq!(sync("ok").unwrap(), 1);
        }
    }
    capture(|t| {
        let unwound = catch_unwind(|| {
            let _guard = CallsOnDrop;
            panic!("elsewhere");
        });
        assert!(unwound.is_err());
        agree(t, "sync", Outcome::Ok, 1);
        agree(t, "sync", Outcome::Panicked, 0);
    });
}

#[test]
fn a_panic_inside_another_is_one_where_the_value_is_judged() {
    struct FailsOnDrop;
    impl Drop for FailsOnDrop {
        fn drop(&mut self) {
            assert!(catch_unwind(|| sync("panic")).is_err());
        }
    }
    capture(|t| {
        let unwound = catch_unwind(|| {
            let _guard = FailsOnDrop;
            panic!("elsewhere");
        });
        assert!(unwound.is_err());
        agree(t, "sync", Outcome::Panicked, 1);
        agree(t, "sync", Outcome::Ok, 0);
    });
}

#[obs::observed]
async fn innocent() {
    std::future::pending::<()>().await;
}

#[obs::observed]
async fn guilty() {
    tokio::task::yield_now().await;
    panic!("as told");
}

#[obs::observed]
fn innocent_too() -> impl Future<Output = ()> {
    std::future::pending()
}

#[test]
fn a_future_that_goes_down_with_another_was_cancelled() {
    capture(|t| {
        let all = async { tokio::join!(innocent(), innocent_too(), guilty()) };
        assert!(catch_unwind(AssertUnwindSafe(|| block_on(all))).is_err());
        let outcome = |name: &str| t.spans().iter().find(|s| s.name == name).unwrap().outcome;
        assert_eq!(outcome("guilty"), Some(Outcome::Panicked));
        for name in ["innocent", "innocent_too"] {
            assert_eq!(outcome(name), Some(Outcome::Cancelled), "{name}");
            assert_eq!(t.calls(name, Outcome::Cancelled), 1, "{name}");
        }
    });
}

#[test]
fn a_future_is_as_sync_and_as_safe_to_unwind_as_its_plain_form() {
    fn assert<T: Send + Sync + std::panic::UnwindSafe + Unpin>(_: &T) {}
    #[obs::observed]
    async fn add(a: u8, b: u8) -> u8 {
        std::future::ready(()).await;
        a + b
    }
    #[obs::observed(err, slow = "1s", error_type = "refused", fields(%a))]
    #[obs::counted(metric = CALLS)]
    async fn divide(a: u8, b: u8) -> Result<u8, String> {
        std::future::ready(()).await;
        a.checked_div(b).ok_or_else(|| "by zero".to_owned())
    }
    #[obs::observed(fields(a))]
    fn double(a: u8) -> impl Future<Output = u8> {
        std::future::ready(a * 2)
    }
    assert(&Box::pin(add(1, 2)));
    assert(&Box::pin(divide(1, 2)));
    assert(&Box::pin(double(1)));
}

#[test]
fn what_a_body_says_when_it_is_dropped_is_said_inside_its_span() {
    struct Says;
    impl Drop for Says {
        fn drop(&mut self) {
            tracing::info!("dropped");
        }
    }
    #[obs::traced]
    async fn holds(says: Says) {
        std::future::pending::<()>().await;
        drop(says);
    }
    capture(|t| {
        {
            let mut call = pin!(obs::service("outcomes-holder").scope(holds(Says)));
            assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        }
        assert_eq!(t.tree(), "holds cancelled\n* dropped level=INFO\n");
        assert!(t.logs().iter().all(|l| l.resource.service == "outcomes-holder"));
    });
}
