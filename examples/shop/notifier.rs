//! The service `notifier`: tells the customer that the order is ready.

use std::time::Duration;

use obs::{observed, traced};
use tokio::time::sleep;

use crate::bus::{Bus, BusError, Topic};
use crate::orders::{Order, OrderBuilt};

/// Begins to send notifications.
pub fn start(bus: &Bus) -> Result<(), BusError> {
    bus.read(Topic::OrdersBuilt, obs::service("notifier"), on_order_built)
}

/// The last service of the trace.
#[traced(consumer, envelope = event, destination = "orders.built")]
async fn on_order_built(event: OrderBuilt) {
    send_mail(&event.order).await;
    tracing::info!(order.id = event.order.id, "customer told");
}

/// Hands a mail to the mail server.
#[observed(fields(order.id = order.id))]
async fn send_mail(order: &Order) {
    sleep(Duration::from_millis(2 + order.id % 8)).await;
}
