//! The label `error_type`: the name of the error that is on the span, on counter and histogram.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use expect_test::expect;
use obs::testing::{Telemetry, capture};
use obs::{ErrorTypeOf, Outcome};

use crate::block_on;

#[derive(Debug, obs::ErrorType)]
enum OrderError {
    OutOfStock {
        _item: u64,
    },
    #[error_type(rename = "payment")]
    Payment(#[allow(dead_code)] String),
    Closed,
}

#[derive(Debug, obs::ErrorType)]
enum OtherError {
    Elsewhere,
}

#[derive(Debug)]
struct Nameless;

obs::metrics! {
    /// Orders, by how they ended.
    static ORDERS: Counter = "error_labels_orders_total" { express: bool, outcome: Outcome, error_type: ErrorTypeOf<OrderError> };
    /// How long orders took, by their error.
    static ORDER_TIME: Histogram = "error_labels_order_seconds" { error_type: ErrorTypeOf<OrderError> };
    /// Tries.
    static TRIES: Counter = "error_labels_tries_total" { outcome: Outcome, error_type: ErrorTypeOf<Arc<OrderError>> };
}

#[obs::traced]
#[obs::counted(metric = ORDERS, express = express)]
#[obs::timed(metric = ORDER_TIME)]
fn place(item: u64, express: bool) -> Result<u64, OrderError> {
    match item {
        0 => Err(OrderError::OutOfStock { _item: item }),
        1 => Err(OrderError::Payment("card 4711".to_owned())),
        2 => Err(OrderError::Closed),
        3 => panic!("as told"),
        _ => Ok(item),
    }
}

/// How often orders ended so, of those that the labels name.
fn orders(t: &Telemetry, labels: &[(&str, &str)]) -> u64 {
    t.counter_named("error_labels_orders_total", labels)
}

#[test]
fn an_error_is_called_the_same_on_span_counter_and_histogram() {
    capture(|t| {
        for item in [0, 1, 1, 2, 4] {
            let _told = place(item, true);
        }
        expect![[r"
            place error error.type=OutOfStock
            place error error.type=payment
            place error error.type=payment
            place error error.type=Closed
            place ok
        "]]
        .assert_eq(&t.tree());
        for (name, calls) in [("OutOfStock", 1), ("payment", 2), ("Closed", 1), ("_OTHER", 0)] {
            let error = ("error_type", name);
            assert_eq!(orders(t, &[("express", "true"), ("outcome", "error"), error]), calls, "{name}");
            assert_eq!(orders(t, &[error]), calls, "{name}: under this outcome only");
            assert_eq!(t.histogram_named("error_labels_order_seconds", &[error]).count, calls, "{name}");
        }
        assert_eq!(t.counter_with(&ORDERS, ORDERS { express: true }, Outcome::Error), 4);
        assert_eq!(orders(t, &[("outcome", "ok")]), 1, "and no error_type, for the names make four of five");
        assert_eq!(t.histogram(&ORDER_TIME, ORDER_TIME {}).count, 5);
    });
}

#[test]
fn a_panic_has_no_name_of_the_error() {
    capture(|t| {
        let _panic = catch_unwind(AssertUnwindSafe(|| place(3, false)));
        assert_eq!(orders(t, &[("outcome", "panicked"), ("error_type", "_OTHER")]), 1);
        assert_eq!(t.histogram_named("error_labels_order_seconds", &[("error_type", "_OTHER")]).count, 1);
    });
}

#[obs::counted(metric = TRIES)]
async fn wait(error: Option<OrderError>) -> Result<(), Arc<OrderError>> {
    match error {
        Some(error) => Err(Arc::new(error)),
        None => std::future::pending().await,
    }
}

#[obs::counted(metric = TRIES, error_type = |e: &OtherError| match e { OtherError::Elsewhere => "Closed" })]
fn renamed() -> Result<(), OtherError> {
    Err(OtherError::Elsewhere)
}

#[obs::counted(metric = TRIES, error_type = "unheard_of")]
fn unlisted() -> Result<(), OrderError> {
    Err(OrderError::Closed)
}

#[obs::counted(metric = TRIES)]
fn elsewhere() -> Result<(), OtherError> {
    Err(OtherError::Elsewhere)
}

#[obs::counted(metric = TRIES)]
fn nameless() -> Result<(), Nameless> {
    Err(Nameless)
}

#[obs::counted(metric = TRIES, error_if = Option::is_none)]
fn nothing() -> Option<()> {
    None
}

/// The tries that ended so under this name.
fn tries(t: &Telemetry, outcome: &str, name: &str) -> u64 {
    t.counter_named("error_labels_tries_total", &[("outcome", outcome), ("error_type", name)])
}

#[test]
fn a_cancelled_call_is_one_of_the_others() {
    capture(|t| {
        block_on(async {
            assert!(wait(Some(OrderError::Closed)).await.is_err());
            tokio::select! { biased; _ = wait(None) => {}, () = tokio::task::yield_now() => {} }
        });
        assert_eq!(tries(t, "error", "Closed"), 1, "through the `Arc`");
        assert_eq!(tries(t, "cancelled", "_OTHER"), 1);
    });
}

#[test]
fn a_name_counts_if_it_is_listed_whoever_gave_it() {
    capture(|t| {
        assert!(renamed().is_err());
        assert_eq!((tries(t, "error", "Closed"), tries(t, "error", "_OTHER")), (1, 0));
        assert!(unlisted().is_err());
        assert!(elsewhere().is_err());
        assert!(nameless().is_err());
        assert!(nothing().is_none());
        assert_eq!((tries(t, "error", "Closed"), tries(t, "error", "_OTHER")), (1, 4));
    });
}

#[obs::counted(name = "error_labels_inline_total", region = "eu", error_type: ErrorTypeOf<OrderError>)]
#[obs::timed(name = "error_labels_inline_seconds", error_type: ErrorTypeOf<OrderError>)]
async fn inline(fails: bool) -> Result<(), OrderError> {
    if fails { Err(OrderError::Closed) } else { Ok(()) }
}

#[test]
fn a_metric_that_an_attribute_declares_has_the_label_too() {
    capture(|t| {
        assert!(block_on(inline(true)).is_err());
        assert!(block_on(inline(false)).is_ok());
        let labels = [("region", "eu"), ("outcome", "error"), ("error_type", "Closed")];
        assert_eq!(t.counter_named("error_labels_inline_total", &labels), 1);
        assert_eq!(t.counter_named("error_labels_inline_total", &[("outcome", "ok")]), 1);
        assert_eq!(t.histogram_named("error_labels_inline_seconds", &[("error_type", "Closed")]).count, 1);
        assert_eq!(t.histogram_named("error_labels_inline_seconds", &[]).count, 2);
    });
}

#[test]
fn by_hand_the_error_is_given() {
    capture(|t| {
        let error = OrderError::Payment(String::new());
        let failed = ORDERS.with(ORDERS { express: false }).outcome(Outcome::Error);
        failed.error_type(&error).inc();
        failed.error_type(&OtherError::Elsewhere).inc();
        ORDER_TIME.with(ORDER_TIME {}).error_type(&error).observe(0.5);
        assert_eq!(orders(t, &[("express", "false"), ("error_type", "payment")]), 1);
        assert_eq!(orders(t, &[("express", "false"), ("error_type", "_OTHER")]), 1);
        assert_eq!(t.histogram_named("error_labels_order_seconds", &[("error_type", "payment")]).sum, 0.5);
    });
}
