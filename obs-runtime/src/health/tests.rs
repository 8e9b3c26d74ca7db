//! Checks on their schedules. The clock stands still and is moved by hand, except where a runtime without one is the point.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // a test fails by panicking

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::{advance, sleep};

use super::testing::{check, leak};
use super::*;

mod observed;
mod places;
mod schedule;

/// How often the check ran.
#[derive(Default)]
struct Runs(AtomicU32);

/// Whether the check may pass.
#[derive(Default)]
struct Up(AtomicBool);

fn passing() -> HealthCheck {
    HealthCheck {
        run: Run::Async(|states| {
            let runs = State::<Runs>::from_states(states)?;
            Ok(Box::pin(async move {
                runs.0.fetch_add(1, Ordering::SeqCst);
                Health::healthy()
            }))
        }),
        ..check("passing")
    }
}

fn start<const N: usize>(checks: [HealthCheck; N], states: &States) -> Arc<Monitor> {
    let monitor = Monitor::on_handle(&Handle::current(), Some(Handle::current()), states);
    checks.into_iter().for_each(|check| monitor.add(leak(check)).unwrap());
    monitor
}

fn state(monitor: &Monitor, name: &str) -> (Standing, String) {
    let report = monitor.report(&Probe::All.into());
    let one = report.checks.into_iter().find(|c| c.name() == name).unwrap();
    (one.standing, one.reason.unwrap_or_default())
}

fn runs(states: &States) -> u32 {
    State::<Runs>::from_states(states).unwrap().0.load(Ordering::SeqCst)
}

/// Moves the clock until `condition` holds: blocking tasks keep a paused clock from moving by itself.
async fn until(mut condition: impl FnMut() -> bool) {
    for _ in 0..10_000 {
        if condition() {
            return;
        }
        advance(Duration::from_millis(10)).await;
        std::thread::yield_now();
    }
    panic!("the condition never held");
}

#[tokio::test(start_paused = true)]
async fn a_check_that_hangs_or_panics_harms_no_other() {
    let hangs = HealthCheck { run: Run::Async(|_| Ok(Box::pin(std::future::pending()))), ..check("hangs") };
    let panics =
        HealthCheck { run: Run::Async(|_| Ok(Box::pin(async { panic!("no route") }))), ..check("panics") };
    let panics_early = HealthCheck { run: Run::Async(|_| panic!("no arguments")), ..check("panics_early") };
    let states = States::default();
    states.provide(Runs::default());
    let monitor = start([hangs, panics, panics_early, passing()], &states);
    sleep(Duration::from_secs(60)).await;
    let unhealthy = |why: &str| (Standing::Unhealthy, why.to_owned());
    assert_eq!(state(&monitor, "hangs"), unhealthy("no answer within 500ms"));
    assert_eq!(state(&monitor, "panics"), unhealthy("panicked: no route"));
    assert_eq!(state(&monitor, "panics_early"), unhealthy("panicked: no arguments"));
    assert_eq!(state(&monitor, "passing"), (Standing::Healthy, String::new()));
    assert!((50..=70).contains(&runs(&states)), "{} runs in a minute", runs(&states));
    assert!(!monitor.report(&Probe::Ready.into()).passes());
}

