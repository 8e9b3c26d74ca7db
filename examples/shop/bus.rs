//! A message bus inside the process: bounded topics, one group of readers each, messages as JSON bytes.
//!
//! A stand-in for NATS or Kafka. Nothing but bytes passes through it, so the trace has to travel in the messages.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, OnceLock};

use obs::health_check;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use crate::orders::MESSAGE_SIZE;

/// Messages that may be under way in a topic, those that are worked on included.
const CAPACITY: u32 = 1024;
/// Messages of a topic that are worked on at once.
const READERS: usize = 16;

/// The topics of the shop.
#[derive(obs::Label, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    #[label(rename = "orders.placed")]
    OrdersPlaced,
    #[label(rename = "orders.built")]
    OrdersBuilt,
}

/// A handle to the bus; clones are the same bus.
#[derive(Clone, Default)]
pub struct Bus(Arc<Topics>);

#[derive(Default)]
struct Topics {
    placed: OnceLock<Queue>,
    built: OnceLock<Queue>,
}

/// The messages of one topic; bounded by `room`, which a message leaves only when it was worked on.
struct Queue {
    sender: mpsc::UnboundedSender<Message>,
    room: Arc<Semaphore>,
}

struct Message {
    bytes: Vec<u8>,
    room: OwnedSemaphorePermit,
}

/// Why the bus did not take a message or a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BusError {
    NoReader(Topic),
    HasReader(Topic),
    Full(Topic),
    Unwritable(Topic),
}

impl fmt::Display for BusError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BusError::NoReader(topic) => write!(f, "nobody reads {topic:?}"),
            BusError::HasReader(topic) => write!(f, "{topic:?} is read already"),
            BusError::Full(topic) => write!(f, "the readers of {topic:?} are {CAPACITY} messages behind"),
            BusError::Unwritable(topic) => write!(f, "a message for {topic:?} is not JSON"),
        }
    }
}

impl std::error::Error for BusError {}

impl Bus {
    /// Puts a message into a topic; never waits.
    pub fn publish(&self, topic: Topic, message: &impl Serialize) -> Result<(), BusError> {
        let queue = self.queue(topic)?;
        let room = Arc::clone(&queue.room).try_acquire_owned().map_err(|_| BusError::Full(topic))?;
        let bytes = serde_json::to_vec(message).map_err(|_| BusError::Unwritable(topic))?;
        MESSAGE_SIZE.with(MESSAGE_SIZE { topic }).observe(bytes.len() as f64);
        queue.sender.send(Message { bytes, room }).map_err(|_| BusError::NoReader(topic))
    }

    /// Reads a topic: `work` runs under `service` once a message, in a task of its own, so that a panic takes nothing
    /// else with it.
    pub fn read<M, W, F>(&self, topic: Topic, service: obs::Service, work: W) -> Result<(), BusError>
    where
        M: DeserializeOwned + Send + 'static,
        W: Fn(M) -> F + Send + 'static,
        F: Future<Output: Send> + Send + 'static,
    {
        let (sender, mut messages) = mpsc::unbounded_channel::<Message>();
        let room = Arc::new(Semaphore::new(CAPACITY as usize));
        self.slot(topic).set(Queue { sender, room }).map_err(|_| BusError::HasReader(topic))?;
        let readers = Arc::new(Semaphore::new(READERS));
        tokio::spawn(service.scope(async move {
            while let Some(Message { bytes, room }) = messages.recv().await
                && let Ok(reader) = Arc::clone(&readers).acquire_owned().await
            {
                match serde_json::from_slice(&bytes).map(&work) {
                    Ok(work) => drop(tokio::spawn(service.scope(async move {
                        let _held = (room, reader);
                        work.await
                    }))),
                    Err(error) => tracing::error!(?topic, %error, "unreadable message"),
                }
            }
        }));
        Ok(())
    }

    /// Returns how many messages of a topic are under way.
    pub fn backlog(&self, topic: Topic) -> Result<usize, BusError> {
        Ok(CAPACITY as usize - self.queue(topic)?.room.available_permits())
    }

    /// Waits until every message was worked on.
    pub async fn drained(&self) {
        for queue in [self.0.placed.get(), self.0.built.get()].into_iter().flatten() {
            let _room = queue.room.acquire_many(CAPACITY).await;
        }
    }

    fn queue(&self, topic: Topic) -> Result<&Queue, BusError> {
        self.slot(topic).get().ok_or(BusError::NoReader(topic))
    }

    fn slot(&self, topic: Topic) -> &OnceLock<Queue> {
        match topic {
            Topic::OrdersPlaced => &self.0.placed,
            Topic::OrdersBuilt => &self.0.built,
        }
    }
}

/// Every topic has readers, and they keep up.
#[health_check(name = "bus", readiness, critical, interval = "2s", timeout = "500ms")]
async fn bus(bus: obs::State<Bus>) -> Result<(), BusError> {
    for topic in [Topic::OrdersPlaced, Topic::OrdersBuilt] {
        if bus.backlog(topic)? >= CAPACITY as usize {
            return Err(BusError::Full(topic));
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)] // a test fails by panicking
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[tokio::test]
    async fn every_message_is_worked_on_once_also_around_a_panic() {
        let bus = Bus::default();
        assert_eq!(bus.publish(Topic::OrdersPlaced, &0), Err(BusError::NoReader(Topic::OrdersPlaced)));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let list = Arc::clone(&seen);
        let read = move |number: u32| {
            let list = Arc::clone(&list);
            async move {
                list.lock().unwrap().push(number);
                assert!(number != 3, "on purpose");
            }
        };
        bus.read(Topic::OrdersPlaced, obs::service("test"), read).unwrap();
        (0..100).for_each(|number| bus.publish(Topic::OrdersPlaced, &number).unwrap());
        bus.drained().await;
        seen.lock().unwrap().sort_unstable();
        assert_eq!(*seen.lock().unwrap(), (0..100).collect::<Vec<u32>>());
        assert_eq!(bus.backlog(Topic::OrdersPlaced), Ok(0));
    }

    #[tokio::test]
    async fn a_full_topic_refuses() {
        let bus = Bus::default();
        bus.read(Topic::OrdersBuilt, obs::service("test"), |_: u32| std::future::pending::<()>()).unwrap();
        let taken = (0..=CAPACITY).map_while(|number| bus.publish(Topic::OrdersBuilt, &number).ok()).count();
        assert_eq!(taken, CAPACITY as usize);
        assert_eq!(bus.publish(Topic::OrdersBuilt, &0), Err(BusError::Full(Topic::OrdersBuilt)));
    }
}
