obs::metrics! {
    /// Orders.
    static ORDERS: Counter = "orders_total" { a: bool, b: bool, c: bool } max_series = 7;
    /// More orders.
    static MORE: Counter = "more_total" { a: bool, b: bool, c: bool } max_series = 8;
}

fn main() {}
