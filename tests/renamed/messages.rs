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

/// What happened.
#[derive(Envelope, Debug)]
#[envelope(crate = ::telemetry)]
pub enum Happened {
    /// A message.
    Placed(Placed),
    /// Another one.
    Paid {
        #[envelope(context)]
        /// Whose it is.
        context: Propagated,
        #[envelope(attempt)]
        /// How often it came.
        attempt: Option<u32>,
    },
}

/// A message as the bus gives it.
#[derive(Envelope, Debug)]
#[envelope(crate = ::telemetry)]
pub struct Delivered<H, M>(
    #[envelope(inner)] M,
    #[envelope(message_id)] u64,
    /// What else there is.
    pub H,
);

/// Handles what was delivered.
#[traced(crate = ::telemetry, consumer, envelope = delivered, trust = link, reply)]
pub async fn on_delivered(delivered: Delivered<u8, Happened>) -> Option<Happened> {
    let Delivered(happened, ..) = std::future::ready(delivered).await;
    Some(happened)
}

/// Handles many.
#[traced(crate = ::telemetry, consumer, batch = happened, destination = "orders")]
#[must_use]
pub fn on_all(happened: &[Happened]) -> usize {
    happened.len()
}

/// Asks for one.
///
/// # Errors
///
/// Fails without an order.
#[traced(crate = ::telemetry, client, envelope = question, reply)]
pub fn ask(question: &mut Placed) -> Result<Happened, String> {
    let context = question.context.clone();
    (question.id > 0)
        .then_some(Happened::Paid { context, attempt: None })
        .ok_or_else(|| "no order".to_owned())
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
