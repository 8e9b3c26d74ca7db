//! Closures that give what they should, and others.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use std::io;

use super::*;
use crate::health::Standing;
use crate::health::checks::tests::{look, said};

fn says(check: Check) -> (Standing, String) {
    let report = look(check);
    let (standing, reason) = said(&report);
    (standing, reason.to_owned())
}

fn unhealthy(reason: &str) -> (Standing, String) {
    (Standing::Unhealthy, reason.to_owned())
}

const HEALTHY: (Standing, String) = (Standing::Healthy, String::new());

#[test]
fn the_expected_value_is_healthy_and_another_is_shown() {
    assert_eq!(says(works("sum", || async { 40 + 2 }, 42)), HEALTHY);
    assert_eq!(says(works("sum", || async { 41 }, 42)), unhealthy("returned 41 in place of 42"));
    let text = works("text", || async { "ping".to_owned() }, "pong".to_owned());
    assert_eq!(says(text), unhealthy("returned \"ping\" in place of \"pong\""));
}

#[test]
fn a_result_is_compared_by_its_value_or_as_it_is() {
    let of = |result: fn() -> io::Result<i32>| works("sum", move || async move { result() }, 42);
    assert_eq!(says(of(|| Ok(42))), HEALTHY);
    assert_eq!(says(of(|| Ok(41))), unhealthy("returned 41 in place of 42"));
    assert_eq!(says(of(|| Err(io::Error::other("no route")))), unhealthy("no route"));
    let whole = |result: Result<i32, String>| {
        works("sum", move || std::future::ready(result.clone()), Ok::<_, String>(42))
    };
    assert_eq!(says(whole(Ok(42))), HEALTHY);
    assert_eq!(says(whole(Err("down".to_owned()))), unhealthy("returned Err(\"down\") in place of Ok(42)"));
}

#[test]
fn long_values_are_cut_and_no_more_of_them_is_made() {
    struct Endless;
    impl Debug for Endless {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            (0..u64::MAX).try_for_each(|_| f.write_str("ä"))
        }
    }
    let text = shown(&Endless);
    assert_eq!((text.chars().count(), text.len()), (65, 131));
    assert!(text.ends_with("ä…"));
    assert_eq!(shown(&"x".repeat(126)).len(), 128);
    assert_eq!(shown(&"x".repeat(127)).chars().count(), 129);
}

#[test]
fn it_runs_on_the_runtime_of_the_program() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("the-program-s")
        .build()
        .unwrap();
    let _entered = runtime.enter();
    let name = || async { std::thread::current().name().map(str::to_owned) };
    assert_eq!(says(works("place", name, Some("the-program-s".to_owned()))), HEALTHY);
}
