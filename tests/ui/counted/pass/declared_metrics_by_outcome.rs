#![deny(warnings, clippy::pedantic)]

use obs::{counted, observed, timed, traced};

mod shop {
    obs::metrics! {
        /// Orders accepted by the shop.
        pub static ORDERS: Counter = "orders_total" { region: crate::Region, outcome: obs::Outcome };
        /// Time from request to receipt.
        pub static ORDER_TIME: Histogram = "order_duration_seconds" { region: crate::Region } buckets = [0.005, 0.5];
        /// Orders looked at.
        pub static VIEWS: Counter = "views_total";
    }
}

use shop::ORDER_TIME;

#[derive(obs::Label, Clone, Copy)]
pub enum Region {
    Eu,
    Us,
}

struct Order {
    region: Region,
    items: Vec<String>,
}

#[traced(fields(items = order.items.len()))]
#[counted(metric = shop::ORDERS, region = order.region)]
#[timed(metric = ORDER_TIME, region = order.region, in_flight)]
#[counted(metric = shop::VIEWS)]
#[counted]
fn place(order: Order) -> Result<Vec<String>, String> {
    if order.items.is_empty() {
        return Err("nothing ordered".to_owned());
    }
    Ok(order.items)
}

#[counted(metric = shop::VIEWS)]
#[observed]
async fn view() {}

#[timed(metric = ORDER_TIME, region = if fast { Region::Eu } else { Region::Us })]
fn timed_alone(fast: bool) {
    assert!(fast || !fast);
}

fn main() {
    let order = |items| Order { region: Region::Us, items };
    assert!(place(order(Vec::new())).is_err());
    assert_eq!(place(order(vec!["book".to_owned()])).unwrap(), ["book"]);
    drop(view());
    timed_alone(true);
}
