//! Metrics that an attribute declares itself.

use std::panic::{AssertUnwindSafe, catch_unwind};

use obs::testing::capture;

use crate::block_on;

#[derive(obs::Label, Clone, Copy, Debug, PartialEq)]
enum Region {
    Eu,
    Us,
}

struct Order {
    region: Region,
    customer: String,
    lines: u32,
}

fn order(region: Region, customer: &str) -> Order {
    Order { region, customer: customer.to_owned(), lines: 3 }
}

/// Places an order.
#[obs::counted(
    name = "inline_orders_total",
    region: Region = order.region,
    channel = "web",
    customer = dynamic(order.customer, max = 3),
    labels(count: bool = order.lines > 1),
)]
#[obs::timed(name = "inline_order_duration_seconds", region: Region = order.region, buckets = exponential(0.001, 10, 4))]
fn place(order: Order) -> Result<String, String> {
    match &*order.customer {
        "declined" => Err("declined".to_owned()),
        "broken" => panic!("as told"),
        _ => Ok(order.customer), // moved: the labels were taken at entry
    }
}

#[obs::counted(name = "inline_failures_total", count = error)]
#[obs::counted(name = "inline_successes_total", count = ok)]
#[obs::counted(metric = TRIES, count = error)]
fn attempt(word: &str) -> Result<(), ()> {
    match word {
        "ok" => Ok(()),
        "error" => Err(()),
        _ => panic!("as told"),
    }
}

obs::metrics! {
    /// Failed attempts.
    static TRIES: Counter = "inline_tries_total";
}

#[obs::counted(name = "inline_shared_total", place = "first")]
fn first() {}

#[obs::counted(name = "inline_shared_total", place = "second")]
fn second() {}

#[obs::counted(name = "inline_async_total", size = dynamic(size + 1))]
async fn asynchronous<T: std::fmt::Debug>(size: u32, _value: T) {
    std::future::pending::<()>().await;
}

#[test]
fn an_inline_metric_has_the_labels_it_says_and_the_outcome() {
    capture(|t| {
        for region in [Region::Eu, Region::Us, Region::Us] {
            place(order(region, "acme")).unwrap();
        }
        place(order(Region::Eu, "declined")).unwrap_err();
        let _panic = catch_unwind(AssertUnwindSafe(|| place(order(Region::Eu, "broken"))));

        let count = |labels: &[(&str, &str)]| t.counter_named("inline_orders_total", labels);
        assert_eq!(count(&[]), 5);
        assert_eq!(
            count(&[("region", "us"), ("channel", "web"), ("customer", "acme"), ("outcome", "ok")]),
            2
        );
        assert_eq!(count(&[("customer", "declined"), ("outcome", "error")]), 1);
        assert_eq!(count(&[("outcome", "panicked"), ("count", "true")]), 1);

        let time = |labels: &[(&str, &str)]| t.histogram_named("inline_order_duration_seconds", labels);
        assert_eq!(time(&[("region", "us"), ("outcome", "ok")]).count, 2);
        assert_eq!(time(&[("outcome", "panicked")]).count, 1);
        assert_eq!(t.calls("place", obs::Outcome::Ok), 0, "its own metric, not the shared family");
    });
    capture(|t| {
        for n in 0..20 {
            place(order(Region::Eu, &format!("new-{n}"))).unwrap();
        }
        let overflowed = t.counter_named("inline_orders_total", &[("otel_metric_overflow", "true")]);
        assert_eq!(overflowed, 20, "three values came before");
    });
}

#[test]
fn count_says_which_calls_are_counted() {
    capture(|t| {
        attempt("ok").unwrap();
        attempt("error").unwrap_err();
        let _panic = catch_unwind(|| attempt("panic"));
        assert_eq!(t.counter_named("inline_successes_total", &[]), 1);
        assert_eq!(t.counter_named("inline_failures_total", &[]), 2);
        assert_eq!(t.counter_named("inline_failures_total", &[("outcome", "panicked")]), 1);
        assert_eq!(t.counter(&TRIES, TRIES {}), 2);
    });
}

#[test]
fn two_functions_that_declare_one_metric_are_one_family() {
    capture(|t| {
        first();
        second();
        second();
        assert_eq!(t.counter_named("inline_shared_total", &[]), 3);
        assert_eq!(t.counter_named("inline_shared_total", &[("place", "second")]), 2);
    });
}

#[test]
fn a_cancelled_call_is_cancelled_in_its_own_metric_too() {
    capture(|t| {
        block_on(async {
            let call = asynchronous(6, "value");
            tokio::select! { biased; () = call => {}, () = tokio::task::yield_now() => {} }
        });
        let labels = [("size", "7"), ("outcome", "cancelled")];
        assert_eq!(t.counter_named("inline_async_total", &labels), 1);
    });
}
