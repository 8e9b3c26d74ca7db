use std::thread;
use std::time::{Duration, Instant};

use super::*;

#[test]
fn durations_are_those_of_the_system_s_clock() {
    const OFF: u64 = 20_000;
    let nanos = |since: Instant| u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX);
    now(); // finds out which clock it is
    for millis in [1, 5, 50] {
        // One inside the other: the thread may lose the processor anywhere.
        let outer = Instant::now();
        let start = now();
        let inner = Instant::now();
        while inner.elapsed() < Duration::from_millis(millis) {}
        let least = nanos(inner);
        let end = now();
        let most = nanos(outer);
        let took = nanos_between(start, end);
        assert!(took + OFF > least && took < most + OFF, "{least} <= {took} <= {most}");
    }
}

#[test]
fn time_does_not_run_backwards() {
    let (start, later) = (now(), now());
    assert!(later >= start);
    assert_eq!(nanos_between(Tick(start.0 + 1_000_000_000), start), 0);
}

#[test]
fn wall_time_is_the_wall_clock_s_also_after_it_was_set() {
    let off = || {
        let before = clock::unix_nanos();
        let tick = now();
        let after = clock::unix_nanos();
        let wall = unix_nanos(tick);
        if wall < before { before - wall } else { wall.saturating_sub(after) }
    };
    assert!(off() < 2 * MOST_OFF, "{} ns", off());
    if let Some(anchor) = ANCHOR.write().unwrap_or_else(PoisonError::into_inner).as_mut() {
        anchor.unix_nanos -= 3_600_000_000_000;
    }
    assert!(off() > 3_000_000_000_000);
    follow();
    assert!(off() < 2 * MOST_OFF, "{} ns", off());
}

#[test]
fn wall_time_and_durations_agree_whichever_way() {
    let end = now();
    unix_nanos(end);
    let anchor = anchor();
    let earlier = Tick(end.0.saturating_sub(1_000_000));
    let apart = anchor.wall(end) - anchor.wall(earlier);
    assert!(apart.abs_diff(in_nanos(end.0 - earlier.0, anchor.scale)) <= 1, "{apart}");
}

#[test]
fn threads_may_ask_at_once() {
    let start = now();
    thread::scope(|s| {
        for _ in 0..4 {
            s.spawn(|| (0..1000).for_each(|_| assert!(nanos_between(start, now()) < 60_000_000_000)));
        }
    });
}
