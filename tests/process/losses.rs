//! Threads that make spans faster than anybody takes them, in a process of their own: every span arrives or is counted.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)] // a test fails by panicking, and its name says what holds

use std::collections::HashMap;
use std::thread;
use std::time::Duration;

use obs::export::{Reason, Signal};
use obs::record::Value;
use obs::testing::Memory;

const THREADS: i64 = 4;
const SPANS: i64 = 50_000;

#[obs::traced(fields(thread = thread, number = number))]
fn work(thread: i64, number: i64) {
    let _here = (thread, number);
}

#[test]
fn every_span_arrives_in_order_or_is_counted() {
    let memory = Memory::default();
    let guard = obs::builder().admin_off().log("off").exporter(memory.clone()).init().unwrap();
    thread::scope(|s| {
        for thread in 0..THREADS {
            s.spawn(move || (0..SPANS).for_each(|number| work(thread, number)));
        }
    });
    guard.flush(Duration::from_secs(60)).unwrap();

    let engine =
        guard.deliveries().into_iter().find(|a| a.exporter == "engine" && a.signal == Signal::Traces);
    let engine = engine.unwrap();
    let all = u64::try_from(THREADS * SPANS).unwrap();
    assert_eq!((engine.accepted, engine.queued), (all, 0), "{engine:?}");
    assert_eq!(engine.exported + engine.dropped(Reason::RingFull), all, "{engine:?}");

    let mut last: HashMap<i64, i64> = HashMap::new();
    let spans = memory.spans();
    for span in &spans {
        let number = |key| match span.attribute(key) {
            Some(Value::Int(number)) => *number,
            other => panic!("{other:?}"),
        };
        let before = last.insert(number("thread"), number("number"));
        assert!(before.is_none_or(|before| before < number("number")), "out of order");
    }
    assert_eq!(spans.len() as u64, engine.exported);
}
