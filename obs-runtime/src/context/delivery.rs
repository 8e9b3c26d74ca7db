//! What a bus tells of a message.

/// What a bus tells of a message: attributes of the span that handles it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delivery {
    /// How often the message was delivered, this time included: `messaging.message.delivery_attempt`.
    pub attempt: Option<u64>,
    /// The id that the bus knows it by: `messaging.message.id`.
    pub message_id: Option<String>,
    /// The bytes of its body: `messaging.message.body.size`.
    pub body_size: Option<u64>,
}
