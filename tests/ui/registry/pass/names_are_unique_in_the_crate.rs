//! With a registry at the crate root, every other name is accepted, wherever the metrics stand.
#![deny(warnings)]

obs::registry!();

obs::metrics! {
    /// Orders.
    static ORDERS: Counter = "orders_total";
}

mod shop {
    pub(crate) mod deep {
        obs::metrics! {
            /// Payments.
            pub(crate) static ORDERS: Counter = "payments_total";
            /// One of two.
            #[cfg(any())]
            static NEVER: Counter = "orders_total";
        }
    }
}

#[obs::counted(name = "placed_total")]
fn place() {}

#[obs::counted(name = "placed_total")]
fn place_too() {}

fn main() {
    obs::metrics! {
        /// Refunds.
        static REFUNDS: Counter = "refunds_total";
    }
    REFUNDS.inc();
    ORDERS.inc();
    shop::deep::ORDERS.inc();
    place();
    place_too();
}
