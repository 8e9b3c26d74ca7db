//! What one span may hold.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tracing::{field, info, info_span};
use tracing_core::Dispatch;
use tracing_core::dispatcher::with_default;

use super::{engine_with, recorded};
use crate::engine::collector::{Collector, CollectorSettings};
use crate::engine::limits::Limits;
use crate::engine::port;
use crate::engine::sampler::{Sampler, SamplerSettings};
use crate::engine::subscriber::{Engine, Parts, Wanted};
use crate::record::{Record, Sink, Status, Value};

#[test]
fn what_goes_beyond_the_limits_is_counted() {
    let limits = Limits { attributes: 2, value_length: 5, events: 2, links: 1, event_attributes: 1 };
    let (recorded, dispatch) = engine_with(limits);
    with_default(&dispatch, || {
        let span = info_span!("span", a = "äöü", b = ?"123456", c = 3, d = field::Empty);
        span.record("d", 4);
        span.in_scope(|| (0..5).for_each(|number| info!(number, more = true, "said")));
        for _ in 0..3 {
            span.follows_from(span.id());
        }
    });
    let span = recorded.span("span");
    assert_eq!(span.attribute("a"), Some(&Value::Str("äö".into())));
    assert_eq!(span.attribute("b"), Some(&Value::Str("\"1234".into())));
    assert_eq!((span.attributes.len(), span.dropped_attributes), (2, 2));
    assert_eq!((span.events.len(), span.dropped_events), (2, 3));
    assert_eq!((span.links.len(), span.dropped_links), (1, 2));
    // `level` is ours, and comes on top.
    assert_eq!((span.events[0].attributes.len(), span.events[0].dropped_attributes), (2, 1));
}

#[test]
fn a_field_that_is_recorded_over_and_over_takes_no_more_room() {
    let recorded = recorded(|| {
        let span = info_span!("span", last = field::Empty, long = field::Empty);
        for number in 0..100_000 {
            span.record("last", number);
            span.record("long", "a text of some length, again and again");
        }
    });
    let span = recorded.span("span");
    assert_eq!(span.attribute("last"), Some(&Value::Int(99_999)));
    assert_eq!(span.attributes.len(), 2);
}

#[test]
fn long_values_and_many_fields_survive() {
    let long = "ä".repeat(10_000);
    let recorded = recorded(|| {
        info_span!("span", first = 1, long = long.as_str(), shown = %long, last = 2.5)
            .in_scope(|| info!(%long, "said"));
    });
    let span = recorded.span("span");
    let text = Value::Str(long.into());
    assert_eq!((span.attribute("long"), span.attribute("shown")), (Some(&text), Some(&text)));
    assert_eq!(
        (span.attribute("first"), span.attribute("last")),
        (Some(&Value::Int(1)), Some(&Value::Double(2.5)))
    );
    assert_eq!(span.events[0].attributes[0].value, text);
}

#[test]
fn values_that_are_too_long_for_a_record_are_cut_and_counted() {
    let long = "ä".repeat(1 << 20);
    let recorded = recorded(|| {
        let span = info_span!("span", long = long.as_str(), shown = %long, last = 1, late = field::Empty);
        span.record("late", long.as_str());
        span.in_scope(|| info!(%long, "said"));
    });
    let span = recorded.span("span");
    let Some(Value::Str(kept)) = span.attribute("long") else { unreachable!("{:?}", span.attributes) };
    assert!(kept.len() > 10_000 && kept.chars().all(|c| c == 'ä'));
    assert_eq!(span.attribute("last"), Some(&Value::Int(1)));
    assert_eq!((span.attributes.len(), span.dropped_attributes, span.events.len()), (3, 1, 1));
}

/// Counts what is cut.
#[derive(Default)]
struct Cut(AtomicU64);

impl Sink for Cut {
    fn put(&self, _: Record) {}

    fn truncated(&self, values: u64) {
        self.0.fetch_add(values, Ordering::Relaxed);
    }
}

