//! One `use` of the name brings both, and labels are checked by the compiler.
#![deny(warnings, missing_docs, clippy::pedantic)]
#![forbid(unsafe_code)]

mod shop {
    //! The declarations.

    obs::metrics! {
        /// Orders accepted by the shop.
        ///
        /// More about it.
        pub static ORDERS: Counter = "orders_total" { region: Region, outcome: obs::Outcome };
        /// Time from request to receipt.
        pub static ORDER_TIME: Histogram = "order_duration_seconds" {
            /// Where the buyer is.
            region: Region,
            r#type: bool,
        } buckets = [0.005, 0.05, 0.5, 5];
        /// Orders that wait.
        pub(crate) static DEPTH: Gauge = "queue_depth";
    }

    /// Where the buyer is.
    #[derive(obs::Label, Clone, Copy)]
    pub enum Region {
        /// Europe.
        Eu,
        /// America.
        Us,
    }
}

use shop::{DEPTH, ORDER_TIME, ORDERS, Region};

fn main() {
    let (region, outcome) = (Region::Eu, obs::Outcome::Cancelled);
    ORDERS.with(ORDERS { region }).outcome(outcome).inc();
    ORDERS.with(ORDERS { region: Region::Us }).outcome(outcome).add(2);
    ORDER_TIME.with(ORDER_TIME { region, r#type: true }).observe(0.2);
    DEPTH.set(3.0);
    DEPTH.with(DEPTH {}).dec();
}
