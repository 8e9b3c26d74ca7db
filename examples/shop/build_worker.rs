//! The service `build-worker`: builds what was ordered and says so.

use std::fmt;
use std::time::Duration;

use obs::{Health, counted, health_check, observed, traced};
use tokio::time::sleep;

use crate::bus::{Bus, BusError, Received, Settled, Topic};
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
pub async fn start(bus: &Bus) -> Result<(), BusError> {
    let out = bus.clone();
    let work = move |event| {
        let out = out.clone();
        async move {
            match on_order_placed(out, event).await {
                Err(BuildError::Bus(_)) => Settled::Again,
                Ok(()) | Err(BuildError::Shattered) => Settled::Done, // it would shatter again
            }
        }
    };
    bus.read(Topic::OrdersPlaced, obs::service("build-worker"), work).await
}

/// Continues the trace that the message brought; one that comes again continues it again.
#[traced(
    consumer, envelope = event, destination = "orders.placed",
    fields(order.id = event.message.order.id)
)]
async fn on_order_placed(bus: Bus, event: Received<OrderPlaced>) -> Result<(), BuildError> {
    let attempt = event.attempt();
    let order = event.message.order;
    let built = build(&order, attempt).await;
    match &built {
        Ok(()) => tracing::info!(order.id, attempt, "order built"),
        Err(error) => tracing::warn!(order.id, attempt, %error, "build failed"),
    }
    let failure = built.as_ref().err().map(ToString::to_string);
    announce(&bus, OrderBuilt::new(order, failure)).await?;
    built
}

/// Builds one item.
#[observed(fields(order.id = order.id, order.item = %order.item))]
#[counted(metric = BUILDS, region = order.region)]
async fn build(order: &Order, attempt: u64) -> Result<(), BuildError> {
    let millis = match order.item.as_str() {
        "grandfather clock" => 400,
        _ => 8 + order.id * 11 % 40,
    };
    sleep(Duration::from_millis(millis)).await;
    match order.item.as_str() {
        "glass slipper" => Err(BuildError::Shattered),
        #[allow(clippy::panic)] // so that a panic can be seen on the span, the counters and the gauge
        "cursed mirror" if attempt == 1 => {
            panic!("the mirror cracked (on purpose, once: look for the outcome `panicked`)")
        }
        _ => Ok(()),
    }
}

/// Tells the notifier; a bus that knows what it has takes an order once, however often it was built.
#[traced(producer, envelope = event, destination = "orders.built")]
async fn announce(bus: &Bus, mut event: OrderBuilt) -> Result<(), BuildError> {
    bus.publish(Topic::OrdersBuilt, event.order.id, &event).await.map_err(BuildError::Bus)
}

/// How far the workshop is behind.
#[health_check(name = "workshop", readiness, interval = "2s", timeout = "500ms", group = "orders")]
async fn workshop(bus: obs::State<Bus>) -> Result<Health, BusError> {
    let waiting = bus.backlog(Topic::OrdersPlaced).await?;
    let health = match waiting {
        0..=100 => Health::healthy(),
        _ => Health::degraded(format!("{waiting} orders wait")),
    };
    Ok(health.with("waiting", waiting as u64))
}
