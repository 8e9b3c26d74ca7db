obs::metrics! {
    /// Orders.
    static ORDERS: Counter = "orders_total" { region: Region, outcome: obs::Outcome };
    /// Depth.
    static DEPTH: Gauge = "depth" { region: Region };
}

#[derive(obs::Label, Clone, Copy)]
enum Region {
    Eu,
}

fn main() {
    let region = Region::Eu;
    ORDERS.with(ORDERS { region }).inc();
    ORDERS.inc();
    ORDERS.with(ORDERS {}).outcome(obs::Outcome::Ok).inc();
    ORDERS.with(ORDERS { region: true }).outcome(obs::Outcome::Ok).inc();
    DEPTH.set(1.0);
    DEPTH.with(DEPTH { region }).observe(1.0);
}
