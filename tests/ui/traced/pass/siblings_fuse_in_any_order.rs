#![deny(warnings)]

use obs::__private::{CATALOG, Callsite, Entry, Signals};
use obs::counted as tallied;
use obs::{counted, observed, timed, traced};

#[traced(name = "one span", fields(number))]
#[counted]
#[timed(in_flight)]
fn traced_first(number: u8) -> u8 {
    number
}

/// Documented between them.
#[timed]
#[inline]
#[obs::counted]
/// And further down.
#[::obs::traced(root)]
async fn traced_last() {}

#[counted]
#[observed(name = "everything")]
fn observed_below() {}

#[traced]
#[tallied]
fn renamed() -> u8 {
    1
}

#[counted]
#[timed]
fn without_a_span() {}

fn callsites(function: &str) -> Vec<&'static Callsite> {
    CATALOG
        .iter()
        .filter_map(|entry| match entry {
            Entry::Function(callsite) if callsite.function() == function => Some(*callsite),
            _ => None,
        })
        .collect()
}

fn only(function: &str) -> &'static Callsite {
    let all = callsites(function);
    assert_eq!(all.len(), 1, "{function} has one static");
    all[0]
}

const METRICS: Signals = Signals::CALLS.and(Signals::DURATION);

fn main() {
    assert_eq!(traced_first(1), 1);
    drop(traced_last());
    observed_below();
    without_a_span();

    let first = only("traced_first").site();
    assert_eq!(first.name, "one span");
    assert_eq!(first.signals, METRICS.and(Signals::SPAN).and(Signals::IN_FLIGHT));

    let last = only("traced_last").site();
    assert_eq!(last.signals, METRICS.and(Signals::SPAN));
    assert_eq!(last.doc, "Documented between them. And further down.");

    let everything = only("observed_below").site();
    assert_eq!(everything.name, "everything");
    assert_eq!(everything.signals, METRICS.and(Signals::SPAN).and(Signals::IN_FLIGHT));

    assert_eq!(only("without_a_span").site().signals, METRICS);

    assert_eq!(renamed(), 1);
    assert_eq!(callsites("renamed").len(), 2, "an unrecognised sibling is nested");
}