#[tokio::test(start_paused = true)]
async fn a_hung_async_run_is_dropped_when_its_time_is_up() {
    struct Dropped(State<Runs>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let hangs = HealthCheck {
        interval: Duration::from_secs(3600),
        run: Run::Async(|states| {
            let dropped = Dropped(State::from_states(states)?);
            Ok(Box::pin(async move {
                let _dropped = dropped;
                std::future::pending().await
            }))
        }),
        ..check("hangs")
    };
    let states = States::default();
    states.provide(Runs::default());
    let _monitor = start([hangs], &states);
    sleep(Duration::from_millis(400)).await;
    assert_eq!(runs(&states), 0);
    sleep(Duration::from_millis(600)).await;
    assert_eq!(runs(&states), 1);
}

/// Lets the check pass, also when the test fails: a runtime waits for its blocking tasks.
struct Release(States);

impl Drop for Release {
    fn drop(&mut self) {
        if let Ok(up) = State::<Up>::from_states(&self.0) {
            up.0.store(true, Ordering::SeqCst);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_hung_blocking_run_keeps_its_thread_and_no_other_is_started() {
    let blocks = HealthCheck {
        run: Run::Blocking(|states| {
            let runs = State::<Runs>::from_states(states)?;
            let up = State::<Up>::from_states(states)?;
            Ok(Box::new(move || {
                runs.0.fetch_add(1, Ordering::SeqCst);
                while !up.0.load(Ordering::SeqCst) {
                    std::thread::yield_now();
                }
                Health::healthy()
            }))
        }),
        ..check("blocks")
    };
    let states = States::default();
    states.provide(Runs::default());
    states.provide(Up::default());
    let monitor = start([blocks], &states);
    let release = Release(states.clone());
    until(|| runs(&states) == 1).await;
    let mut seen = std::collections::BTreeSet::new();
    until(|| {
        let (standing, reason) = state(&monitor, "blocks");
        assert_ne!(standing, Standing::Healthy);
        if reason.starts_with("still running after ") {
            seen.insert(reason);
        }
        seen.len() == 3
    })
    .await;
    assert_eq!(runs(&states), 1);
    drop(release);
    until(|| state(&monitor, "blocks").0 == Standing::Healthy).await;
    assert!(runs(&states) >= 2);
}

#[tokio::test(start_paused = true)]
async fn a_check_waits_for_the_value_it_asks_for() {
    let patient = HealthCheck { interval: Duration::from_secs(3600), ..passing() };
    let states = States::default();
    let monitor = start([patient], &states);
    assert_eq!(state(&monitor, "passing"), (Standing::Unknown, "has not run yet".to_owned()));
    assert!(!monitor.report(&Probe::Ready.into()).passes());
    sleep(Duration::from_secs(1)).await;
    let (standing, reason) = state(&monitor, "passing");
    assert_eq!(standing, Standing::Unknown);
    assert!(reason.contains("tests::Runs"), "{reason}");
    assert!(!monitor.report(&Probe::Ready.into()).passes());
    states.provide(Runs::default());
    sleep(Duration::from_millis(1)).await; // not the hour of its interval
    assert_eq!(state(&monitor, "passing").0, Standing::Healthy);
    assert!(monitor.report(&Probe::Ready.into()).passes());
}

#[test]
fn a_value_that_goes_may_provide_another_and_one_that_is_shared_is_the_same() {
    struct Heir(States);
    impl Drop for Heir {
        fn drop(&mut self) {
            self.0.provide(Up::default());
        }
    }
    let states = States::default();
    states.provide(Heir(states.clone()));
    states.provide_shared(Arc::new(Heir(States::default())));
    assert!(State::<Up>::from_states(&states).is_ok(), "the first was dropped, and came back");
    let runs = Arc::new(Runs::default());
    states.provide_shared(Arc::clone(&runs));
    State::<Runs>::from_states(&states).unwrap().0.fetch_add(1, Ordering::SeqCst);
    assert_eq!(runs.0.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn probes_read_what_is_known_and_never_run_a_check() {
    let states = States::default();
    states.provide(Runs::default());
    let monitor = start([passing()], &states);
    sleep(Duration::from_secs(1)).await;
    let before = runs(&states);
    for _ in 0..1_000 {
        assert!(monitor.report(&Probe::Ready.into()).passes());
    }
    assert_eq!(runs(&states), before);
}

#[tokio::test(start_paused = true)]
async fn a_monitor_that_is_dropped_stops() {
    let states = States::default();
    states.provide(Runs::default());
    let monitor = start([passing()], &states);
    sleep(Duration::from_secs(5)).await;
    drop(monitor);
    let before = runs(&states);
    assert!(before > 0);
    sleep(Duration::from_secs(60)).await;
    assert_eq!(runs(&states), before);
}

/// Waits, on the real clock, until a check is in a state.
fn soon(monitor: &Monitor, name: &str, wanted: Standing) {
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while state(monitor, name).0 != wanted {
        assert!(std::time::Instant::now() < deadline, "it never was {wanted}: {:?}", state(monitor, name));
        std::thread::yield_now();
    }
}

#[test]
fn a_runtime_without_timers_will_do() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let monitor = Monitor::new(Some(runtime.handle().clone()), &States::default());
    monitor.add(leak(check("early"))).unwrap();
    soon(&monitor, "early", Standing::Healthy);
}

#[test]
fn a_name_that_was_given_twice_names_both_places() {
    let (one, other) = (check("db"), HealthCheck { file: "src/other.rs", line: 7, ..check("db") });
    let place = format!("{}:{}", one.file, one.line);
    let checks = [leak(one), leak(check("bus")), leak(other)];
    assert_eq!(
        duplicates(&checks),
        [format!("health check `db` is declared more than once: {place} and src/other.rs:7")]
    );
}

#[test]
fn a_runtime_that_ends_takes_its_checks_down() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (interval, timeout) = (Duration::from_millis(200), Duration::from_millis(100));
    let quick = HealthCheck { interval, timeout, ..check("quick") };
    let monitor = Monitor::new(Some(runtime.handle().clone()), &States::default());
    monitor.add(leak(quick)).unwrap();
    soon(&monitor, "quick", Standing::Healthy);
    runtime.shutdown_background();
    soon(&monitor, "quick", Standing::Unknown);
    assert!(
        state(&monitor, "quick").1.contains("`builder().runtime(handle)`"),
        "{}",
        state(&monitor, "quick").1
    );
}
