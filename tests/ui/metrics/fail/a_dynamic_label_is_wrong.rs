obs::metrics! {
    /// Orders.
    static ORDERS: Counter = "orders_total" { tenant: dynamic(max = 0) };
    /// More.
    static MORE: Counter = "more_total" { tenant: dynamic(name, max = 5) };
    /// Many.
    static MANY: Counter = "many_total" { tenant: dynamic(max = 600), express: bool };
    /// The outcome.
    static ENDS: Counter = "ends_total" { outcome: dynamic, error_type: dynamic(max = 2) };
    /// Always the same.
    static SAME: Counter = "same_total" { region = "eu" };
}

fn main() {}
