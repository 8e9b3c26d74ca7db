//! The member of `tracestate` that is OpenTelemetry's own (specification, "TraceState Handling").

use std::cell::RefCell;
use std::sync::Arc;

use super::threshold::{Threshold, parse_randomness};

const KEY: &str = "ot";
/// The members that a `tracestate` may have (W3C Trace Context, section 3.3.1.1).
const MOST_MEMBERS: usize = 32;
/// The characters that a member's value may have (section 3.3.1.3.2).
const MOST_CHARACTERS: usize = 256;

/// Returns the threshold by which the trace was sampled so far.
pub(super) fn threshold(state: &str) -> Option<Threshold> {
    sub_key(state, "th").and_then(Threshold::parse)
}

/// Returns the randomness that the trace was given, instead of that of its id.
pub(super) fn randomness(state: &str) -> Option<u64> {
    sub_key(state, "rv").and_then(parse_randomness)
}

/// Returns `state` with the threshold set, or without one. OpenTelemetry's member comes first when it changes; the last
/// one goes where there are too many.
pub(super) fn with_threshold(state: Option<&str>, threshold: Option<Threshold>) -> Option<Arc<str>> {
    let Some(state) = state else { return threshold.map(alone) };
    let own = member(state);
    let others = sub_keys(own.unwrap_or_default()).filter(|(key, _)| *key != "th");
    let mut value: Vec<String> = others.map(|(key, value)| format!("{key}:{value}")).collect();
    if let Some(threshold) = threshold {
        value.insert(0, format!("th:{threshold}"));
    }
    let value = Some(value.join(";")).filter(|value| value.len() <= MOST_CHARACTERS);
    let first = value.filter(|value| !value.is_empty()).map(|value| format!("{KEY}={value}"));
    let rest = members(state).filter(|(key, _)| *key != KEY).map(|(_, member)| member.to_owned());
    let all: Vec<String> = first.into_iter().chain(rest).take(MOST_MEMBERS).collect();
    (!all.is_empty()).then(|| Arc::from(all.join(",")))
}

/// Returns a state of nothing but a threshold. Threads remember their last, for there are few: a new trace allocates
/// nothing, and shares no counter with other threads.
pub(crate) fn alone(threshold: Threshold) -> Arc<str> {
    thread_local! {
        static LAST: RefCell<Option<(Threshold, Arc<str>)>> = const { RefCell::new(None) };
    }
    let make = || Arc::from(format!("{KEY}=th:{threshold}"));
    let remember = |last: &RefCell<Option<(Threshold, Arc<str>)>>| {
        let mut last = last.borrow_mut();
        match last.as_ref() {
            Some((known, state)) if *known == threshold => Arc::clone(state),
            _ => Arc::clone(&last.insert((threshold, make())).1),
        }
    };
    LAST.try_with(remember).unwrap_or_else(|_| make())
}

fn sub_key<'a>(state: &'a str, wanted: &str) -> Option<&'a str> {
    sub_keys(member(state)?).find(|(key, _)| *key == wanted).map(|(_, value)| value)
}

fn sub_keys(value: &str) -> impl Iterator<Item = (&str, &str)> {
    value.split(';').filter_map(|pair| pair.split_once(':'))
}

/// Returns the value of OpenTelemetry's member.
fn member(state: &str) -> Option<&str> {
    members(state).find(|(key, _)| *key == KEY).and_then(|(_, member)| member.split_once('=')).map(|m| m.1)
}

/// Returns every member with its key.
fn members(state: &str) -> impl Iterator<Item = (&str, &str)> {
    let trimmed = state.split(',').map(|member| member.trim_matches([' ', '\t']));
    trimmed.filter(|member| !member.is_empty()).map(|m| (m.split_once('=').map_or(m, |(key, _)| key), m))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(state: Option<&str>, share: Option<f64>) -> Option<String> {
        with_threshold(state, share.and_then(Threshold::of)).map(|state| state.to_string())
    }

    #[test]
    fn the_threshold_is_set_and_everything_else_stays() {
        assert_eq!(set(None, Some(0.25)).as_deref(), Some("ot=th:c"));
        assert_eq!(set(Some("a=1, b=2"), Some(0.5)).as_deref(), Some("ot=th:8,a=1,b=2"));
        let given = "a=1,ot=p:8;th:fd70a;rv:6e6d1a75832a2f,b=2";
        assert_eq!(set(Some(given), Some(0.5)).as_deref(), Some("ot=th:8;p:8;rv:6e6d1a75832a2f,a=1,b=2"));
        assert_eq!(set(Some(given), None).as_deref(), Some("ot=p:8;rv:6e6d1a75832a2f,a=1,b=2"));
    }

    #[test]
    fn nothing_is_left_of_a_state_that_was_only_a_threshold() {
        assert_eq!(set(None, None), None);
        assert_eq!(set(Some("ot=th:8"), None), None);
        assert_eq!(set(Some("ot=th:8,a=1"), None).as_deref(), Some("a=1"));
    }

    #[test]
    fn the_last_member_makes_room() {
        let full = (0..32).map(|n| format!("k{n}=v")).collect::<Vec<_>>().join(",");
        let state = set(Some(&full), Some(0.5)).unwrap_or_default();
        assert!(state.starts_with("ot=th:8,k0=v,") && state.ends_with(",k30=v"), "{state}");
    }

    #[test]
    fn what_the_state_says_is_read() {
        let state = "x=y,ot=th:c;rv:6e6d1a75832a2f";
        assert_eq!(threshold(state), Threshold::of(0.25));
        assert_eq!(randomness(state), Some(0x6e_6d1a_7583_2a2f));
        for none in ["", "ot", "ot=", "ot=th", "ot=th:", "ot=th:Z;rv:12", "xot=th:8;rv:6e6d1a75832a2f"] {
            assert_eq!((threshold(none), randomness(none)), (None, None), "{none}");
        }
    }
}
