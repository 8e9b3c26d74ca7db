obs::metrics! {
    /// Orders.
    static ORDERS: Counter = "orders_total" { tenant: dynamic, route: dynamic };
    /// Payments.
    static PAYMENTS: Counter = "payments_total" { tenant: dynamic };
}

struct Opaque;

#[obs::counted(metric = PAYMENTS, tenant = name)]
fn pay(name: String) {}

fn main() {
    ORDERS.with(ORDERS { tenant: "acme", route: ORDERS::route("/") }).inc();
    ORDERS.with(ORDERS { tenant: ORDERS::route("/"), route: ORDERS::route("/") }).inc();
    ORDERS.with(ORDERS { tenant: PAYMENTS::tenant("acme"), route: ORDERS::route("/") }).inc();
    ORDERS.with(ORDERS { tenant: ORDERS::tenant(Opaque), route: ORDERS::roote("/") }).inc();
}
