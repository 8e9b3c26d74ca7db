//! A group's prefix begins the names of its metrics.
#![deny(warnings)]

obs::metrics! {
    /// Logins.
    pub static LOGINS: Counter = "logins_total";

    group "business_" {
        /// Orders.
        pub static ORDERS: Counter = "orders_total" { express: bool };
        /// What orders are worth.
        pub static WORTH: Histogram = "order_worth_euros" unit = "euros" buckets = [10.0, 100.0, 1000.0];
    }

    group "warehouse_" {
        /// Orders that wait there.
        pub static ORDERS_WAITING: Gauge = "orders_waiting";
    }

    /// Logouts.
    pub static LOGOUTS: Counter = "logouts_total";
}

mod other {
    obs::metrics! {
        crate = ::obs;
        group "other_" {}
        group "more_" {
            /// Refunds.
            pub(super) static REFUNDS: Counter = "refunds_total";
        }
    }
}

fn main() {
    obs::testing::capture(|t| {
        LOGINS.inc();
        LOGOUTS.inc();
        ORDERS.with(ORDERS { express: true }).add(2);
        WORTH.observe(99.0);
        ORDERS_WAITING.set(3.0);
        other::REFUNDS.inc();
        assert_eq!(t.counter_named("business_orders_total", &[("express", "true")]), 2);
        assert_eq!(t.histogram_named("business_order_worth_euros", &[]).count, 1);
        assert_eq!(t.counter_named("more_refunds_total", &[]), 1);
        assert_eq!(t.counter_named("logins_total", &[]) + t.counter_named("logouts_total", &[]), 2);
    });
    let surface = obs::testing::catalog_snapshot();
    assert!(surface.contains("gauge warehouse_orders_waiting\n"), "{surface}");
}
