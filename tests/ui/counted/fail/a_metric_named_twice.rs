use obs::{counted, timed};

obs::metrics! {
    /// Orders accepted by the shop.
    pub static ORDERS: Counter = "orders_total";
}

#[counted(metric = ORDERS)]
#[timed]
#[counted(metric = ORDERS)]
fn twice() {}

fn main() {
    twice();
}
