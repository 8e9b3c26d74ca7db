//! The service `build-worker`: builds what was ordered and says so.

use std::fmt;
use std::time::Duration;

use obs::{Health, counted, health_check, observed, traced};
use tokio::time::sleep;

use crate::bus::{Bus, BusError, Topic};
use crate::orders::{BUILDS, Order, OrderBuilt, OrderPlaced};

/// Why an order was not built.
#[derive(Debug)]
pub enum BuildError {
    Shattered,
    Bus(BusError),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BuildError::Shattered => f.write_str("it shattered"),
            BuildError::Bus(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for BuildError {}

/// Begins to work on placed orders.
pub fn start(bus: &Bus) -> Result<(), BusError> {
    let out = bus.clone();
    bus.read(Topic::OrdersPlaced, obs::service("build-worker"), move |event| {
        on_order_placed(out.clone(), event)
    })
}

/// Continues the trace that the message brought.
#[traced(consumer, envelope = event, destination = "orders.placed")]
async fn on_order_placed(bus: Bus, event: OrderPlaced) -> Result<(), BuildError> {
    let order = event.order;
    if let Err(error) = build(&order).await {
        tracing::warn!(order.id, %error, "build failed");
        return Err(error);
    }
    announce(&bus, OrderBuilt::new(order))
}

/// Builds one item.
#[observed(fields(order.id = order.id, order.item = %order.item))]
#[counted(metric = BUILDS, region = order.region)]
async fn build(order: &Order) -> Result<(), BuildError> {
    let millis = match order.item.as_str() {
        "grandfather clock" => 400,
        _ => 8 + order.id * 11 % 40,
    };
    sleep(Duration::from_millis(millis)).await;
    match order.item.as_str() {
        "glass slipper" => Err(BuildError::Shattered),
        #[allow(clippy::panic)] // so that a panic can be seen on the span, the counters and the gauge
        "cursed mirror" => panic!("the mirror cracked (on purpose, once: look for the outcome `panicked`)"),
        _ => Ok(()),
    }
}

/// Tells the notifier.
#[traced(producer, envelope = event, destination = "orders.built")]
fn announce(bus: &Bus, mut event: OrderBuilt) -> Result<(), BuildError> {
    bus.publish(Topic::OrdersBuilt, &event).map_err(BuildError::Bus)
}

/// How far the workshop is behind.
#[health_check(name = "workshop", readiness, interval = "2s", timeout = "500ms")]
fn workshop(bus: obs::State<Bus>) -> Health {
    match bus.backlog(Topic::OrdersPlaced) {
        Ok(waiting) if waiting > 100 => Health::Degraded(format!("{waiting} orders wait")),
        Ok(_) => Health::Healthy,
        Err(error) => Health::Unhealthy(error.to_string()),
    }
}
