//! The message bus: inside the process, or NATS JetStream. What the services write is the same for both.
//!
//! Nothing but bytes passes through it, so the trace has to travel in the messages.

mod local;
mod nats;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use obs::{Delivery, LabelValue, Propagated, health_check};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::orders::MESSAGE_SIZE;
use local::Local;
use nats::Nats;
pub use nats::{Broker, ConnectError};

/// Messages of a topic that one process works on at once.
const READERS: usize = 16;

/// The topics of the shop; over NATS the subjects of its stream.
#[derive(obs::Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    #[label(rename = "orders.placed")]
    OrdersPlaced,
    #[label(rename = "orders.built")]
    OrdersBuilt,
}

impl Topic {
    pub const ALL: [Topic; 2] = [Topic::OrdersPlaced, Topic::OrdersBuilt];

    pub fn name(self) -> &'static str {
        Topic::VALUES.get(self.index()).copied().unwrap_or_default()
    }
}

/// A handle to the bus; clones are the same bus.
#[derive(Clone)]
pub struct Bus(Way);

#[derive(Clone)]
enum Way {
    Local(Local),
    Nats(Arc<Nats>),
}

/// Why the bus did not take a message or a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BusError {
    NoReader(Topic),
    HasReader(Topic),
    Full(Topic),
    Unwritable(Topic),
    Away,
}

impl fmt::Display for BusError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BusError::NoReader(topic) => write!(f, "nobody reads {}", topic.name()),
            BusError::HasReader(topic) => write!(f, "{} is read already", topic.name()),
            BusError::Full(topic) => {
                write!(f, "the readers of {} are {} messages behind", topic.name(), local::CAPACITY)
            }
            BusError::Unwritable(topic) => write!(f, "a message for {} is not JSON", topic.name()),
            BusError::Away => f.write_str("the broker does not answer"),
        }
    }
}

impl std::error::Error for BusError {}

/// What becomes of a message that was worked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// The work is done, well or badly; a message that nobody settles, as after a panic, comes again.
    Done,
    /// It comes again: something that it needed was away.
    Again,
}

/// A message as it arrives.
pub struct Received<M> {
    pub message: M,
    delivery: Delivery,
}

impl<M> Received<M> {
    /// Returns how often the message was delivered, this time included.
    pub fn attempt(&self) -> u64 {
        self.delivery.attempt.unwrap_or(1)
    }
}

impl<M: obs::Envelope> obs::Envelope for Received<M> {
    fn stamp(&mut self, context: &Propagated) {
        self.message.stamp(context);
    }

    fn context(&self) -> Propagated {
        self.message.context()
    }

    fn delivery(&self) -> Delivery {
        self.delivery.clone()
    }
}

/// Begins the work on a message, given its bytes and what the bus tells of it; `None` where it cannot be read.
type Work =
    Box<dyn Fn(&[u8], Delivery) -> Option<Pin<Box<dyn Future<Output = Settled> + Send>>> + Send + Sync>;

impl Bus {
    /// Makes a bus inside the process.
    pub fn local() -> Self {
        Bus(Way::Local(Local::default()))
    }

    /// Connects to a broker; waits for one that is not there yet, for a bounded time.
    pub async fn nats(broker: &Broker) -> Result<Self, ConnectError> {
        Nats::connect(broker).await.map(|nats| Bus(Way::Nats(Arc::new(nats))))
    }

    /// Puts a message into a topic, where `key` tells it from all others. When this returns the bus has it; over NATS the
    /// stream has said so, and a key that it saw before is not put there again.
    pub async fn publish(&self, topic: Topic, key: u64, message: &impl Serialize) -> Result<(), BusError> {
        let bytes = serde_json::to_vec(message).map_err(|_| BusError::Unwritable(topic))?;
        let (size, id) = (bytes.len(), format!("{}-{key}", topic.name()));
        match &self.0 {
            Way::Local(local) => local.publish(topic, id, bytes)?,
            Way::Nats(nats) => nats.publish(topic, &id, bytes.into()).await?,
        }
        MESSAGE_SIZE.with(MESSAGE_SIZE { topic }).observe(size as f64);
        Ok(())
    }

    /// Reads a topic: `work` runs under `service` once a message, in a task of its own, so that a panic takes nothing
    /// else with it.
    pub async fn read<M, W, F>(&self, topic: Topic, service: obs::Service, work: W) -> Result<(), BusError>
    where
        M: DeserializeOwned + Send + 'static,
        W: Fn(Received<M>) -> F + Send + Sync + 'static,
        F: Future<Output = Settled> + Send + 'static,
    {
        let begin = move |bytes: &[u8], delivery| match serde_json::from_slice(bytes) {
            Ok(message) => {
                let work = work(Received { message, delivery });
                Some(Box::pin(service.scope(work)) as Pin<Box<dyn Future<Output = Settled> + Send>>)
            }
            Err(error) => {
                tracing::error!(topic = topic.name(), %error, "unreadable message");
                None
            }
        };
        match &self.0 {
            Way::Local(local) => local.read(topic, service, Box::new(begin)),
            Way::Nats(nats) => nats.read(topic, service, Box::new(begin)).await,
        }
    }

    /// Returns how many messages of a topic are under way.
    pub async fn backlog(&self, topic: Topic) -> Result<usize, BusError> {
        match &self.0 {
            Way::Local(local) => local.backlog(topic),
            Way::Nats(nats) => nats.backlog(topic).await,
        }
    }

    /// Waits until every message was worked on.
    pub async fn drained(&self) {
        match &self.0 {
            Way::Local(local) => local.drained().await,
            Way::Nats(nats) => nats.drained().await,
        }
    }

    /// Begins no more work in this process, and waits until what was begun is done. What a broker has stays there.
    pub async fn at_rest(&self) {
        match &self.0 {
            Way::Local(local) => local.drained().await,
            Way::Nats(nats) => nats.at_rest().await,
        }
    }
}

#[obs::health_checks]
impl Bus {
    /// Messages get through: every topic has readers who keep up, or the broker has the stream. Without a bus no order is taken.
    #[health_check(
        name = "bus",
        readiness,
        critical,
        interval = "1s",
        timeout = "500ms",
        failures = 2,
        successes = 2,
        group = "orders",
        tags("broker")
    )]
    async fn works(&self) -> Result<(), BusError> {
        match &self.0 {
            Way::Local(local) => local.keeps_up(),
            Way::Nats(nats) => nats.answers().await,
        }
    }

    /// The shop is open once there is a bus, and who reads it is at work.
    #[health_check(name = "opened", startup, interval = "1s", timeout = "100ms")]
    fn is_open(&self) {}
}
