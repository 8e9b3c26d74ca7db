//! What checks leave in logs, traces and metrics.

use super::*;
use crate::outcome::Outcome;
use crate::record::{Family, MetricSource, MetricVisitor, Point, Severity};
use crate::testing::record;

#[tokio::test(start_paused = true)]
async fn a_change_is_one_log_line_and_a_run_is_a_span() {
    let (collected, _guard) = record();
    let flips = HealthCheck {
        run: Run::Async(|states| {
            let up = State::<Up>::from_states(states)?;
            Ok(Box::pin(async move { up.0.load(Ordering::SeqCst).into_health() }))
        }),
        ..check("flips")
    };
    let states = States::default();
    states.provide(Up(AtomicBool::new(true)));
    let monitor = start([flips], &states);
    sleep(Duration::from_secs(10)).await;
    State::<Up>::from_states(&states).unwrap().0.store(false, Ordering::SeqCst);
    sleep(Duration::from_secs(10)).await;
    drop(monitor);
    let logs = collected.logs();
    let lines: Vec<_> =
        logs.iter().filter(|l| l.target == "obs::health").map(|l| (l.severity, l.body.as_str())).collect();
    assert_eq!(
        lines,
        [
            (Severity::Info, "health check `flips` is healthy"),
            (Severity::Warn, "health check `flips` is unhealthy: the check returned false"),
        ]
    );
    let spans = collected.spans();
    let (first, last) = (spans.first().unwrap(), spans.last().unwrap());
    assert_eq!((first.name.as_ref(), first.outcome), ("health_check", Some(Outcome::Ok)));
    assert_eq!((last.outcome, last.parent), (Some(Outcome::Error), None));
    assert!(spans.len() > 15);
}

#[test]
fn what_is_said_on_a_thread_without_a_subscriber_is_heard_all_the_same() {
    let (collected, _guard) = record();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let run = Run::Blocking(|_| {
        Ok(Box::new(|| {
            tracing::info!("inside");
            Health::healthy()
        }))
    });
    let blocking = HealthCheck { run, ..check("blocking") };
    let monitor = Monitor::new(Some(runtime.handle().clone()), &States::default());
    monitor.add(leak(blocking)).unwrap();
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    let heard = |body: &str| collected.logs().iter().any(|log| log.body == body);
    while !heard("health check `blocking` is healthy") {
        assert!(std::time::Instant::now() < deadline, "{:?}", collected.logs());
        std::thread::yield_now();
    }
    drop(monitor);
    let logs = collected.logs();
    let inside = logs.iter().find(|log| log.body == "inside").unwrap();
    assert_eq!(inside.span.as_deref(), Some("health_check"));
}

/// The families and points as text.
#[derive(Default)]
struct Lines(Vec<String>);

impl MetricVisitor for Lines {
    fn family(&mut self, family: &Family<'_>) {
        self.0.push(format!("{} {:?}", family.name, family.kind));
    }

    fn point(&mut self, labels: &[(&str, &str)], point: Point<'_>) {
        let value = match point {
            Point::Counter(v) => v.to_string(),
            Point::Total(v) | Point::Gauge(v) => v.to_string(),
            Point::Histogram { buckets, .. } => format!("{} observations", buckets.iter().sum::<u64>()),
        };
        self.0.push(format!("{labels:?} {value}"));
    }
}

#[tokio::test(start_paused = true)]
async fn each_check_has_a_gauge_and_a_histogram() {
    let says = |name, run| HealthCheck { run, interval: Duration::from_secs(3600), ..check(name) };
    let degraded = Run::Async(|_| Ok(Box::pin(async { Health::degraded("slow") })));
    let unhealthy = Run::Blocking(|_| Ok(Box::new(|| Health::unhealthy("down"))));
    let states = States::default();
    let checks = [
        says("b_degraded", degraded),
        says("c_unhealthy", unhealthy),
        says("d_unknown", passing().run),
        says("a_healthy", check("any").run),
    ];
    let monitor = start(checks, &states);
    until(|| state(&monitor, "c_unhealthy").0 == Standing::Unhealthy).await;
    until(|| state(&monitor, "a_healthy").0 == Standing::Healthy).await;
    until(|| state(&monitor, "b_degraded").0 == Standing::Degraded).await;
    let mut lines = Lines::default();
    monitor.visit(&mut lines);
    let labels = |name: &str, value: &str| format!(r#"[("check", "{name}"), ("kind", "readiness")] {value}"#);
    let expected = [
        "health_check_duration_seconds Histogram".to_owned(),
        labels("a_healthy", "1 observations"),
        labels("b_degraded", "1 observations"),
        labels("c_unhealthy", "1 observations"),
        "health_check_status Gauge".to_owned(),
        labels("a_healthy", "1"),
        labels("b_degraded", "0.5"),
        labels("c_unhealthy", "0"),
        labels("d_unknown", "0"),
    ];
    assert_eq!(lines.0, expected);
}
