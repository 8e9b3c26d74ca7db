//! Declared metrics.

use telemetry::Label;

use crate::functions::Error;

telemetry::metrics! {
    crate = ::telemetry;

    /// Orders, by region.
    pub static ORDERS: Counter = "renamed_orders_total" { region: Region, outcome: telemetry::Outcome };
    /// Time of an order.
    pub static ORDER_TIME: Histogram = "renamed_order_duration_seconds" { region: Region } buckets = [0.1, 1.0];
    /// Orders that failed.
    pub static FAILURES: Counter = "renamed_order_failures_total" { outcome: telemetry::Outcome, error_type: telemetry::ErrorTypeOf<Error> };
    /// Orders that wait.
    pub static WAITING: Gauge = "renamed_waiting_orders";
    /// What was built.
    pub static BUILD: Info = "renamed_build_info" { version = "1", commit: String, region: Region };

    group "renamed_business_" {
        /// What customers spent.
        pub static SPENT: Counter = "spent_cents_total" { customer: dynamic(max = 5), shard: Shard };
    }
}

/// A part of the database.
#[derive(Label, Clone, Copy, Debug)]
#[label(crate = ::telemetry, max = 7)]
pub struct Shard(pub u16);

/// Where a shard is.
#[derive(Label, Clone, Copy, Debug)]
#[label(crate = ::telemetry)]
pub struct At(pub Region);

/// Where an order comes from.
#[derive(Label, Clone, Copy, Debug)]
#[label(crate = ::telemetry)]
pub enum Region {
    /// Europe.
    Eu,
    /// America.
    Us,
}
