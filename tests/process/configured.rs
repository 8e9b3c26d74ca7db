//! Options at work: each test is a process of its own, with the variables it names.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)] // a test fails by panicking; its name says what holds

use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;

use mock_collector::{MockServer, Protocol, ServerHandle};
use obs::export::Signal;
use obs::record::{LogRecord, SpanRecord, Value};
use obs::testing::Memory;
use obs::{Guard, LogLimits, Otlp, SpanLimits};

const CHILD: &str = "OBS_TEST_CHILD";
const LONG: Duration = Duration::from_secs(60);

obs::metrics! {
    /// How long it took.
    static TOOK: Histogram = "took_seconds" {} buckets = [0.5];
}

/// Runs `child` in a process of its own, where these variables are set, and returns what it said.
fn alone(test: &str, vars: &[(&str, &str)], child: impl FnOnce()) -> String {
    if std::env::var(CHILD).is_ok_and(|name| name == test) {
        child();
        std::process::exit(0);
    }
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).env(CHILD, test).env("OTEL_EXPORTER_PROMETHEUS_PORT", "0");
    let ambient = std::env::vars().map(|(name, _)| name).filter(|name| name.starts_with("OTEL_"));
    for name in ambient {
        command.env_remove(name);
    }
    let Output { status, stdout, stderr } = command.envs(vars.iter().copied()).output().unwrap();
    let said = String::from_utf8_lossy(&stderr).into_owned();
    assert!(status.success(), "{}\n{said}", String::from_utf8_lossy(&stdout));
    said
}

fn has(line: &str) -> bool {
    obs::config().explain().lines().any(|known| known == line)
}

#[test]
fn what_is_in_force_is_told_before_init_and_after() {
    const OTHER: &str = "OTEL_SERVICE_NAME = other (environment OTEL_SERVICE_NAME)";
    alone("what_is_in_force_is_told_before_init_and_after", &[("OTEL_SERVICE_NAME", "other")], || {
        assert!(has(OTHER) && has("OTEL_BSP_SCHEDULE_DELAY = 5s (default)"), "{}", obs::config());
        let refused = obs::builder().admin_off().service_name("refused").otlp("ftp://c").init();
        assert!(refused.is_err());
        let _obs = obs::builder().admin_off().service_name("shop").init().unwrap();
        assert!(has("OTEL_SERVICE_NAME = shop (builder Builder::service_name)"), "{}", obs::config());
        assert!(has("OBS_ADMIN = off (builder Builder::admin_off)") && !has(OTHER));
    });
}

#[test]
fn obs_speaks_of_itself_down_to_a_level() {
    let said = |level: &'static str| {
        let vars =
            [("OTEL_BSP_SCHEDULE_DELAY", "soon"), ("OTEL_LOG_LEVEL", level), ("OBS_LOG_FORMAT", "pretty")];
        alone("obs_speaks_of_itself_down_to_a_level", &vars, || {
            drop(obs::builder().admin_off().init().unwrap())
        })
    };
    let (warning, line) = ("`OTEL_BSP_SCHEDULE_DELAY` is ignored", "observing: functions");
    let info = said("info");
    assert!(info.contains(warning) && info.contains(line), "{info}");
    let warn = said("warn");
    assert!(warn.contains(warning) && !warn.contains(line), "{warn}");
    let error = said("error");
    assert!(!error.contains(warning) && !error.contains(line), "{error}");
}

/// Returns the line of the bucket up to 0.5, as it is scraped with exemplars.
fn scraped(guard: &Guard) -> String {
    let url = format!("http://{}/metrics", guard.admin_addr().unwrap());
    let request = ureq::get(&url).header("Accept", "application/openmetrics-text; version=1.0.0");
    let text = request.call().unwrap().body_mut().read_to_string().unwrap();
    let line = text.lines().find(|line| line.starts_with("took_seconds_bucket{le=\"0.5\"}"));
    line.unwrap_or_else(|| panic!("{text}")).to_owned()
}

#[obs::traced]
fn observed() {
    TOOK.observe(0.25);
}

/// Scrapes what was observed outside of spans, then in a span that is sampled or not.
fn exemplars(test: &str, filter: &str, sampler: &str, expected: fn(&str, &str)) {
    let vars = [("OTEL_METRICS_EXEMPLAR_FILTER", filter), ("OTEL_TRACES_SAMPLER", sampler)];
    alone(test, &vars, || {
        let guard = obs::builder().log("off").init().unwrap();
        TOOK.observe(0.125);
        let outside = scraped(&guard);
        observed();
        expected(&outside, &scraped(&guard));
    });
}

#[test]
fn exemplars_are_of_sampled_spans_by_default() {
    exemplars("exemplars_are_of_sampled_spans_by_default", "", "", |outside, inside| {
        assert!(!outside.contains('#') && inside.contains(" # {trace_id=\""), "{outside}\n{inside}");
    });
}

#[test]
fn no_exemplar_is_of_a_span_that_is_not_sampled_unless_all_are_wanted() {
    exemplars(
        "no_exemplar_is_of_a_span_that_is_not_sampled_unless_all_are_wanted",
        "trace_based",
        "always_off",
        |outside, inside| assert!(!outside.contains('#') && !inside.contains('#'), "{outside}\n{inside}"),
    );
}

