//! The promise of the tail rule, in a process of its own: every trace with an error, a panic or a slow root arrives whole,
//! and of the others the share that the sampler was told.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)] // a test fails by panicking, and its name says what holds

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use obs::export::{Reason, Signal};
use obs::record::SpanRecord;
use obs::testing::Memory;
use obs::{Outcome, Sampling, TailRule};

const TRACES: u64 = 3_000;
const SHARE: f64 = 0.1;
const SLOW: Duration = Duration::from_millis(20);

/// What happens in a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Case {
    Plain,
    Fails,
    Panics,
    IsSlow,
    Logs,
}

impl Case {
    fn of(number: u64) -> Case {
        match number % 75 {
            0 => Case::Fails,
            1 => Case::Panics,
            2 => Case::IsSlow,
            3 => Case::Logs,
            _ => Case::Plain,
        }
    }
}

#[obs::traced(fields(case = ?case))]
fn root(case: Case) {
    let _caught = catch_unwind(AssertUnwindSafe(|| middle(case)));
    let began = Instant::now();
    while case == Case::IsSlow && began.elapsed() < SLOW {
        thread::yield_now();
    }
}

#[obs::traced]
fn middle(case: Case) {
    let _result = leaf(case);
    let here = tracing::Span::current();
    thread::scope(|s| {
        s.spawn(|| here.in_scope(|| tracing::info!("on another thread")));
    });
}

#[obs::traced]
fn leaf(case: Case) -> Result<(), String> {
    match case {
        Case::Fails => Err("failed".to_owned()),
        Case::Panics => std::panic::resume_unwind(Box::new(())),
        Case::Logs => {
            tracing::error!("something is wrong");
            Ok(())
        }
        Case::Plain | Case::IsSlow => Ok(()),
    }
}

#[test]
fn every_trace_worth_keeping_arrives_whole_and_a_share_of_the_others() {
    let memory = Memory::default();
    let guard = obs::builder()
        .admin_off()
        .log("off")
        .exporter(memory.clone())
        .sampling(Sampling::ParentBasedTraceIdRatio(SHARE))
        .tail(TailRule { slow: Some(SLOW), ..TailRule::default() })
        .init()
        .unwrap();
    (0..TRACES).for_each(|number| root(Case::of(number)));
    guard.flush(Duration::from_secs(20)).unwrap();

    let traces = traces(&memory);
    let mut arrived: BTreeMap<String, u64> = BTreeMap::new();
    for spans in traces.values() {
        let root = spans.iter().find(|span| span.name == "root").unwrap();
        assert_eq!(spans.len(), 3, "a whole trace");
        let case = root.attribute("case").unwrap().to_string();
        let sampled = root.context.is_sampled();
        let state = root.context.tracestate.as_deref();
        assert_eq!(state, sampled.then_some("ot=th:e666"), "how likely it was to be sampled, where it was");
        check(&case, spans);
        *arrived.entry(case).or_default() += 1;
    }
    for case in ["Fails", "Panics", "IsSlow", "Logs"] {
        assert_eq!(arrived.get(case), Some(&(TRACES / 75)), "{case} of {arrived:?}");
    }
    let plain = arrived.get("Plain").copied().unwrap_or(0) as f64;
    let (expected, all) = (TRACES as f64 * 71.0 / 75.0 * SHARE, TRACES as f64);
    // Five standard deviations; a plain trace is slow too where the machine holds it up, which nobody counts here.
    let most_off = 5.0 * (all * SHARE * (1.0 - SHARE)).sqrt();
    assert!(plain > expected - most_off, "{plain} of {expected}");
    assert!(plain < expected + most_off + all * 0.05, "{plain} of {expected}");
    let engine =
        guard.deliveries().into_iter().find(|a| a.exporter == "engine" && a.signal == Signal::Traces);
    let engine = engine.unwrap();
    assert_eq!((engine.dropped_total(), engine.queued), (0, 0), "{engine:?}");
    assert_eq!(engine.dropped(Reason::RingFull), 0);
}

fn traces(memory: &Memory) -> BTreeMap<String, Vec<Arc<SpanRecord>>> {
    let mut traces: BTreeMap<String, Vec<Arc<SpanRecord>>> = BTreeMap::new();
    for span in memory.spans() {
        traces.entry(span.context.trace_id.to_string()).or_default().push(span);
    }
    traces
}

fn check(case: &str, spans: &[Arc<SpanRecord>]) {
    let find = |name: &str| spans.iter().find(|span| span.name == name).unwrap();
    let (middle, leaf) = (find("middle"), find("leaf"));
    match case {
        "Fails" => assert_eq!(leaf.outcome, Some(Outcome::Error)),
        "Panics" => {
            assert_eq!((leaf.outcome, middle.outcome), (Some(Outcome::Panicked), Some(Outcome::Panicked)))
        }
        "Logs" => assert_eq!(leaf.events.len(), 1),
        _ => assert_eq!(leaf.outcome, Some(Outcome::Ok)),
    }
    let events: Vec<_> = middle.events.iter().map(|event| event.name.as_ref()).collect();
    let expected: &[&str] = if case == "Panics" { &[] } else { &["on another thread"] };
    assert_eq!((events.as_slice(), middle.dropped_events), (expected, 0));
}
