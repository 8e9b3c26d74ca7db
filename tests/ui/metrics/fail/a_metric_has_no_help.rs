obs::metrics! {
    static ORDERS: Counter = "orders_total";
    ///
    static EMPTY: Counter = "empty_total";
}

fn main() {}
