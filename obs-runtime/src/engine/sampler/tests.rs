#![allow(clippy::unwrap_used)] // a test fails by panicking

use super::*;
use crate::context::SpanId;

fn sampler(sampling: Sampling) -> Sampler {
    Sampler::new(SamplerSettings { sampling, ..SamplerSettings::default() })
}

/// Trace ids as they come: the same ones in every run (splitmix64).
fn ids(count: u64) -> impl Iterator<Item = TraceId> {
    let random = |n: u64| {
        let z = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    (1..=count)
        .map(move |n| TraceId::new(u128::from(random(2 * n)) << 64 | u128::from(random(2 * n + 1))).unwrap())
}

fn parent(trace_id: TraceId, sampled: bool, state: Option<&str>) -> SpanContext {
    SpanContext {
        trace_id,
        span_id: SpanId::new(1).unwrap(),
        flags: if sampled { SpanContext::SAMPLED } else { 0 },
        tracestate: state.map(Arc::from),
    }
}

fn state(decision: Decision, parent: Option<&str>) -> Option<String> {
    decision.tracestate(parent.map(Arc::from).as_ref()).map(|s| s.to_string())
}

#[test]
fn a_share_is_that_share_of_random_ids() {
    for share in [0.5, 0.1, 0.01] {
        let sampler = sampler(Sampling::ParentBasedTraceIdRatio(share));
        let sampled = ids(100_000).filter(|id| sampler.root(*id, None).sampled).count() as f64;
        let (expected, deviation) = (100_000.0 * share, (100_000.0 * share * (1.0 - share)).sqrt());
        assert!((sampled - expected).abs() < 4.0 * deviation, "{sampled} of {expected}");
    }
}

#[test]
fn whoever_samples_less_samples_some_of_the_same_traces() {
    let (less, more) = (sampler(Sampling::TraceIdRatio(0.1)), sampler(Sampling::TraceIdRatio(0.3)));
    assert!(ids(10_000).all(|id| !less.root(id, None).sampled || more.root(id, None).sampled));
}

#[test]
fn all_and_none_are_what_they_say() {
    use Sampling::*;
    for (sampling, begun, sampled_elsewhere, refused_elsewhere) in [
        (AlwaysOn, true, true, true),
        (AlwaysOff, false, false, false),
        (TraceIdRatio(1.0), true, true, true),
        (TraceIdRatio(0.0), false, false, false),
        (ParentBasedAlwaysOn, true, true, false),
        (ParentBasedAlwaysOff, false, true, false),
        (ParentBasedTraceIdRatio(1.0), true, true, false),
        (ParentBasedTraceIdRatio(0.0), false, true, false),
    ] {
        let sampler = sampler(sampling);
        for id in ids(10) {
            assert_eq!(sampler.root(id, None).sampled, begun, "{sampling:?}");
            let remote = |sampled| sampler.child_of_remote(&parent(id, sampled, None)).sampled;
            assert_eq!((remote(true), remote(false)), (sampled_elsewhere, refused_elsewhere), "{sampling:?}");
        }
    }
}

#[test]
fn a_share_is_written_where_the_trace_is_sampled() {
    let sampler = sampler(Sampling::ParentBasedTraceIdRatio(0.25));
    for id in ids(50) {
        let decision = sampler.root(id, None);
        assert_eq!(state(decision, None), decision.sampled.then(|| "ot=th:c".to_owned()));
    }
    let all = self::sampler(Sampling::default()).root(ids(1).next().unwrap(), None);
    assert_eq!(state(all, None), None, "all is no share");
}

#[test]
fn a_callsite_s_share_replaces_the_sampler_s_and_always_off_stays_off() {
    for (sampling, expected) in [
        (Sampling::ParentBasedAlwaysOn, true),
        (Sampling::TraceIdRatio(0.0), true),
        (Sampling::AlwaysOff, false),
    ] {
        let sampler = sampler(sampling);
        assert!(ids(20).all(|id| sampler.root(id, Some(1.0)).sampled == expected), "{sampling:?}");
        assert!(ids(20).all(|id| !sampler.root(id, Some(0.0)).sampled));
    }
    let decisions = ids(100).map(|id| sampler(Sampling::AlwaysOn).root(id, Some(0.5)));
    for decision in decisions.filter(|d| d.sampled) {
        assert_eq!(state(decision, None).as_deref(), Some("ot=th:8"));
    }
}

#[test]
fn a_limit_holds_and_removes_the_threshold() {
    let settings = SamplerSettings {
        sampling: Sampling::TraceIdRatio(1.0),
        traces_per_second: Some(5.0),
        ..SamplerSettings::default()
    };
    let sampler = Sampler::new(settings);
    let decisions: Vec<_> = ids(1000).map(|id| sampler.root(id, None)).collect();
    let sampled = decisions.iter().filter(|d| d.sampled).count();
    assert!((5..50).contains(&sampled), "{sampled}: five at once, and few more while this runs");
    assert!(
        decisions
            .iter()
            .all(|d| state(*d, Some("ot=th:8;rv:6e6d1a75832a2f")).as_deref() == Some("ot=rv:6e6d1a75832a2f"))
    );
}

#[test]
fn a_parent_s_state_travels_on_unless_it_contradicts_the_flag() {
    let sampler = sampler(Sampling::default());
    let low = TraceId::new(1).unwrap();
    let high = TraceId::new(u128::MAX).unwrap();
    for (id, sampled, given, travels) in [
        (high, true, "a=1,ot=th:8", "a=1,ot=th:8"),
        (low, true, "a=1,ot=th:8", "a=1"),
        (high, false, "a=1,ot=th:8", "a=1"),
        (low, true, "a=1,ot=th:8;rv:ffffffffffffff", "a=1,ot=th:8;rv:ffffffffffffff"),
        (low, true, "a=1", "a=1"),
    ] {
        let decision = sampler.child_of_remote(&parent(id, sampled, Some(given)));
        assert_eq!(
            (decision.sampled, state(decision, Some(given)).as_deref()),
            (sampled, Some(travels)),
            "{given}"
        );
    }
}

#[test]
fn whoever_does_not_follow_the_parent_decides_by_the_same_randomness() {
    let sampler = sampler(Sampling::TraceIdRatio(0.5));
    let low = TraceId::new(1).unwrap();
    let given = "ot=th:c;rv:ffffffffffffff";
    let decision = sampler.child_of_remote(&parent(low, false, Some(given)));
    assert!(decision.sampled && !sampler.root(low, None).sampled);
    assert_eq!(state(decision, Some(given)).as_deref(), Some("ot=th:8;rv:ffffffffffffff"));
}

#[test]
fn what_is_not_sampled_is_recorded_for_the_tail_rule() {
    for tail in [false, true] {
        let settings = SamplerSettings { sampling: Sampling::AlwaysOff, tail, ..SamplerSettings::default() };
        let decision = Sampler::new(settings).root(ids(1).next().unwrap(), None);
        assert_eq!((decision.sampled, decision.record), (false, tail));
    }
}
