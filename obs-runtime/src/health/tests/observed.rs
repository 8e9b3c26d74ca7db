//! What checks leave in logs, traces and metrics.

use super::*;
use crate::engine::limits::Limits;
use crate::engine::sampler::{SamplerSettings, Sampling};
use crate::engine::subscriber::Wanted;
use crate::outcome::Outcome;
use crate::record::{Family, MetricSource, MetricVisitor, Point, Severity, Status};
use crate::testing::{Recorded, record};

#[tokio::test(start_paused = true)]
async fn a_change_is_one_log_line_and_a_failing_run_a_span() {
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
    assert!((8..=12).contains(&spans.len()), "one a failing run, none of those before: {}", spans.len());
    for span in spans {
        assert_eq!(
            (span.name.as_ref(), span.parent, span.outcome),
            ("health_check", None, Some(Outcome::Error))
        );
        assert_eq!(span.attribute("check"), Some(&"flips".into()));
        assert_eq!(span.status, Status::Error("the check returned false".into()));
    }
}

/// A check that does something in a span of its own, and takes its time.
fn working(name: &'static str, run: Run) -> HealthCheck {
    HealthCheck { interval: Duration::from_secs(3600), run, ..check(name) }
}

async fn work(takes: Duration) -> Health {
    let query = tracing::info_span!("query");
    tracing::Instrument::instrument(sleep(takes), query).await;
    Health::healthy()
}

const QUICK: Run = Run::Async(|_| Ok(Box::pin(work(Duration::from_millis(240)))));
const SLOW: Run = Run::Async(|_| Ok(Box::pin(work(Duration::from_millis(260)))));

#[tokio::test(start_paused = true)]
async fn a_slow_run_is_a_trace_and_a_quick_one_is_not() {
    let (collected, _guard) = record();
    let monitor = start([working("quick", QUICK), working("slow", SLOW)], &States::default());
    sleep(Duration::from_secs(5)).await;
    assert!(monitor.report(&Probe::Ready.into()).passes());
    let spans = collected.spans();
    let [query, run] = spans.as_slice() else { panic!("{spans:?}") };
    assert_eq!((query.name.as_ref(), run.name.as_ref()), ("query", "health_check"));
    assert_eq!((query.context.trace_id, query.parent), (run.context.trace_id, Some(run.context.span_id)));
    assert_eq!((run.attribute("check"), run.outcome), (Some(&"slow".into()), Some(Outcome::Ok)));
}

#[tokio::test(start_paused = true)]
async fn where_no_trace_that_begins_here_is_sampled_a_run_is_none_either() {
    let settings = SamplerSettings { sampling: Sampling::ParentBasedAlwaysOff, ..SamplerSettings::default() };
    let (collected, engine) = Recorded::new(Limits::default(), settings, Wanted::all());
    let _guard = tracing::subscriber::set_default(engine);
    let fails = Run::Async(|_| Ok(Box::pin(async { Health::unhealthy("down") })));
    let monitor = start([working("slow", SLOW), working("fails", fails)], &States::default());
    sleep(Duration::from_secs(5)).await;
    assert_eq!(state(&monitor, "fails").0, Standing::Unhealthy);
    assert!(collected.spans().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_check_that_waits_for_a_value_makes_no_spans() {
    let (collected, _guard) = record();
    let monitor = start([passing()], &States::default());
    sleep(Duration::from_secs(60)).await;
    assert_eq!(state(&monitor, "passing").0, Standing::Unknown);
    assert!(collected.spans().is_empty());
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
        "health_probe_status Gauge".to_owned(),
        r#"[("probe", "live")] 1"#.to_owned(),
        r#"[("probe", "ready")] 0"#.to_owned(),
        r#"[("probe", "startup")] 1"#.to_owned(),
    ];
    assert_eq!(lines.0, expected);
}
