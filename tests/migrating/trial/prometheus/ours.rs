//! As it is.

use std::sync::Once;

obs::metrics! {
    /// Orders.
    pub(super) static ORDERS: Counter = "orders_total";
    /// Answers.
    static ANSWERS: Counter = "answers_total" { region: Region };
    /// What customers spent.
    static SPENT: Counter = "spent_cents_total" { customer: dynamic(max = 100) };
    /// Orders that wait.
    static WAITING: Gauge = "orders_waiting";
    /// Jobs that wait.
    static JOBS: Gauge = "jobs_waiting" { region: Region };
    /// Workers.
    static WORKERS: Gauge = "workers";
    /// Workers that do nothing.
    static IDLE: Gauge = "idle_workers";
    /// Time from order to receipt.
    static ORDER_TIME: Histogram = "order_duration_seconds";
    /// Size of an order.
    static SIZE: Histogram = "order_size_bytes" buckets = [100.0, 1000.0];
    /// Size of a page.
    static PAGE: Histogram = "page_bytes" buckets = exponential(1.0, 10.0, 3);
    /// Size of a row.
    static ROW: Histogram = "row_bytes" buckets = linear(10.0, 20.0, 3);
    /// Time to read.
    static READ: Histogram = "read_duration_seconds";
    /// What was built.
    static BUILD: Info = "shop_build_info" { version: &'static str };

    group "shop_web_" {
        /// Visits.
        static VISITS: Counter = "visits_total";
    }
}

#[derive(obs::Label, Clone, Copy)]
enum Region {
    Eu,
    Us,
}

pub(super) fn count() {
    ORDERS.inc();
}

/// Does so once in the process.
pub(super) fn update() {
    static ONCE: Once = Once::new();
    ONCE.call_once(update_once);
}

fn update_once() {
    ORDERS.inc();
    ORDERS.add(2);
    ANSWERS.with(ANSWERS { region: Region::Eu }).inc();
    let customer = String::from("acme");
    SPENT.with(SPENT { customer: SPENT::customer(&customer) }).add(47);
    WAITING.set(3.0);
    WAITING.inc();
    WAITING.dec();
    WAITING.add(1.0);
    WAITING.add(-2.0);
    JOBS.with(JOBS { region: Region::Us }).set(3.0);
    WORKERS.observe(|| 4);
    IDLE.observe(|| 5);
    ORDER_TIME.observe(0.25);
    ORDER_TIME.observe(0.25_f64.next_up());
    SIZE.observe(100.5);
    PAGE.observe(7.0);
    ROW.observe(25.0);
    let timer = obs::timer!(READ);
    drop(timer);
    let timer = obs::timer!(READ);
    timer.discard();
    READ.time(|| ());
    let _timer = obs::timer!(READ);
    VISITS.inc();
    BUILD.set(BUILD { version: "1.2" });
}

#[obs::counted(metric = ANSWERS, region = region)]
fn answer(region: Region) {
    let _ = region;
}

/// Answers once by a call, in the test's own numbers.
pub(super) fn answered(t: &obs::testing::Telemetry) -> u64 {
    answer(Region::Eu);
    t.counter(&ANSWERS, ANSWERS { region: Region::Eu })
}

#[obs::counted(name = "web_orders_total", channel = "web")]
pub(super) fn order() {}
