//! A label whose values are not known when the program is compiled: asked for, bounded, and given by name.
#![deny(warnings)]

mod shop {
    obs::metrics! {
        /// Orders.
        pub(crate) static ORDERS: Counter = "orders_total" { tenant: dynamic(max = 2), express: bool, r#type: dynamic };
        /// Payments.
        pub(crate) static PAYMENTS: Counter = "payments_total" { tenant: dynamic, outcome: obs::Outcome };
        /// Sizes.
        pub(crate) static SIZES: Histogram = "sizes_bytes" { tenant: dynamic(max = 1_000) } buckets = [10.0];
        /// Depths.
        pub(super) static DEPTH: Gauge = "depth" { queue: dynamic(max = 10) };
    }
}

use shop::{DEPTH, ORDERS, PAYMENTS, SIZES};

#[obs::counted(metric = PAYMENTS, tenant = PAYMENTS::tenant(tenant))]
fn pay(tenant: &str, cents: u64) -> Result<(), String> {
    if cents > 100 { Err(format!("{tenant} has not so much")) } else { Ok(()) }
}

fn main() {
    obs::testing::capture(|t| {
        for tenant in ["acme", "initech", "hooli", "acme"] {
            let of = ORDERS { tenant: ORDERS::tenant(tenant), express: true, r#type: ORDERS::r#type(7) };
            ORDERS.with(of).inc();
        }
        let orders = |tenant| t.counter_named("orders_total", &[("tenant", tenant), ("type", "7")]);
        assert_eq!((orders("acme"), orders("initech"), orders("hooli")), (2, 1, 0));
        assert_eq!(t.counter_named("orders_total", &[("otel_metric_overflow", "true")]), 1);

        pay("acme", 1).unwrap();
        pay("acme", 101).unwrap_err();
        let of = || PAYMENTS { tenant: PAYMENTS::tenant(String::from("acme")) };
        assert_eq!(t.counter_with(&PAYMENTS, of(), obs::Outcome::Error), 1);
        assert_eq!(t.counter(&PAYMENTS, of()), 2);

        let of = || SIZES { tenant: SIZES::tenant(std::net::Ipv4Addr::LOCALHOST) };
        SIZES.with(of()).observe(5.0);
        assert_eq!(t.histogram(&SIZES, of()).count, 1);

        let series = DEPTH.with(DEPTH { queue: DEPTH::queue("in") });
        series.set(2.0);
        series.inc(); // a series is kept as it is
        assert_eq!(t.gauge(&DEPTH, DEPTH { queue: DEPTH::queue("in") }), Some(3.0));
    });
}