#[test]
fn every_observation_may_become_an_exemplar() {
    exemplars("every_observation_may_become_an_exemplar", "always_on", "always_off", |outside, inside| {
        assert!(outside.contains(" # {} 0.125 "), "{outside}");
        assert!(inside.contains(" # {trace_id=\"") && inside.contains("\"} 0.25 "), "{inside}");
    });
}

#[test]
fn no_observation_may_become_an_exemplar() {
    exemplars("no_observation_may_become_an_exemplar", "always_off", "always_on", |outside, inside| {
        assert!(!outside.contains('#') && !inside.contains('#'), "{outside}\n{inside}");
        assert!(inside.ends_with(" 2"), "{inside}");
    });
}

#[obs::traced]
fn logs_a_lot() {
    tracing::info!(first = "ääää", second = "bbbb", third = 3, "a message of some length");
}

/// Returns the attributes of the one log record, how many are missing, and those of the event on the span.
fn logged(builder: obs::Builder) -> (Arc<LogRecord>, Arc<SpanRecord>) {
    let memory = Memory::default();
    let guard = builder.admin_off().log("off").exporter(memory.clone()).init().unwrap();
    logs_a_lot();
    guard.flush(LONG).unwrap();
    let log = memory.logs().into_iter().find(|log| log.target == "configured").unwrap();
    (log, memory.spans()[0].clone())
}

fn texts(attributes: &[obs::record::Attribute]) -> Vec<(&str, &str)> {
    fn text(value: &Value) -> &str {
        if let Value::Str(text) = value { text } else { "" }
    }
    attributes.iter().map(|a| (a.key.as_ref(), text(&a.value))).collect()
}

#[test]
fn a_log_record_has_its_own_limits() {
    let vars =
        [("OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", "2"), ("OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", "3")];
    alone("a_log_record_has_its_own_limits", &vars, || {
        let (log, span) = logged(obs::builder());
        assert_eq!(texts(&log.attributes), [("first", "ä"), ("second", "bbb")]);
        assert_eq!((log.body.as_str(), log.dropped_attributes), ("a message of some length", 1));
        let event = texts(&span.events[0].attributes);
        assert_eq!(event[..2], [("first", "ääää"), ("second", "bbbb")]);
    });
}

#[test]
fn what_cuts_spans_leaves_log_records_alone() {
    alone("what_cuts_spans_leaves_log_records_alone", &[], || {
        let limits = SpanLimits { value_length: 3, event_attributes: 1, ..SpanLimits::default() };
        let (log, span) = logged(obs::builder().span_limits(limits).log_limits(LogLimits::default()));
        assert_eq!(texts(&log.attributes), [("first", "ääää"), ("second", "bbbb"), ("third", "")]);
        assert_eq!((log.body.as_str(), log.dropped_attributes), ("a message of some length", 0));
        assert_eq!(texts(&span.events[0].attributes)[0], ("first", "ä"));
        assert_eq!(span.events[0].dropped_attributes, 2);
    });
}

/// Threads of this process, by what it calls them.
#[cfg(target_os = "linux")]
fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").unwrap().count()
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_disabled_starts_nothing() {
    alone("what_is_disabled_starts_nothing", &[("OTEL_SDK_DISABLED", "True")], || {
        let before = threads();
        let guard = obs::builder().otlp("http://127.0.0.1:1").init().unwrap();
        logs_a_lot();
        assert_eq!((threads(), guard.admin_addr(), guard.deliveries().len()), (before, None, 0));
        assert!(has("OTEL_SDK_DISABLED = true (environment OTEL_SDK_DISABLED)"));
    });
}

#[test]
fn several_collectors_each_get_what_they_are_named_for() {
    alone("several_collectors_each_get_what_they_are_named_for", &[], || {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let start = || MockServer::builder().protocol(Protocol::HttpBinary).port(0).start();
        let [all, archive] = [(); 2].map(|()| runtime.block_on(start()).unwrap());
        let url = |server: &ServerHandle| format!("http://{}", server.addr());
        let logs = Otlp::new(url(&archive)).name("archive").signals([Signal::Logs]);
        let limits = LogLimits { attributes: 1, ..LogLimits::default() };
        let builder = obs::builder().admin_off().log("off").otlp(url(&all)).otlp(logs).log_limits(limits);
        let guard = builder.init().unwrap();
        logs_a_lot();
        guard.flush(LONG).unwrap();
        let got = |server: &ServerHandle| {
            runtime.block_on(
                server.with_collector(|c| (c.spans().len(), c.logs().len(), c.metrics().is_empty())),
            )
        };
        assert_eq!((got(&all), got(&archive)), ((1, 1, false), (0, 1, true)));
        let dropped = |server: &ServerHandle| {
            runtime.block_on(server.with_collector(|c| c.logs()[0].log_record().dropped_attributes_count))
        };
        assert_eq!((dropped(&all), dropped(&archive)), (2, 2));
        let exporters = guard
            .deliveries()
            .into_iter()
            .filter(|account| account.exported > 0 && account.exporter != "engine");
        let mut exporters: Vec<_> =
            exporters.map(|account| (account.signal.as_str(), account.exporter)).collect();
        exporters.sort_unstable();
        assert_eq!(
            exporters,
            [("logs", "archive"), ("logs", "otlp"), ("metrics", "otlp"), ("traces", "otlp")]
        );
    });
}
