//! Where checks run: what one does to its thread, or the program to its runtime, harms no other check.

use std::sync::mpsc;

use super::*;

const OFTEN: Duration = Duration::from_millis(100);

/// A check that blocks its thread until it is let go, and what lets it go.
fn stuck() -> (Check, mpsc::Sender<()>) {
    let (let_go, waits) = mpsc::channel::<()>();
    let waits = std::sync::Mutex::new(waits);
    let check = Check::new("stuck", move || {
        let _gone = waits.lock().unwrap().recv();
        async {}
    });
    (check.interval(OFTEN).timeout(OFTEN / 2).failures(1), let_go)
}

fn counting(runs: &Arc<AtomicU32>) -> Check {
    let runs = Arc::clone(runs);
    let check = Check::new("counting", move || {
        runs.fetch_add(1, Ordering::SeqCst);
        async {}
    });
    check.interval(OFTEN).timeout(OFTEN / 2)
}

/// Waits until the check has run so many times more.
fn goes_on(runs: &AtomicU32, times: u32) {
    let (start, deadline) =
        (runs.load(Ordering::SeqCst), std::time::Instant::now() + Duration::from_secs(30));
    while runs.load(Ordering::SeqCst) < start + times {
        assert!(std::time::Instant::now() < deadline, "it stands still");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn without_a_runtime_checks_run_on_threads_of_ours_and_one_that_blocks_has_its_own() {
    let monitor = Monitor::new(None, &States::default());
    let ((stuck, let_go), runs) = (stuck(), Arc::new(AtomicU32::new(0)));
    monitor.add(stuck).unwrap();
    monitor.add(counting(&runs)).unwrap();
    let threads = Check::blocking("thread", || std::thread::current().name() == Some("obs-health-run"));
    monitor.add(threads.interval(OFTEN).timeout(OFTEN / 2)).unwrap();
    soon(&monitor, "stuck", Standing::Unhealthy);
    soon(&monitor, "thread", Standing::Healthy);
    goes_on(&runs, 10);
    assert!(state(&monitor, "stuck").1.contains("still running after"), "{:?}", state(&monitor, "stuck"));
    drop(let_go);
    soon(&monitor, "stuck", Standing::Healthy);
}

#[test]
fn a_runtime_that_stands_still_fails_its_checks_and_no_others() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let monitor = Monitor::new(Some(runtime.handle().clone()), &States::default());
    let runs = Arc::new(AtomicU32::new(0));
    monitor.add(counting(&runs).failures(1)).unwrap();
    let own = Check::of("own", Work::own(|_, _| Ok(std::future::ready(()))));
    monitor.add(own.interval(OFTEN).timeout(OFTEN / 2)).unwrap();
    soon(&monitor, "counting", Standing::Healthy);
    soon(&monitor, "own", Standing::Healthy);
    let (let_go, waits) = mpsc::channel::<()>();
    runtime.spawn(async move { waits.recv() });
    soon(&monitor, "counting", Standing::Unhealthy);
    assert_eq!(state(&monitor, "own").0, Standing::Healthy);
    let (_, reason) = state(&monitor, "counting");
    assert!(reason.contains("begin") || reason.contains("begun"), "it is not running: {reason}");
    assert!(reason.ends_with("the runtime that it is to run on stands still"), "{reason}");
    drop(let_go);
    soon(&monitor, "counting", Standing::Healthy);
}

#[test]
fn a_check_that_waits_for_ever_without_a_runtime_is_dropped_when_its_time_is_up() {
    struct Dropped(Arc<AtomicU32>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let monitor = Monitor::new(None, &States::default());
    let drops = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&drops);
    let waits = Check::new("waits", move || {
        let dropped = Dropped(Arc::clone(&counted));
        async move {
            let _dropped = dropped;
            std::future::pending::<()>().await;
        }
    });
    monitor.add(waits.interval(OFTEN).timeout(OFTEN / 2)).unwrap();
    soon(&monitor, "waits", Standing::Unhealthy);
    goes_on(&drops, 3); // one run after the other, each on a thread that is free again
    assert!(state(&monitor, "waits").1.contains("no answer within 50ms"), "{:?}", state(&monitor, "waits"));
}

#[test]
fn a_great_many_that_hang_leave_a_thread_for_one_more() {
    let monitor = Monitor::new(None, &States::default());
    let (let_go, waits) = mpsc::channel::<()>();
    let waits = Arc::new(std::sync::Mutex::new(waits));
    for n in 0..530 {
        let waits = Arc::clone(&waits);
        let hangs = Check::blocking(format!("hangs{n}"), move || waits.lock().unwrap().recv().is_ok());
        monitor.add(hangs.interval(OFTEN).timeout(OFTEN / 2)).unwrap();
    }
    soon(&monitor, "hangs529", Standing::Unhealthy);
    let runs = Arc::new(AtomicU32::new(0));
    monitor.add(counting(&runs)).unwrap();
    goes_on(&runs, 3);
    drop(let_go);
}

#[test]
fn what_a_panic_leaves_may_panic_as_well() {
    struct Worse;
    impl Drop for Worse {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }
    let monitor = Monitor::new(None, &States::default());
    let check = Check::blocking("worse", || -> () { std::panic::panic_any(Worse) });
    monitor.add(check.interval(OFTEN).timeout(OFTEN / 2)).unwrap();
    soon(&monitor, "worse", Standing::Unhealthy);
    assert_eq!(state(&monitor, "worse").1, "panicked: without a message");
    let runs = Arc::new(AtomicU32::new(0));
    monitor.add(counting(&runs)).unwrap();
    goes_on(&runs, 3);
}

#[test]
fn a_monitor_that_stopped_takes_no_more_checks() {
    let monitor = Monitor::new(None, &States::default());
    monitor.add(Check::new("one", async || ())).unwrap();
    soon(&monitor, "one", Standing::Healthy);
    monitor.stop();
    assert_eq!(state(&monitor, "one").0, Standing::Healthy, "what is known stays");
    let late = monitor.add(Check::new("late", async || ())).unwrap_err();
    assert!(late.to_string().contains("obs was shut down"), "{late}");
}
