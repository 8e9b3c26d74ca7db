use obs::{counted, timed};

obs::metrics! {
    /// Orders accepted by the shop.
    pub static ORDERS: Counter = "orders_total" { paid: bool };
}

async fn is_paid() -> Option<bool> {
    None
}

#[counted(metric = ORDERS, paid = is_paid().await)]
async fn suspends() {}

#[counted(metric = ORDERS, paid = paid?)]
fn propagates(paid: Option<bool>) -> Option<bool> {
    paid
}

#[timed(metric = ORDERS, paid = { if paid { return } else { false } })]
fn returns(paid: bool) {
    let _ = paid;
}

fn main() {
    drop(is_paid());
    drop(suspends());
    propagates(None);
    returns(true);
}
