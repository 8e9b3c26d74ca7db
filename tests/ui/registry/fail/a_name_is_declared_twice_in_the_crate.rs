obs::registry!();

mod orders {
    obs::metrics! {
        /// Orders.
        pub static ORDERS: Counter = "shop_orders_total";
    }
}

mod shop {
    obs::metrics! {
        group "shop_" {
            /// Orders too.
            pub static PLACED: Counter = "orders_total";
            /// Payments.
            pub static PAYMENTS: Counter = "payments_total";
        }
    }
}

fn main() {}
