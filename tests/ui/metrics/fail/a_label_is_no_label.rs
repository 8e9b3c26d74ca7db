obs::metrics! {
    /// Orders.
    static ORDERS: Counter = "orders_total" { customer: String };
    /// More orders.
    static MORE: Counter = "more_total" { region: Region };
}

#[derive(Clone, Copy)]
enum Region {
    Eu,
}

fn main() {}
