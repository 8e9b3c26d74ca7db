//! Redis streams, by [`redis`]: entries are envelopes, and carry contexts in their fields.
//!
//! What is added to a stream is a list of fields, `Vec<(String, String)>`: a carrier and an envelope by itself.

use std::ops::ControlFlow;

use redis::Value;
use redis::streams::StreamId;

use crate::context::{Carrier, Delivery, Envelope, Propagated};

/// Fields are found in any case; those that are no text carry nothing.
impl Carrier for StreamId {
    fn get_all(&self, name: &str, each: &mut dyn FnMut(&[u8]) -> ControlFlow<()>) -> ControlFlow<()> {
        self.map
            .iter()
            .filter(|(key, _)| key.eq_ignore_ascii_case(name))
            .filter_map(|(_, value)| text(value))
            .try_for_each(each)
    }

    fn set(&mut self, name: &'static str, value: &str) {
        self.remove(name);
        self.map.insert(name.to_owned(), Value::BulkString(value.into()));
    }

    fn remove(&mut self, name: &'static str) {
        self.map.retain(|key, _| !key.eq_ignore_ascii_case(name));
    }

    fn kind(&self) -> &'static str {
        "redis"
    }
}

fn text(value: &Value) -> Option<&[u8]> {
    match value {
        Value::BulkString(bytes) => Some(bytes),
        Value::SimpleString(text) | Value::VerbatimString { text, .. } => Some(text.as_bytes()),
        _ => None,
    }
}

/// The id is the entry's. How often it was delivered is known where the reply says so, as that of `XREADGROUP` with `CLAIM`
/// does; `XPENDING` tells it of all others, and `delivered_count` may be set by what it told.
impl Envelope for StreamId {
    fn stamp(&mut self, context: &Propagated) {
        context.write_to(self);
    }

    fn context(&self) -> Propagated {
        Propagated::from_carrier(self)
    }

    fn delivery(&self) -> Delivery {
        Delivery {
            attempt: self.delivered_count.and_then(|count| u64::try_from(count).ok()),
            message_id: Some(self.id.clone()),
            body_size: None,
        }
    }
}
