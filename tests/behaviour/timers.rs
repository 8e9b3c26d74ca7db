//! Durations that are measured by hand.

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use obs::Outcome;
use obs::testing::{Summary, Telemetry};

obs::metrics! {
    /// Times by what.
    static READ: Histogram = "timers_read_seconds" { cached: bool };
    /// Times by outcome and error.
    static SETTLE: Histogram = "timers_settle_seconds" { outcome: obs::Outcome, error_type: obs::ErrorTypeOf<Declined> };
    /// Times by error.
    static RETRY: Histogram = "timers_retry_seconds" { error_type: obs::ErrorTypeOf<Declined> };
    /// Times.
    static PAUSE: Histogram = "timers_pause_seconds";
}

#[derive(Debug, obs::ErrorType)]
enum Declined {
    Card,
}

fn settled(t: &Telemetry) -> [u64; 4] {
    Outcome::ALL.map(|outcome| t.histogram_with(&SETTLE, SETTLE {}, outcome).count)
}

#[obs::test]
fn a_timer_adds_its_seconds_once_when_it_is_dropped(t: &Telemetry) {
    let timer = obs::timer!(READ, cached = true);
    std::thread::sleep(Duration::from_millis(2)); // what is measured
    assert_eq!(t.histogram(&READ, READ { cached: true }), Summary::default());
    drop(timer);
    let read = t.histogram(&READ, READ { cached: true });
    assert!(read.count == 1 && read.sum >= 0.002 && read.sum < 60.0, "{read:?}");
    assert_eq!(t.histogram(&READ, READ { cached: false }).count, 0);
    obs::timer!(PAUSE).discard();
    assert_eq!(t.histogram(&PAUSE, PAUSE {}).count, 0);
}

#[obs::test]
async fn work_is_timed_and_its_value_comes_back(t: &Telemetry) {
    assert_eq!(PAUSE.time(|| 7), 7);
    assert_eq!(PAUSE.time_async(async { 8 }).await, 8);
    let read = || READ.with(READ { cached: false });
    assert_eq!(read().time(|| "a"), "a");
    let slept = tokio::time::sleep(Duration::from_millis(2));
    read().time_async(slept).await;
    assert_eq!(t.histogram(&PAUSE, PAUSE {}).count, 2);
    let read = t.histogram(&READ, READ { cached: false });
    assert!(read.count == 2 && read.sum >= 0.002, "{read:?}");
}

#[obs::test]
async fn a_future_is_timed_from_its_first_poll(t: &Telemetry) {
    let never = PAUSE.time_async(async {});
    drop(never);
    assert_eq!(t.histogram(&PAUSE, PAUSE {}).count, 0);
    let given_up = tokio::time::timeout(Duration::ZERO, PAUSE.time_async(pending::<()>()));
    given_up.await.unwrap_err();
    assert_eq!(t.histogram(&PAUSE, PAUSE {}).count, 1);
}

#[obs::test]
async fn the_outcome_is_the_result_s(t: &Telemetry) {
    let series = || SETTLE.with(SETTLE {});
    assert_eq!(series().time_result(|| Ok::<_, String>(1)), Ok(1));
    assert_eq!(series().time_result(|| Err::<(), _>("no")), Err("no"));
    assert_eq!(series().time_result_async(async { Ok::<_, String>(1) }).await, Ok(1));
    catch_unwind(|| series().time_result(|| -> Result<(), String> { panic!("in between") })).unwrap_err();
    let never = series().time_result_async(pending::<Result<(), String>>());
    tokio::time::timeout(Duration::ZERO, never).await.unwrap_err();
    assert_eq!(settled(t), [2, 1, 1, 1]);
}

#[obs::test]
fn a_timer_that_is_told_nothing_was_left(t: &Telemetry) {
    fn leave(early: bool) -> Option<()> {
        let timer = obs::timer!(SETTLE);
        (!early).then_some(())?;
        timer.ok();
        Some(())
    }
    assert!(leave(true).is_none() && leave(false).is_some());
    assert_eq!(settled(t), [1, 0, 0, 1]);
    catch_unwind(|| {
        let _timer = obs::timer!(SETTLE);
        panic!("in between");
    })
    .unwrap_err();
    assert_eq!(settled(t), [1, 0, 1, 1]);
}

#[obs::test]
fn a_timer_that_began_in_a_destructor_did_not_panic(t: &Telemetry) {
    struct Farewell;
    impl Drop for Farewell {
        fn drop(&mut self) {
            PAUSE.time(|| ());
            let _left = obs::timer!(SETTLE);
        }
    }
    catch_unwind(AssertUnwindSafe(|| {
        let _farewell = Farewell;
        panic!("in between");
    }))
    .unwrap_err();
    assert_eq!(t.histogram(&PAUSE, PAUSE {}).count, 1);
    assert_eq!(settled(t), [0, 0, 0, 1]);
}

#[obs::test]
fn an_error_gives_its_name(t: &Telemetry) {
    obs::timer!(SETTLE).error(&Declined::Card);
    obs::timer!(RETRY).error(&Declined::Card);
    drop(obs::timer!(RETRY));
    assert_eq!(settled(t), [0, 1, 0, 0]);
    let named = |name, of| t.histogram_named(name, &[("error_type", of)]).count;
    assert_eq!(named("timers_settle_seconds", "Card"), 1);
    assert_eq!(named("timers_retry_seconds", "Card"), 1);
    assert_eq!(t.histogram(&RETRY, RETRY {}).count, 2);
}
