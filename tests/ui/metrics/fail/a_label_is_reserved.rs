obs::metrics! {
    /// Orders.
    static ORDERS: Counter = "orders_total" { job: bool, instance: bool, quantile: bool, service_name: bool, __x: bool };
    /// More orders.
    static MORE: Counter = "more_total" { orderKind: bool, #[serde] kind: bool };
}

fn main() {}
