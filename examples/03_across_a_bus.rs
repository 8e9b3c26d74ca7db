//! A trace that travels in a message: the consumer's parent is the producer's span, in whatever process it runs.
//!
//! ```text
//! take_order ok
//! `- send (producer) ok messaging.destination.name=orders messaging.operation.name=send messaging.operation.type=send
//!    `- on_order (consumer) ok messaging.destination.name=orders messaging.operation.name=process messaging.operation.type=process
//! ```

use std::sync::mpsc::Sender;

use obs::traced;
use serde::{Deserialize, Serialize};

#[derive(obs::Envelope, Serialize, Deserialize)]
struct Order {
    #[envelope(context)]
    #[serde(default)]
    context: obs::Propagated,
    loaves: u32,
}

#[traced]
fn take_order(bus: &Sender<String>) -> Result<(), serde_json::Error> {
    send(bus, Order { context: Default::default(), loaves: 3 })
}

#[traced(producer, envelope = order, destination = "orders")]
fn send(bus: &Sender<String>, mut order: Order) -> Result<(), serde_json::Error> {
    let _nobody_listens = bus.send(serde_json::to_string(&order)?);
    Ok(())
}

#[traced(consumer, envelope = order, destination = "orders")]
fn on_order(order: Order) -> u32 {
    order.loaves
}

fn main() -> Result<(), serde_json::Error> {
    obs::testing::capture(|telemetry| {
        let (bus, orders) = std::sync::mpsc::channel();
        take_order(&bus)?;
        drop(bus);
        for text in orders {
            on_order(serde_json::from_str(&text)?);
        }
        print!("{}", telemetry.tree());
        Ok(())
    })
}
