//! What a program declares, as it is shown outside: a process of its own, whose catalog is this file.

#![allow(clippy::unwrap_used, missing_docs)] // a test fails by panicking, and its name says what holds

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

obs::registry!();

obs::metrics! {
    /// What was built.
    static BUILD: Info = "app_build_info" { version = "1.2.3", commit: String };
    /// What is constant.
    static CONSTANT: Info = "app_constant_info" { language = "rust" };

    group "business_" {
        /// Orders.
        static ORDERS: Counter = "orders_total" { tenant: dynamic(max = 2), shard: Shard, outcome: obs::Outcome };
        /// What orders are worth.
        static WORTH: Histogram = "order_worth_euros" unit = "euros" buckets = [10.0, 100.0];
    }

    /// Answers.
    static ANSWERS: Counter = "answers_total" { status: obs::StatusClass };
    /// Jobs that wait.
    static WAITING: Gauge = "jobs_waiting" { queue: Queue };
}

#[derive(obs::Label, Clone, Copy)]
#[label(max = 1)]
struct Shard(u64);

#[derive(obs::Label, Clone, Copy)]
#[label(rename_all = "UPPERCASE")]
enum Queue {
    In,
    #[label(rename = "dead-letters")]
    Dead,
}

#[obs::observed(fields(order.id = id))]
#[obs::counted(metric = ORDERS, tenant = ORDERS::tenant(tenant), shard = Shard(id))]
fn place_order(id: u64, tenant: &str) -> Result<(), String> {
    if id > 1 { Err(format!("{tenant} has no such order")) } else { Ok(()) }
}

#[obs::traced(client, name = "charge card")]
fn charge() {}

#[obs::health_check(name = "database", readiness, critical)]
fn database() {}

#[test]
fn the_surface_is_as_reviewed() {
    obs::testing::assert_catalog();
    expect_test::expect_file!["declared.surface"].assert_eq(&obs::testing::catalog_snapshot());
}

#[test]
fn what_is_declared_is_scraped() {
    let obs = obs::builder().admin_off().log("off").init().unwrap();
    let jobs = Arc::new(AtomicUsize::new(2));
    let seen = Arc::clone(&jobs);
    WAITING.with(WAITING { queue: Queue::In }).observe(move || seen.load(Relaxed));
    WAITING.with(WAITING { queue: Queue::Dead }).set(1.0);
    BUILD.set(BUILD { commit: "4f2a".to_owned() });
    for (id, tenant) in [(0, "acme"), (7, "initech"), (1, "hooli")] {
        let _result = place_order(id, tenant);
    }
    WORTH.observe(50.0);
    ANSWERS.with(ANSWERS { status: 503.into() }).inc();
    charge();
    jobs.store(3, Relaxed);

    let text = obs.metrics_text();
    let lines = [
        "app_build_info{version=\"1.2.3\",commit=\"4f2a\"} 1",
        "app_constant_info{language=\"rust\"} 1",
        "business_orders_total{tenant=\"acme\",shard=\"0\",outcome=\"ok\"} 1",
        "business_orders_total{tenant=\"initech\",shard=\"_OTHER\",outcome=\"error\"} 1",
        "business_orders_total{shard=\"1\",otel_metric_overflow=\"true\",outcome=\"ok\"} 1",
        "business_order_worth_euros_bucket{le=\"100\"} 1",
        "answers_total{status=\"5xx\"} 1",
        "answers_total{status=\"1xx\"} 0",
        "jobs_waiting{queue=\"IN\"} 3",
        "jobs_waiting{queue=\"dead-letters\"} 1",
    ];
    for line in lines {
        assert!(text.lines().any(|shown| shown == line), "no `{line}` in\n{text}");
    }
}
