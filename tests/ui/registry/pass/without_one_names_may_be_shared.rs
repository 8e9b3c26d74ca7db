//! Without a registry, two modules may declare one metric alike: it is summed.
#![deny(warnings)]

mod one {
    obs::metrics! {
        /// Orders.
        pub(crate) static ORDERS: Counter = "orders_total";
    }
}

mod other {
    obs::metrics! {
        /// Orders.
        pub(crate) static ORDERS: Counter = "orders_total";
    }
}

fn main() {
    one::ORDERS.inc();
    other::ORDERS.inc();
    obs::testing::assert_catalog();
}
