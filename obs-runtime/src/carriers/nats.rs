//! NATS, by [`async_nats`]: headers carry contexts, and messages are envelopes.
//!
//! Of a message from JetStream a consumer's span has the attempt and the id (`Nats-Msg-Id`, or the number in its stream).
//!
//! ```no_run
//! # extern crate obs_runtime as obs;
//! # mod obs { pub use obs::*; }
//! # async fn ask(client: async_nats::Client) -> Result<(), Box<dyn std::error::Error>> {
//! // Inside of a span, which will be the parent of whoever receives them:
//! client.publish_with_headers("orders", obs::nats::headers(), "book".into()).await?;
//! let answer = client.request_with_headers("stock", obs::nats::headers(), "book".into()).await?;
//! let answered_by = obs::extract(&answer.headers);
//! # drop(answered_by);
//! # Ok(())
//! # }
//! ```

use std::ops::ControlFlow;

use async_nats::client::PublishError;
use async_nats::header::NATS_MESSAGE_ID;
use async_nats::message::OutboundMessage;
use async_nats::{Client, HeaderMap, HeaderName, HeaderValue, Message, jetstream};
use bytes::Bytes;

use crate::context::{Carrier, Delivery, Envelope, Propagated, inject};

/// Returns headers with the current context, for every function of the client that takes headers; empty outside every context.
#[must_use = "headers do nothing until they are sent"]
pub fn headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    inject(&mut headers);
    headers
}

/// Answers a request, with the current context in the answer's headers. Nothing is sent where no answer was asked for.
///
/// # Errors
///
/// Those of [`Client::publish_with_headers`], which this is: it waits while the client's buffer is full, and returns when
/// the answer is in it. What is in the buffer is lost with the last handle of the client; [`Client::flush`] waits for it.
pub async fn reply(
    client: &Client,
    request: &Message,
    payload: impl Into<Bytes>,
) -> Result<(), PublishError> {
    match &request.reply {
        Some(inbox) => client.publish_with_headers(inbox.clone(), headers(), payload.into()).await,
        None => Ok(()),
    }
}

/// Names keep their case and may differ by it alone: all spellings are found.
impl Carrier for HeaderMap {
    fn get_all(&self, name: &str, each: &mut dyn FnMut(&[u8]) -> ControlFlow<()>) -> ControlFlow<()> {
        self.iter()
            .filter(|(key, _)| is(key, name))
            .flat_map(|(_, values)| values)
            .try_for_each(|value| each(value.as_str().as_bytes()))
    }

    fn set(&mut self, name: &'static str, value: &str) {
        Carrier::remove(self, name);
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
            self.insert(name, value);
        }
    }

    fn remove(&mut self, name: &'static str) {
        if !self.iter().any(|(key, _)| is(key, name)) {
            return;
        }
        // The map gives nothing back: the others move to a new one.
        let mut others = HeaderMap::new();
        for (key, values) in self.iter().filter(|(key, _)| !is(key, name)) {
            values.iter().for_each(|value| others.append(key.clone(), value.clone()));
        }
        *self = others;
    }

    fn kind(&self) -> &'static str {
        "nats"
    }
}

fn is(key: &HeaderName, name: &str) -> bool {
    AsRef::<str>::as_ref(key).eq_ignore_ascii_case(name)
}

impl Envelope for HeaderMap {
    fn stamp(&mut self, context: &Propagated) {
        context.write_to(self);
    }

    fn context(&self) -> Propagated {
        Propagated::from_carrier(self)
    }
}

impl Envelope for Message {
    fn stamp(&mut self, context: &Propagated) {
        context.write_to(&mut self.headers);
    }

    fn context(&self) -> Propagated {
        Propagated::from_carrier(&self.headers)
    }

    fn delivery(&self) -> Delivery {
        let id = self.headers.as_ref().and_then(|headers| headers.get(NATS_MESSAGE_ID));
        Delivery {
            attempt: None,
            message_id: id.map(ToString::to_string),
            body_size: u64::try_from(self.payload.len()).ok(),
        }
    }
}

impl Envelope for OutboundMessage {
    fn stamp(&mut self, context: &Propagated) {
        context.write_to(&mut self.headers);
    }

    fn context(&self) -> Propagated {
        Propagated::from_carrier(&self.headers)
    }
}

impl Envelope for jetstream::Message {
    fn stamp(&mut self, context: &Propagated) {
        self.message.stamp(context);
    }

    fn context(&self) -> Propagated {
        self.message.context()
    }

    fn delivery(&self) -> Delivery {
        let plain = self.message.delivery();
        match self.info() {
            Ok(info) => Delivery {
                attempt: u64::try_from(info.delivered).ok(),
                message_id: plain.message_id.or_else(|| Some(info.stream_sequence.to_string())),
                ..plain
            },
            Err(_) => plain, // it came without what JetStream tells, as a message that was read directly
        }
    }
}
