//! Ages, by a clock of the test's own, and on a schedule.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use super::*;
use crate::health::checks::tests::{Watch, refused, said};
use crate::health::{Standing, States};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn it_is_degraded_beyond_its_age_and_unhealthy_beyond_three_times_that() {
    let feed = Freshness::new();
    let check = feed.check("prices", 60 * SECOND);
    let at = |seconds: u32| check.work.judge(feed.age_at(feed.anchor + seconds * SECOND)).to_string();
    assert_eq!(at(0), "unhealthy: nothing came yet");
    feed.mark_aged(feed.anchor + 10 * SECOND, Duration::ZERO);
    assert_eq!(at(10), "healthy");
    assert_eq!(at(70), "healthy");
    assert_eq!(at(71), "degraded: nothing came for 61 s");
    assert_eq!(at(190), "degraded: nothing came for 3 min");
    assert_eq!(at(191), "unhealthy: nothing came for 3 min");
    let stricter = feed.check("prices", 60 * SECOND).unhealthy_beyond(90 * SECOND);
    assert_eq!(stricter.work.judge(Some(91 * SECOND)).to_string(), "unhealthy: nothing came for 91 s");
}

#[test]
fn what_was_old_when_it_came_counts_as_old() {
    let feed = Freshness::new();
    let now = feed.anchor + 5 * SECOND;
    feed.mark_aged(now, 3_600 * SECOND);
    assert_eq!(feed.age_at(now), Some(3_600 * SECOND));
    feed.mark_aged(now, 2 * SECOND);
    feed.mark_aged(now, 30 * SECOND);
    assert_eq!(feed.age_at(now), Some(2 * SECOND), "what is older changes nothing");
    feed.mark_aged(now, Duration::MAX);
    assert_eq!(feed.age_at(now), Some(2 * SECOND));
    let other = Freshness::new();
    other.mark_aged(other.anchor, Duration::MAX);
    assert!(other.age().unwrap() > 3_600 * SECOND, "292 years, and not `never`");
}

#[test]
fn a_wall_clock_that_is_wrong_makes_nothing_younger_than_now() {
    let feed = Freshness::new();
    feed.mark_at(SystemTime::now() + 3_600 * SECOND);
    assert!(feed.age().unwrap() < 60 * SECOND);
    let feed = Freshness::new();
    feed.mark_at(SystemTime::now() - 3_600 * SECOND);
    assert!(feed.age().unwrap() >= 3_600 * SECOND);
    feed.clone().mark();
    assert!(feed.age().unwrap() < 60 * SECOND, "copies are the same one");
}

#[test]
fn a_mark_is_seen_by_the_next_run() {
    let feed = Freshness::new();
    let (interval, timeout) = (Duration::from_millis(200), Duration::from_millis(150));
    let check = feed.check("prices", 3_600 * SECOND).interval(interval).timeout(timeout);
    let watch = Watch::new(check, &States::default());
    let report = watch.until(|report| said(report).1 == "nothing came yet");
    assert_eq!(report.standing, Standing::Unhealthy);
    feed.mark();
    watch.until(|report| report.standing == Standing::Healthy);
}

#[test]
fn ages_that_cannot_be_are_refused() {
    let feed = Freshness::new();
    assert!(refused(feed.check("prices", Duration::ZERO)).ends_with("write an age above zero"));
    let crossed = feed.check("prices", 60 * SECOND).unhealthy_beyond(SECOND);
    let problem = "it would be unhealthy beyond 1s before it is degraded beyond 60s; raise the first";
    assert_eq!(refused(crossed), format!("health check `prices`: {problem}"));
}
