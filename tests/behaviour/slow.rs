//! Calls that take longer than they should say so, in their span.

use std::pin::pin;
use std::task::{Context, Waker};
use std::thread::sleep;
use std::time::Duration;

use expect_test::expect;
use obs::record::{LogRecord, Severity, Value};
use obs::testing::capture;

use crate::block_on;

const LONG: Duration = Duration::from_millis(30);

#[obs::traced(slow = "10ms")]
fn synchronous(time: Duration) {
    sleep(time);
}

#[obs::observed(slow = "10ms", fields(id = 1))]
async fn asynchronous(busy: Duration, idle: Duration) -> u8 {
    sleep(busy);
    if !idle.is_zero() {
        tokio::time::sleep(idle).await;
    }
    7
}

#[obs::traced(slow = "10s")]
fn in_time() {}

fn seconds(log: &LogRecord, key: &str) -> Option<f64> {
    log.attributes.iter().find(|a| a.key == key).map(|a| match a.value {
        Value::Double(seconds) => seconds,
        _ => panic!("{key} is no number of seconds"),
    })
}

/// The spans without the figures of their events, which no two runs share.
fn shape(tree: &str) -> String {
    tree.lines()
        .map(|line| line.split(" duration_seconds").next().unwrap_or(line).to_owned() + "\n")
        .collect()
}

#[test]
fn a_slow_call_warns_in_its_span_with_its_duration() {
    capture(|t| {
        synchronous(Duration::ZERO);
        synchronous(LONG);
        in_time();
        expect![[r#"
            synchronous ok
            synchronous ok
            * slow call
            in_time ok
        "#]]
        .assert_eq(&shape(&t.tree()));
        let logs = t.logs();
        assert_eq!(logs.len(), 1);
        assert_eq!(logs[0].severity, Severity::Warn);
        assert!(seconds(&logs[0], "duration_seconds").unwrap() >= LONG.as_secs_f64());
        assert_eq!(seconds(&logs[0], "busy_seconds"), None);
    });
}

#[test]
fn a_slow_future_tells_its_polls_and_when_it_was_busy() {
    capture(|t| {
        assert_eq!(block_on(asynchronous(LONG, LONG)), 7);
        assert_eq!(block_on(asynchronous(Duration::ZERO, Duration::ZERO)), 7);
        let logs = t.logs();
        assert_eq!(logs.len(), 1);
        assert_eq!(logs[0].span.as_deref(), Some("asynchronous"));
        let polls = logs[0].attributes.iter().find(|a| a.key == "polls").unwrap();
        assert_eq!(polls.value, Value::Int(2));
        let of = |key| seconds(&logs[0], key).unwrap();
        assert!(of("busy_seconds") >= LONG.as_secs_f64());
        assert!(of("idle_seconds") > 0.01);
        assert!((of("duration_seconds") - of("busy_seconds") - of("idle_seconds")).abs() < 1e-6);
    });
}

#[test]
fn a_slow_call_that_is_cancelled_warns_too_and_one_that_panics_does_not() {
    #[obs::traced(slow = "1ms")]
    fn slow_and_broken() {
        sleep(LONG);
        panic!("as told");
    }
    capture(|t| {
        {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let _entered = runtime.enter();
            let mut call = pin!(asynchronous(LONG, LONG));
            assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        }
        assert!(std::panic::catch_unwind(slow_and_broken).is_err());
        expect![[r#"
            asynchronous cancelled id=1
            * slow call
            slow_and_broken panicked error.type=panic
        "#]]
        .assert_eq(&shape(&t.tree()));
    });
}

#[obs::traced(slow = "10ms")]
fn returned(time: Duration) -> impl Future<Output = u8> {
    async move {
        sleep(time);
        7
    }
}

struct Ticks(u8);

impl futures_core::Stream for Ticks {
    type Item = u8;

    fn poll_next(mut self: std::pin::Pin<&mut Self>, _: &mut Context<'_>) -> std::task::Poll<Option<u8>> {
        sleep(LONG / 2);
        self.0 -= 1;
        std::task::Poll::Ready(Some(self.0).filter(|left| *left > 0))
    }
}

#[obs::traced(slow = "10ms")]
fn ticks() -> impl futures_core::Stream<Item = u8> {
    Ticks(3)
}

#[test]
fn a_returned_future_and_a_stream_are_timed_from_first_poll_to_end() {
    capture(|t| {
        let future = returned(LONG);
        sleep(LONG);
        assert_eq!(block_on(returned(Duration::ZERO)), 7);
        assert!(t.logs().is_empty(), "the time before the first poll is nobody's");
        assert_eq!(block_on(future), 7);
        let mut stream = pin!(ticks());
        while let std::task::Poll::Ready(Some(_)) =
            futures_core::Stream::poll_next(stream.as_mut(), &mut Context::from_waker(Waker::noop()))
        {
        }
        let logs = t.logs();
        let told: Vec<_> = logs.iter().map(|log| log.span.clone().unwrap_or_default()).collect();
        assert_eq!(told, ["returned", "ticks"]);
        let polls =
            |log: &LogRecord| log.attributes.iter().find(|a| a.key == "polls").map(|a| a.value.clone());
        assert_eq!((polls(&logs[0]), polls(&logs[1])), (Some(Value::Int(1)), Some(Value::Int(3))));
        assert!(seconds(&logs[1], "busy_seconds").unwrap() >= LONG.as_secs_f64());
    });
}

#[test]
fn a_watched_future_grows_as_little_as_is_documented() {
    #[obs::traced]
    async fn unwatched(n: u8) -> u8 {
        std::future::ready(n).await
    }
    #[obs::traced(slow = "1s")]
    async fn watched(n: u8) -> u8 {
        std::future::ready(n).await
    }
    assert!(size_of_val(&watched(1)) - size_of_val(&unwatched(1)) <= 24);
}
