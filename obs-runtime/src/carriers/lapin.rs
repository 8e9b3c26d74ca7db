//! RabbitMQ and its like, by [`lapin`]: AMQP 0.9.1 headers carry contexts, properties and deliveries are envelopes.

use std::collections::BTreeMap;
use std::mem;
use std::ops::ControlFlow;

use lapin::BasicProperties;
use lapin::message::Delivery as Received;
use lapin::types::{AMQPValue, FieldTable, LongString, ShortString};

use crate::context::{Carrier, Delivery, Envelope, Propagated};

/// The header in which a quorum queue counts how often it had delivered a message before.
const DELIVERED_BEFORE: &str = "x-delivery-count";

/// Names keep their case and may differ by it alone: all spellings are found. Texts and bytes are values, numbers and
/// tables are not.
impl Carrier for FieldTable {
    fn get_all(&self, name: &str, each: &mut dyn FnMut(&[u8]) -> ControlFlow<()>) -> ControlFlow<()> {
        self.inner()
            .iter()
            .filter(|(key, _)| key.as_str().eq_ignore_ascii_case(name))
            .filter_map(|(_, value)| text(value))
            .try_for_each(each)
    }

    fn set(&mut self, name: &'static str, value: &str) {
        self.remove(name);
        if let Ok(name) = ShortString::try_new(name) {
            self.insert(name, AMQPValue::LongString(LongString::from(value)));
        }
    }

    fn remove(&mut self, name: &'static str) {
        let is = |key: &ShortString| key.as_str().eq_ignore_ascii_case(name);
        if self.inner().keys().any(is) {
            // The table gives nothing back: the others move to a new one.
            let others = self.inner().iter().filter(|(key, _)| !is(key));
            *self = FieldTable::from(others.map(|(k, v)| (k.clone(), v.clone())).collect::<BTreeMap<_, _>>());
        }
    }

    fn kind(&self) -> &'static str {
        "amqp"
    }
}

fn text(value: &AMQPValue) -> Option<&[u8]> {
    match value {
        AMQPValue::LongString(text) => Some(text.as_bytes()),
        AMQPValue::ShortString(text) => Some(text.as_str().as_bytes()),
        AMQPValue::ByteArray(bytes) => Some(bytes.as_slice()),
        _ => None,
    }
}

impl Envelope for FieldTable {
    fn stamp(&mut self, context: &Propagated) {
        context.write_to(self);
    }

    fn context(&self) -> Propagated {
        Propagated::from_carrier(self)
    }
}

/// The context is in the headers; the property `correlation_id`, which belongs to requests and their replies, is left alone.
impl Envelope for BasicProperties {
    fn stamp(&mut self, context: &Propagated) {
        let mut headers = self.headers().clone();
        context.write_to(&mut headers);
        if let Some(headers) = headers {
            *self = mem::take(self).with_headers(headers);
        }
    }

    fn context(&self) -> Propagated {
        Propagated::from_carrier(self.headers())
    }

    fn delivery(&self) -> Delivery {
        Delivery { message_id: self.message_id().as_ref().map(ToString::to_string), ..Delivery::default() }
    }
}

/// How often it was delivered is known exactly of a quorum queue alone; any other says `redelivered`, which is at least the
/// second time.
impl Envelope for Received {
    fn stamp(&mut self, context: &Propagated) {
        self.properties.stamp(context);
    }

    fn context(&self) -> Propagated {
        self.properties.context()
    }

    fn delivery(&self) -> Delivery {
        let headers = self.properties.headers().as_ref();
        let before = headers.and_then(|headers| number(headers.inner().get(DELIVERED_BEFORE)?));
        Delivery {
            attempt: Some(before.unwrap_or(u64::from(self.redelivered)).saturating_add(1)),
            body_size: u64::try_from(self.data.len()).ok(),
            ..self.properties.delivery()
        }
    }
}

fn number(value: &AMQPValue) -> Option<u64> {
    match *value {
        AMQPValue::ShortShortInt(n) => u64::try_from(n).ok(),
        AMQPValue::ShortShortUInt(n) => Some(n.into()),
        AMQPValue::ShortInt(n) => u64::try_from(n).ok(),
        AMQPValue::ShortUInt(n) => Some(n.into()),
        AMQPValue::LongInt(n) => u64::try_from(n).ok(),
        AMQPValue::LongUInt(n) => Some(n.into()),
        AMQPValue::LongLongInt(n) => u64::try_from(n).ok(),
        _ => None,
    }
}
