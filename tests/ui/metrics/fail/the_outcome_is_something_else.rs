obs::metrics! {
    /// Orders.
    static ORDERS: Counter = "orders_total" { outcome: bool };
    /// Depth.
    static DEPTH: Gauge = "depth" { outcome: obs::Outcome };
    /// Shipments.
    static SHIPPED: Counter = "shipped_total" { outcome: Outcome };
}

#[derive(obs::Label, Clone, Copy)]
enum Outcome {
    Fine,
}

fn main() {}
