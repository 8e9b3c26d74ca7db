//! Messages that carry the context.

use telemetry::{Envelope, Propagated, traced};

/// A message.
#[derive(Envelope, Debug)]
#[envelope(crate = ::telemetry)]
pub struct Placed {
    #[envelope(context)]
    context: Propagated,
    /// The order.
    pub id: u64,
}

/// Sends a message.
#[traced(crate = ::telemetry, producer, envelope = event, destination = "orders.placed")]
pub fn publish(event: &mut Placed) -> Propagated {
    event.context.clone()
}

/// Handles one.
///
/// # Errors
///
/// Fails for order 0.
#[traced(crate = ::telemetry, consumer, envelope = event, destination = "orders.placed")]
pub async fn on_placed(event: Placed) -> Result<u64, String> {
    std::future::ready(event.id).await.checked_sub(1).ok_or_else(|| "no order".to_owned())
}
