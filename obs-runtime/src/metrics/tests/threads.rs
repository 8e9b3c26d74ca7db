//! What the updates of many threads become.

use std::sync::Barrier;
use std::thread;

use super::*;

#[test]
fn the_totals_of_threads_that_run_together_and_of_dead_ones_are_kept() {
    static HITS: Counter<None_> = Counter::new(declared("hits_total", &[], 1));
    static SIZES: Histogram<None_> = Histogram::new(declared("hit_bytes", &[10.0], 1));
    let work = || {
        for i in 0..10_000_u32 {
            HITS.inc();
            SIZES.observe(f64::from(i % 20));
        }
    };
    let threads = [thread::spawn(work), thread::spawn(work)];
    work();
    threads.into_iter().for_each(|t| t.join().unwrap());
    let expected = [
        "histogram hit_bytes [] Help.",
        "hit_bytes{} [16500, 13500] sum 285000",
        "counter hits_total [] Help.",
        "hits_total{} 30000",
    ];
    assert_eq!(drawn(&[Entry::Metric(&HITS), Entry::Metric(&SIZES)]), expected);
}

#[test]
fn a_scrape_never_sees_a_counter_fall() {
    static STEPS: Counter<None_> = Counter::new(declared("steps_total", &[], 1));
    const STEP: u64 = 200_000;
    let start = Barrier::new(3);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                start.wait();
                (0..STEP).for_each(|_| STEPS.inc());
            });
        }
        start.wait();
        let mut last = 0;
        while last < 2 * STEP {
            let line = drawn(&[Entry::Metric(&STEPS)]).pop().unwrap();
            let now: u64 = line.strip_prefix("steps_total{} ").unwrap().parse().unwrap();
            assert!(now >= last, "{now} after {last}");
            last = now;
        }
        assert_eq!(last, 2 * STEP);
    });
}

#[test]
fn threads_that_come_and_go_adopt_the_blocks_of_the_dead() {
    static VISITS: Counter<None_> = Counter::new(declared("visits_total", &[], 1));
    for _ in 0..200 {
        thread::spawn(|| VISITS.inc()).join().unwrap();
    }
    assert_eq!(drawn(&[Entry::Metric(&VISITS)]).pop().unwrap(), "visits_total{} 200");
    let blocks = VISITS.descriptor().cells.parts().blocks();
    assert!(blocks < 50, "{blocks} blocks for 200 threads, one at a time");
}

#[test]
fn a_thread_whose_locals_are_gone_still_counts() {
    static LATE: Counter<None_> = Counter::new(declared("late_total", &[], 1));
    static LATE_SIZES: Histogram<None_> = Histogram::new(declared("late_bytes", &[1.0], 1));
    struct AtExit;
    impl Drop for AtExit {
        fn drop(&mut self) {
            LATE.add(7);
            LATE_SIZES.observe(2.0);
        }
    }
    thread_local!(static AT_EXIT: AtExit = const { AtExit });
    for _ in 0..2 {
        thread::spawn(|| {
            AT_EXIT.with(|_| {}); // registered first, so that it runs after the shard's own destructor
            LATE.inc();
            LATE_SIZES.observe(0.5);
        })
        .join()
        .unwrap();
    }
    let expected = [
        "histogram late_bytes [] Help.",
        "late_bytes{} [2, 2] sum 5",
        "counter late_total [] Help.",
        "late_total{} 16",
    ];
    assert_eq!(drawn(&[Entry::Metric(&LATE), Entry::Metric(&LATE_SIZES)]), expected);
}

#[test]
fn no_change_of_a_gauge_is_lost_between_threads() {
    static LEVEL: Gauge<None_> = Gauge::new(declared("level", &[], 1));
    thread::scope(|scope| {
        scope.spawn(|| (0..50_000).for_each(|_| LEVEL.inc()));
        scope.spawn(|| (0..49_999).for_each(|_| LEVEL.dec()));
    });
    assert_eq!(drawn(&[Entry::Metric(&LEVEL)]).pop().unwrap(), "level{} 1");
}

#[test]
fn eight_threads_and_a_million_updates_each_are_exact_and_no_scrape_sees_a_number_fall() {
    static BIG: Counter<ByRegion> = Counter::new(declared("big_total", &[], 1));
    static TIMES: Histogram<None_> = Histogram::new(declared("big_seconds", &[0.5], 1));
    const THREADS: u64 = 8;
    const UPDATES: u64 = 1_000_000;
    let catalog = [Entry::Metric(&BIG), Entry::Metric(&TIMES)];
    let read = || {
        let lines = drawn(&catalog);
        let counter = |label: &str| {
            let line = lines.iter().find_map(|l| l.strip_prefix("big_total{region=")?.strip_prefix(label));
            line.unwrap().trim_start_matches("} ").parse::<u64>().unwrap()
        };
        let times = lines.iter().find_map(|l| l.strip_prefix("big_seconds{} ["));
        let times = times
            .map_or(0, |l| l.split(']').next().unwrap().split(", ").map(|n| n.parse::<u64>().unwrap()).sum());
        [counter("eu"), counter("us"), times]
    };
    thread::scope(|scope| {
        for thread in 0..THREADS {
            scope.spawn(move || {
                for n in 0..UPDATES {
                    BIG.with(ByRegion(if n % 4 == 0 { Region::Us } else { Region::Eu })).inc();
                    if n % 8 == thread {
                        TIMES.observe(0.25);
                    }
                }
            });
        }
        let mut last = [0; 3];
        while last.iter().sum::<u64>() < THREADS * UPDATES + UPDATES {
            let now = read();
            assert!(now.iter().zip(last).all(|(now, last)| *now >= last), "{now:?} after {last:?}");
            last = now;
        }
    });
    assert_eq!(read(), [THREADS * UPDATES / 4 * 3, THREADS * UPDATES / 4, UPDATES]);
}
