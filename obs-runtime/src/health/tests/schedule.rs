//! When checks run, and when they do not; on a clock that is moved by hand.

use std::sync::Mutex;

use tokio::time::Instant;

use super::*;

/// When runs began.
#[derive(Clone, Default)]
struct Began(Arc<Mutex<Vec<Instant>>>);

impl Began {
    fn check(&self, name: &'static str) -> Check {
        let began = self.clone();
        Check::new(name, move || {
            began.0.lock().unwrap().push(Instant::now());
            async {}
        })
    }

    /// In seconds since `start`.
    fn since(&self, start: Instant) -> Vec<f64> {
        self.0.lock().unwrap().iter().map(|at| at.duration_since(start).as_secs_f64()).collect()
    }
}

fn monitor() -> Arc<Monitor> {
    Monitor::on_handle(&Handle::current(), Some(Handle::current()), &States::default())
}

#[tokio::test(start_paused = true)]
async fn runs_come_an_interval_apart_give_or_take_a_tenth() {
    let (began, start) = (Began::default(), Instant::now());
    let monitor = monitor();
    monitor.add(began.check("steady").interval(Duration::from_secs(10))).unwrap();
    sleep(Duration::from_secs(1_000)).await;
    let times = began.since(start);
    assert!((90..=112).contains(&times.len()), "{times:?}");
    assert!(times[0] <= 0.25, "the first soon: {times:?}");
    let gaps: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(gaps.iter().all(|gap| (8.99..=11.01).contains(gap)), "{gaps:?}");
    let spread = gaps.iter().fold(0.0_f64, |most, gap| most.max((gap - gaps[0]).abs()));
    assert!(spread > 0.5, "not all alike, or all processes would ask at once: {gaps:?}");
}

