//! The service `notifier`: tells the customer that the order is ready.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use obs::{observed, traced};
use tokio::time::sleep;

use crate::bus::{Bus, BusError, Received, Settled, Topic};
use crate::orders::{Order, OrderBuilt};

/// Orders that are remembered, so that a message that comes twice makes one mail.
const MEMORY: usize = 1000;

/// The orders that customers were told of; a bus may deliver a message again.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<VecDeque<u64>>>);

/// Begins to send notifications.
pub async fn start(bus: &Bus) -> Result<(), BusError> {
    let told = Told::default();
    let work = move |event| {
        let told = told.clone();
        async move {
            on_order_built(told, event).await;
            Settled::Done
        }
    };
    bus.read(Topic::OrdersBuilt, obs::service("notifier"), work).await
}

/// The last service of the trace.
#[traced(
    consumer, envelope = event, destination = "orders.built",
    fields(order.id = event.message.order.id)
)]
async fn on_order_built(told: Told, event: Received<OrderBuilt>) {
    let OrderBuilt { order, failure, .. } = event.message;
    if told.knows(order.id) {
        tracing::info!(order.id, "customer was told already");
        return;
    }
    send_mail(&order).await;
    told.remember(order.id); // afterwards: rather two mails than none
    tracing::info!(order.id, failure, "customer told");
}

/// Hands a mail to the mail server.
#[observed(fields(order.id = order.id))]
async fn send_mail(order: &Order) {
    sleep(Duration::from_millis(2 + order.id % 8)).await;
}

impl Told {
    fn knows(&self, order: u64) -> bool {
        self.locked().contains(&order)
    }

    fn remember(&self, order: u64) {
        let mut orders = self.locked();
        if orders.len() == MEMORY {
            orders.pop_front();
        }
        orders.push_back(order);
    }

    fn locked(&self) -> MutexGuard<'_, VecDeque<u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
