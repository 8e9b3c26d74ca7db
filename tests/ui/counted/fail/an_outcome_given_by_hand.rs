use obs::counted;

obs::metrics! {
    /// Orders accepted by the shop.
    pub static ORDERS: Counter = "orders_total" { outcome: obs::Outcome };
}

#[counted(metric = ORDERS, outcome = obs::Outcome::Ok)]
fn place() {}

fn main() {
    place();
}