#[tokio::test(start_paused = true)]
async fn first_runs_do_not_come_all_at_once() {
    let (began, start) = (Began::default(), Instant::now());
    let monitor = monitor();
    for n in 0..50 {
        monitor.add(Check { name: format!("c{n}").into(), ..began.check("any") }).unwrap();
    }
    sleep(Duration::from_secs(1)).await;
    let times = began.since(start);
    assert_eq!(times.len(), 50);
    let early = times.iter().filter(|at| **at < 0.125).count();
    assert!((5..=45).contains(&early), "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn an_initial_delay_comes_before_the_first_run() {
    let (began, start) = (Began::default(), Instant::now());
    let monitor = monitor();
    monitor.add(began.check("late").initial_delay(Duration::from_secs(30)).critical()).unwrap();
    sleep(Duration::from_secs(29)).await;
    assert_eq!(state(&monitor, "late"), (Standing::Unknown, "has not run yet".to_owned()));
    assert!(!monitor.report(&Probe::Ready.into()).passes());
    sleep(Duration::from_secs(2)).await;
    assert!(monitor.report(&Probe::Ready.into()).passes());
    assert!((30.0..=30.26).contains(&began.since(start)[0]), "{:?}", began.since(start));
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_slow_puts_off_the_next_and_never_meets_it() {
    let (running, most) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let (now, peak) = (Arc::clone(&running), Arc::clone(&most));
    let slow = Check::new("slow", move || {
        let (now, peak) = (Arc::clone(&now), Arc::clone(&peak));
        async move {
            peak.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            sleep(Duration::from_millis(900)).await;
            now.fetch_sub(1, Ordering::SeqCst);
        }
    });
    let monitor = monitor();
    monitor.add(slow.interval(Duration::from_secs(1)).timeout(Duration::from_millis(950))).unwrap();
    sleep(Duration::from_secs(60)).await;
    assert_eq!(most.load(Ordering::SeqCst), 1);
    assert_eq!(state(&monitor, "slow").0, Standing::Healthy);
}

/// A check that passes while `up`, and its monitor.
fn switched(up: &Arc<AtomicBool>, with: impl FnOnce(Check) -> Check) -> Arc<Monitor> {
    let up = Arc::clone(up);
    let check = Check::new("switched", move || std::future::ready(up.load(Ordering::SeqCst)));
    let monitor = monitor();
    monitor.add(with(check.interval(Duration::from_secs(10)).critical())).unwrap();
    monitor
}

/// Moves the clock until the state is another one. Returns after how many seconds.
async fn turns(monitor: &Monitor) -> (f64, Standing) {
    let (start, before) = (Instant::now(), state(monitor, "switched").0);
    for _ in 0..100_000 {
        sleep(Duration::from_millis(10)).await;
        let now = state(monitor, "switched").0;
        if now != before {
            return (start.elapsed().as_secs_f64(), now);
        }
    }
    panic!("it stays {before}");
}

#[tokio::test(start_paused = true)]
async fn a_dependency_that_goes_and_comes_is_seen_when_the_options_say() {
    let up = Arc::new(AtomicBool::new(true));
    let monitor = switched(&up, |check| check.failures(3).successes(2));
    let (first, standing) = turns(&monitor).await;
    assert!(first < 0.3 && standing == Standing::Healthy, "{first}");
    up.store(false, Ordering::SeqCst);
    let (down, standing) = turns(&monitor).await;
    assert!((27.0 - 0.3..=33.1).contains(&down), "three runs later: {down}");
    assert_eq!(standing, Standing::Unhealthy);
    assert!(!monitor.report(&Probe::Ready.into()).passes());
    up.store(true, Ordering::SeqCst);
    let (again, standing) = turns(&monitor).await;
    assert!((18.0 - 0.3..=22.1).contains(&again), "two runs later: {again}");
    assert_eq!(standing, Standing::Healthy);
}

#[tokio::test(start_paused = true)]
async fn a_failure_now_and_then_changes_nothing() {
    let up = Arc::new(AtomicBool::new(true));
    let monitor = switched(&up, |check| check.failures(2));
    turns(&monitor).await;
    let flicker = Arc::new(AtomicU32::new(0));
    let runs = Arc::clone(&flicker);
    let every_second = Check::new("flickers", move || {
        std::future::ready(runs.fetch_add(1, Ordering::SeqCst).is_multiple_of(2))
    });
    monitor.add(every_second.failures(2).critical().interval(Duration::from_secs(2))).unwrap();
    sleep(Duration::from_secs(1)).await;
    for _ in 0..600 {
        sleep(Duration::from_millis(500)).await;
        assert!(monitor.report(&Probe::Ready.into()).passes());
    }
    assert!(flicker.load(Ordering::SeqCst) > 100);
}

#[tokio::test(start_paused = true)]
async fn nobody_is_restarted_for_one_failure_at_the_start() {
    let up = Arc::new(AtomicBool::new(false));
    let monitor = switched(&up, |check| check.liveness().failures(3));
    sleep(Duration::from_secs(15)).await;
    assert_eq!(
        state(&monitor, "switched"),
        (Standing::Unknown, "failed 2 of 3 times: the check returned false".to_owned())
    );
    assert!(monitor.report(&Probe::Live.into()).passes());
    let (_, standing) = turns(&monitor).await;
    assert_eq!(standing, Standing::Unhealthy);
    assert!(!monitor.report(&Probe::Live.into()).passes());
}

#[tokio::test(start_paused = true)]
async fn who_has_started_is_not_asked_again() {
    let (began, start) = (Began::default(), Instant::now());
    let runs = AtomicU32::new(0);
    let warm = Check::new("warm", move || std::future::ready(runs.fetch_add(1, Ordering::SeqCst) == 2));
    let monitor = monitor();
    monitor.add(warm.startup()).unwrap();
    monitor.add(began.check("cold").startup()).unwrap();
    sleep(Duration::from_secs(15)).await;
    assert!(!monitor.report(&Probe::Startup.into()).passes());
    sleep(Duration::from_secs(15)).await;
    assert!(monitor.report(&Probe::Startup.into()).passes());
    sleep(Duration::from_secs(3_600)).await;
    assert_eq!(state(&monitor, "warm"), (Standing::Healthy, String::new()), "and is as well after an hour");
    assert_eq!(began.since(start).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn results_grow_no_older_once_the_schedules_have_ended() {
    let monitor = monitor();
    monitor.add(Check::new("alive", async || ()).liveness().interval(Duration::from_secs(2))).unwrap();
    sleep(Duration::from_secs(5)).await;
    monitor.stop();
    sleep(Duration::from_secs(3_600)).await; // what is left is being delivered
    assert!(monitor.report(&Probe::Live.into()).passes());
    assert_eq!(state(&monitor, "alive"), (Standing::Healthy, String::new()));
}

#[tokio::test(start_paused = true)]
async fn a_check_comes_and_goes_while_others_run() {
    let (began, start) = (Began::default(), Instant::now());
    let monitor = monitor();
    let mut changes = monitor.changes();
    monitor.add(began.check("one")).unwrap();
    assert!(changes.has_changed().unwrap());
    let taken = monitor.add(began.check("one")).unwrap_err().to_string();
    assert_eq!(
        taken,
        "health check `one`: there is a check of that name; give it another, or remove the first"
    );
    sleep(Duration::from_secs(5)).await;
    changes.mark_unchanged();
    assert!(monitor.remove("one") && !monitor.remove("one"));
    assert!(changes.has_changed().unwrap());
    let before = began.since(start).len();
    sleep(Duration::from_secs(60)).await;
    assert_eq!(began.since(start).len(), before, "it runs no more");
    assert!(monitor.report(&Probe::All.into()).checks().is_empty());
    monitor.add(began.check("one")).unwrap();
    sleep(Duration::from_secs(1)).await;
    assert_eq!(state(&monitor, "one").0, Standing::Healthy);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_scheduled_is_refused_with_the_remedy() {
    let monitor = monitor();
    let refused = |check: Check| monitor.add(check).unwrap_err().to_string();
    let any = || Check::new("any", async || ());
    assert!(refused(Check::new("Any", async || ())).contains("`a-z`"));
    for name in ["", ".", "..", "-a", "_a", &"a".repeat(101)] {
        assert!(refused(Check::new(name.to_owned(), async || ())).contains("begins with a letter"), "{name}");
    }
    assert!(refused(any().group("/a")).contains("`/a` is no group or tag"));
    assert!(refused(any().timeout(Duration::from_secs(10))).contains("not below the interval (10s)"));
    assert!(refused(any().timeout(Duration::ZERO)).contains("above zero"));
    assert!(refused(any().failures(0)).contains("at least 1"));
    assert!(refused(any().group("a b")).contains("`a b` is no group or tag"));
    assert!(refused(any().tag("")).contains("`` is no group or tag"));
    for n in 0..1_000 {
        monitor.add(Check { name: format!("c{n}").into(), ..any() }).unwrap();
    }
    assert!(refused(any()).contains("1000 checks already"));
    assert_eq!(monitor.report(&Probe::Ready.into()).checks().len(), 1_000);
}

#[tokio::test(start_paused = true)]
async fn details_are_those_of_the_last_run() {
    let runs = AtomicU32::new(0);
    let check = Check::new("detailed", move || {
        let run = runs.fetch_add(1, Ordering::SeqCst);
        std::future::ready(if run == 0 {
            Health::degraded("cold").with("run", run)
        } else {
            Health::healthy()
        })
    });
    let monitor = monitor();
    monitor.add(check).unwrap();
    sleep(Duration::from_secs(1)).await;
    let details = |monitor: &Monitor| monitor.report(&Probe::All.into()).checks()[0].details().to_vec();
    let seen = details(&monitor);
    assert_eq!((seen[0].key.as_ref(), &seen[0].value), ("run", &0.into()));
    sleep(Duration::from_secs(12)).await;
    assert!(details(&monitor).is_empty());
}

#[tokio::test(start_paused = true)]
async fn once_the_end_is_near_it_is_not_ready_and_those_who_wait_are_told() {
    let monitor = monitor();
    monitor.add(Check::new("fine", async || ()).critical()).unwrap();
    sleep(Duration::from_secs(1)).await;
    let mut changes = monitor.changes();
    assert!(monitor.report(&Probe::Ready.into()).passes());
    let since = monitor.leave();
    assert!(changes.has_changed().unwrap());
    changes.mark_unchanged();
    assert_eq!(monitor.leave(), since, "it begins once");
    assert!(!monitor.report(&Probe::Ready.into()).passes());
    assert!(monitor.report(&Probe::Live.into()).passes());
}
