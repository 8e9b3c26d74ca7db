obs::metrics! {
    group "shop_" {
        /// Orders.
        pub static ORDERS: Counter = "orders_total" { tenant: dynamic(max = 50), express: bool };
    }
}
