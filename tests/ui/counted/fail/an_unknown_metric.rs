use obs::counted;

obs::metrics! {
    /// Orders accepted by the shop.
    pub static ORDERS: Counter = "orders_total";
}

#[counted(metric = ORDRES)]
fn typo() {}

fn main() {
    typo();
}
