//! The macros of `metrics` and `obs::metrics!`: the same updates, and the same lines. Theirs are in `once/main.rs`, a
//! process of its own: a name belongs to one of the two.

mod shown;

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use obs::testing::capture;

use crate::process::{guard, has};

obs::metrics! {
    /// Visits.
    static VISITS: Counter = "visits_total";
    /// Views.
    static VIEWS: Counter = "views_total" { region: Region };
    /// What was bought.
    static BOUGHT: Counter = "bought_total" { customer: dynamic(max = 100) };
    /// Carts.
    static CARTS: Gauge = "carts";
    /// Time of a visit.
    static VISIT: Histogram = "visit_seconds";
    /// What was read so far, counted elsewhere.
    static READ: Gauge = "read_bytes";
}

#[derive(obs::Label, Clone, Copy)]
enum Region {
    Eu,
    Us,
}

static ELSEWHERE: AtomicU64 = AtomicU64::new(42);

fn update() {
    VISITS.add(2);
    VIEWS.with(VIEWS { region: Region::Eu }).inc();
    let customer = String::from("acme");
    BOUGHT.with(BOUGHT { customer: BOUGHT::customer(&customer) }).add(3);
    CARTS.set(3.0);
    CARTS.add(1.0);
    CARTS.add(-2.0);
    VISIT.observe(0.2);
    let views = VIEWS.with(VIEWS { region: Region::Us });
    views.inc();
    views.inc();
    READ.observe(|| ELSEWHERE.load(Relaxed));
}

#[test]
fn the_same_lines_are_shown() {
    let obs = guard();
    update();
    let text = obs.metrics_text();
    has(&text, shown::SHOWN);
    has(&text, &["read_bytes 42"]);
}

#[test]
fn a_test_sees_its_own() {
    capture(|t| {
        VISITS.inc();
        assert_eq!(t.counter(&VISITS, VISITS {}), 1);
        metrics::counter!("visits_of_the_facade_total").increment(1);
        assert_eq!(t.counter_named("visits_of_the_facade_total", &[]), 0);
    });
}
