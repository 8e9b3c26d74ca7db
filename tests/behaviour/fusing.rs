//! Stacked attributes make one guard, in whichever order they are written.

use obs::Outcome;
use obs::testing::capture;

obs::metrics! {
    /// Orders by region.
    static ORDERS: Counter = "fusing_orders_total" { region: Region, outcome: obs::Outcome };
    /// Time of an order.
    static ORDER_TIME: Histogram = "fusing_order_duration_seconds" { region: Region };
}

#[derive(obs::Label, Clone, Copy)]
enum Region {
    Eu,
    Us,
}

struct Order {
    region: Region,
}

fn consume(_order: Order) {}

#[obs::traced]
#[obs::counted(metric = ORDERS, region = order.region)]
#[obs::timed(metric = ORDER_TIME, region = order.region)]
fn traced_first(order: Order) -> Result<(), ()> {
    consume(order); // labels are read before the body moves it
    Ok(())
}

#[obs::timed(metric = ORDER_TIME, region = order.region)]
#[obs::counted(metric = ORDERS, region = order.region)]
#[obs::counted]
#[obs::traced(name = "last")]
async fn traced_last(order: Order) -> Result<(), ()> {
    consume(order);
    Err(())
}

#[test]
fn every_order_of_attributes_gives_every_signal_once() {
    capture(|t| {
        assert!(traced_first(Order { region: Region::Eu }).is_ok());
        assert!(crate::block_on(traced_last(Order { region: Region::Us })).is_err());
        assert_eq!(t.tree(), "traced_first ok\nlast error error.type=()\n");
        assert_eq!(t.counter_with(&ORDERS, ORDERS { region: Region::Eu }, Outcome::Ok), 1);
        assert_eq!(t.counter_with(&ORDERS, ORDERS { region: Region::Us }, Outcome::Error), 1);
        assert_eq!(t.histogram(&ORDER_TIME, ORDER_TIME { region: Region::Us }).count, 1);
        assert_eq!(t.calls("traced_last", Outcome::Error), 1);
        assert_eq!(t.calls("traced_first", Outcome::Ok), 0, "it names its own counter only");
    });
}
