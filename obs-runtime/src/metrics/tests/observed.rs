//! Gauges that are asked when they are read.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use super::*;
use crate::metrics::observed::show_panics;
use crate::service::service;
use crate::testing;

fn draw_panics() -> Vec<String> {
    let mut drawing = Drawing::default();
    show_panics(&mut drawing);
    drawing.lines
}

#[test]
fn the_closure_is_asked_at_every_reading() {
    static WAITING: Gauge<None_> = Gauge::new(declared("observed_waiting", &[], 1));
    let catalog = [Entry::Metric(&WAITING)];
    let (jobs, seen) = (Arc::new(AtomicU64::new(3)), AtomicU64::new(0));
    let weak = Arc::downgrade(&jobs);
    WAITING.observe(move || {
        seen.fetch_add(1, Relaxed);
        weak.upgrade().map(|jobs| jobs.load(Relaxed))
    });
    assert_eq!(drawn(&catalog).last().unwrap(), "observed_waiting{} 3");
    jobs.store(5, Relaxed);
    assert_eq!(drawn(&catalog).last().unwrap(), "observed_waiting{} 5");
    drop(jobs);
    assert_eq!(drawn(&catalog), Vec::<String>::new(), "it has nothing to tell");
}

#[test]
fn it_stands_before_what_was_set_and_a_second_one_replaces_it() {
    static POOL: Gauge<ByRegion> = Gauge::new(declared("observed_pool", &[], 1));
    let catalog = [Entry::Metric(&POOL)];
    let tells = Arc::new(AtomicBool::new(true));
    let told = Arc::clone(&tells);
    POOL.with(ByRegion(Region::Eu)).set(1.0);
    POOL.with(ByRegion(Region::Us)).set(2.0);
    POOL.with(ByRegion(Region::Eu)).observe(|| 7_u8);
    POOL.with(ByRegion(Region::Eu)).observe(move || told.load(Relaxed).then_some(10));
    let shown =
        |eu| vec!["gauge observed_pool [] Help.".to_owned(), eu, "observed_pool{region=us} 2".to_owned()];
    assert_eq!(drawn(&catalog), shown("observed_pool{region=eu} 10".to_owned()));
    tells.store(false, Relaxed);
    assert_eq!(drawn(&catalog), shown("observed_pool{region=eu} 1".to_owned()));
}

#[test]
fn one_that_panics_leaves_its_series_out_and_is_counted_and_warned_of_once() {
    static DEPTH: Gauge<ByRegion> = Gauge::new(declared("observed_depth", &[], 1));
    let catalog = [Entry::Metric(&DEPTH)];
    let (logs, _restore) = testing::record();
    DEPTH.with(ByRegion(Region::Eu)).observe(|| if true { panic!("as told") } else { 1.0 });
    DEPTH.with(ByRegion(Region::Us)).observe(|| 2.0);
    for _ in 0..3 {
        assert_eq!(drawn(&catalog), ["gauge observed_depth [] Help.", "observed_depth{region=us} 2"]);
    }
    let counted = "obs_observation_panics_total{metric=observed_depth} 3".to_owned();
    assert!(draw_panics().contains(&counted));
    assert_eq!(logs.logs().len(), 1, "one warning");
}

#[test]
fn it_may_come_back_here() {
    static OUTER: Gauge<None_> = Gauge::new(declared("observed_outer", &[], 1));
    static INNER: Gauge<None_> = Gauge::new(declared("observed_inner", &[], 2));
    struct Late;
    impl Drop for Late {
        fn drop(&mut self) {
            INNER.observe(|| 3.0); // while the gauge replaces the closure that held it
        }
    }
    let late = Late;
    INNER.observe(move || {
        let _held = &late;
        1.0
    });
    OUTER.observe(|| {
        INNER.observe(|| 2.0);
        drawn(&[Entry::Metric(&INNER)]).len()
    });
    assert_eq!(drawn(&[Entry::Metric(&OUTER)]).last().unwrap(), "observed_outer{} 2");
    assert_eq!(drawn(&[Entry::Metric(&INNER)]).last().unwrap(), "observed_inner{} 3");
}

#[test]
fn it_belongs_to_the_service_that_gave_it() {
    static ROOM: Gauge<None_> = Gauge::new(declared("observed_room", &[], 1));
    let (api, worker) = (service("observed-api"), service("observed-worker"));
    for n in [1.0, 2.0] {
        api.in_scope(|| ROOM.observe(move || n));
        worker.in_scope(|| ROOM.observe(move || n * 10.0));
    }
    let mut shown = drawn_by_service(&[Entry::Metric(&ROOM)]);
    shown.sort();
    let expected = [
        "gauge observed_room [] Help.",
        "observed_room{service_name=observed-api} 2",
        "observed_room{service_name=observed-worker} 20",
    ];
    assert_eq!(shown, expected);
}
