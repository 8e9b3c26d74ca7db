//! Metrics and spans that are turned on and off by module, in a process of its own.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)] // a test fails by panicking; its name says what holds

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use obs::Guard;
use obs::testing::Memory;

/// A library that says a lot.
mod noisy_lib {
    obs::metrics! {
        /// Chatter.
        pub(crate) static CHATTER: Counter = "chatter_total" {};
        /// How loud it is.
        pub(crate) static LOUDNESS: Histogram = "loudness_ratio" {} buckets = [0.5];
    }

    #[obs::observed]
    pub(crate) fn chat() {
        CHATTER.inc();
        LOUDNESS.observe(0.25);
    }

    #[obs::observed(level = "warn")]
    pub(crate) fn warn() {}

    #[obs::observed]
    pub(crate) fn slow(until: &std::sync::mpsc::Receiver<()>) {
        until.recv().unwrap();
    }
}

#[obs::counted(name = "quiet_total")]
fn quiet() {
    noisy_lib::chat();
}

fn shown(guard: &Guard, series: &str) -> Option<u64> {
    let text = guard.metrics_text();
    let line = text.lines().find(|line| line.starts_with(series))?;
    line.rsplit(' ').next().unwrap().parse().ok()
}

fn calls(function: &str, outcome: &str) -> String {
    format!(
        "function_calls_total{{module=\"switches::noisy_lib\",function=\"{function}\",outcome=\"{outcome}\"}}"
    )
}

#[test]
fn modules_are_turned_off_and_on_while_the_program_runs() {
    noisy_lib::chat(); // before anybody can read it: nothing is counted
    let memory = Memory::default();
    let builder = obs::builder().admin_off().log("off").exporter(memory.clone());
    let guard = builder.metrics_filter("switches::noisy_lib=warn").init().unwrap();
    let spans = || {
        guard.flush(Duration::from_secs(60)).unwrap();
        memory.spans().iter().map(|s| s.name.to_string()).collect::<Vec<_>>()
    };
    let chat = calls("chat", "ok");

    quiet();
    noisy_lib::warn();
    assert_eq!(shown(&guard, "quiet_total"), Some(1));
    assert_eq!(shown(&guard, &calls("warn", "ok")), Some(1));
    assert_eq!((shown(&guard, &chat), shown(&guard, "chatter_total")), (None, None));
    assert_eq!(spans(), ["chat", "warn"]); // what has no metrics has its span

    guard.set_metrics_filter("off,switches::noisy_lib=info").unwrap();
    quiet();
    assert_eq!((shown(&guard, "quiet_total"), shown(&guard, &calls("warn", "ok"))), (None, Some(1)));
    assert_eq!((shown(&guard, &chat), shown(&guard, "chatter_total")), (Some(1), Some(1)));
    assert_eq!(shown(&guard, "loudness_ratio_count"), Some(1));

    guard.set_metrics_filter("").unwrap();
    quiet();
    assert_eq!((shown(&guard, "quiet_total"), shown(&guard, &chat)), (Some(2), Some(2)));

    // A call that has begun is counted to its end.
    let in_flight = "function_calls_in_flight{module=\"switches::noisy_lib\",function=\"slow\"}";
    thread::scope(|scope| {
        let (send, receive) = mpsc::channel();
        scope.spawn(move || noisy_lib::slow(&receive));
        obs_tests::wait_for("the call to begin", || (shown(&guard, in_flight) == Some(1)).then_some(()));
        guard.set_metrics_filter("off").unwrap();
        assert_eq!(shown(&guard, in_flight), None);
        send.send(()).unwrap();
    });
    guard.set_metrics_filter("trace").unwrap();
    assert_eq!((shown(&guard, in_flight), shown(&guard, &calls("slow", "ok"))), (Some(0), Some(1)));

    // Spans have switches of their own.
    let before = spans().len();
    guard.set_span_filter("switches::noisy_lib=off").unwrap();
    noisy_lib::chat();
    tracing::info_span!("ours").in_scope(noisy_lib::warn);
    tracing::debug_span!("below the export level").in_scope(|| ());
    assert_eq!(spans()[before..], ["ours"]);
    assert_eq!((shown(&guard, &chat), shown(&guard, &calls("warn", "ok"))), (Some(3), Some(2)));
    guard.set_span_filter("debug").unwrap();
    tracing::debug_span!("wanted now").in_scope(noisy_lib::chat);
    assert_eq!(spans()[before + 1..], ["chat", "wanted now"]);

    let wrong = guard.set_metrics_filter("noisy_lib=of").unwrap_err();
    assert_eq!(
        wrong.to_string(),
        "`Guard::set_metrics_filter`: `of` is no level; write `off`, `error`, `warn`, `info`, `debug` or `trace`, as in \
         `warn` or `noisy_lib=off`"
    );
    assert!(
        guard.set_span_filter("a b=off").unwrap_err().to_string().starts_with("`Guard::set_span_filter`: ")
    );
}