/// Returns how many texts are cut in what `run` records, under a subscriber with these limits.
fn cuts(limits: Limits, run: impl FnOnce()) -> u64 {
    let sink = Arc::new(Cut::default());
    let settings = CollectorSettings { limits, ..CollectorSettings::default() };
    let engine = Engine::new(Parts {
        collector: Collector::inline(Arc::clone(&sink) as _, settings),
        sampler: Arc::new(Sampler::new(SamplerSettings::default())),
        sink: Arc::clone(&sink) as _,
        limits,
        log_limits: Default::default(),
        wanted: Wanted::all(),
    });
    with_default(&Dispatch::new(engine), run);
    sink.0.load(Ordering::Relaxed)
}

#[test]
fn every_text_that_is_cut_is_counted_once() {
    let long = "ä".repeat(1 << 20);
    let whole = "ä".repeat(5_000);
    assert_eq!(
        cuts(Limits::default(), || drop(info_span!("span", a = %whole, b = whole.as_str(), c = 1))),
        0
    );
    let cut = cuts(Limits::default(), || {
        let span = info_span!("span", long = long.as_str(), shown = %long, late = field::Empty);
        span.record("late", long.as_str());
        span.in_scope(|| info!(%long, "said"));
        port::describe(&span, &long);
    });
    assert_eq!(cut, 5);
    let short = Limits { value_length: 3, ..Limits::default() };
    let cut =
        cuts(short, || drop(info_span!("span", a = "abc", b = %"abc", c = "abcd", d = ?"abc", e = 1234)));
    assert_eq!(cut, 2, "`abcd`, and `abc` with its quotes");
}

/// Texts halve what is left for those behind them, until nothing is.
#[test]
fn a_text_of_which_nothing_fits_is_a_dropped_attribute() {
    let long = "ä".repeat(1 << 20);
    let l = long.as_str();
    let all = || {
        let span = info_span!(
            "span", a1 = l, a2 = l, a3 = l, a4 = l, a5 = l, a6 = l, a7 = l, a8 = l, a9 = l, a10 = l, a11 = l,
            a12 = l, a13 = l, a14 = l, a15 = l, a16 = l, a17 = l, a18 = l, a19 = %l, last = 1
        );
        span.in_scope(|| {
            info!(
                a1 = l, a2 = l, a3 = l, a4 = l, a5 = l, a6 = l, a7 = l, a8 = l, a9 = l, a10 = l, a11 = l,
                a12 = l, a13 = l, a14 = l, a15 = l, a16 = l, a17 = l, a18 = l, a19 = %l, last = 1
            );
        });
    };
    let recorded = recorded(all);
    let span = recorded.span("span");
    let event = &span.events[0];
    let empty = Value::Str("".into());
    assert!(span.attributes.iter().chain(&event.attributes).all(|a| a.value != empty));
    assert_eq!(span.attribute("last"), Some(&Value::Int(1)));
    assert!(span.dropped_attributes > 0);
    assert_eq!(span.attributes.len() + span.dropped_attributes as usize, 20);
    // `level` is ours, and comes on top.
    assert_eq!(event.attributes.len() + event.dropped_attributes as usize, 20 + 1);
    let cut = cuts(Limits::default(), all);
    let kept = span.attributes.len() - 1 + event.attributes.len() - 2;
    assert_eq!(cut, kept as u64, "what is kept was cut, what is not was dropped");
}

#[test]
fn an_error_that_has_much_to_say_is_cut() {
    let recorded = recorded(|| {
        let span = info_span!("span");
        port::describe(&span, &"ä".repeat(1 << 20));
    });
    let Status::Error(why) = &recorded.span("span").status else { panic!("{}", recorded.tree()) };
    assert!(why.len() > 10_000 && why.chars().all(|c| c == 'ä'));
}

#[test]
fn numbers_beyond_64_bits_become_texts() {
    let recorded = recorded(|| {
        info_span!("span", a = u64::MAX, b = i128::MIN, c = -1_i128, d = u128::MAX, e = 7_u128, f = false)
            .in_scope(|| ());
    });
    assert_eq!(
        recorded.tree(),
        format!("span a={} b={} c=-1 d={} e=7 f=false\n", u64::MAX, i128::MIN, u128::MAX)
    );
}
