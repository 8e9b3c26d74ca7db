obs::metrics! {
    group "business" {
        /// Orders.
        static ORDERS: Counter = "orders_total";
    }
    group "Shop-" {
        /// Payments.
        static PAYMENTS: Counter = "payments_total";
    }
    group "shop_" {
        /// Refunds.
        static REFUNDS: Counter = "refunds";
        /// Returns.
        static RETURNS: Counter = "shop_Returns_total";
        /// Time.
        static TIME: Histogram = "return_ms";
        group "deep_" {
            /// Orders.
            static DEEP: Counter = "orders_total";
        }
        static NO_HELP: Counter = "helpless_total";
    }
    /// Orders of the shop.
    static OTHERS: Counter = "shop_refunds_total";
    group {
        /// Orders.
        static NAMELESS: Counter = "orders_total";
    }
}

fn main() {
    ORDERS.inc();
    PAYMENTS.inc();
    DEEP.inc();
}
