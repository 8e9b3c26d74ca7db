obs::metrics! {
    /// Orders.
    static ORDERS: Counter = "orders_total";
    /// More orders.
    static MORE: Counter = "orders_total";
    /// Other orders.
    static ORDERS: Counter = "other_orders_total";
}

fn main() {}
