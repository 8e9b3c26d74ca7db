use obs::{counted, timed};

obs::metrics! {
    /// Orders accepted by the shop.
    pub static ORDERS: Counter = "orders_total";
    /// Time from request to receipt.
    pub static ORDER_TIME: Histogram = "order_duration_seconds";
}

#[timed(metric = ORDERS)]
fn timed_by_a_counter() {}

#[counted(metric = ORDER_TIME)]
fn counted_on_a_histogram() {}

fn main() {
    timed_by_a_counter();
    counted_on_a_histogram();
}
