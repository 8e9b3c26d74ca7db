//! The bus inside the process: bounded topics, one group of readers each, messages as JSON bytes.

use std::sync::{Arc, OnceLock};

use obs::Delivery;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::{BusError, READERS, Topic, Work};

/// Messages that may be under way in a topic, those that are worked on included.
pub(super) const CAPACITY: u32 = 1024;

/// The topics; clones are the same.
#[derive(Clone, Default)]
pub(super) struct Local(Arc<Topics>);

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
    id: String,
    bytes: Vec<u8>,
    room: OwnedSemaphorePermit,
}

impl Local {
    /// Puts a message into a topic; never waits.
    pub(super) fn publish(&self, topic: Topic, id: String, bytes: Vec<u8>) -> Result<(), BusError> {
        let queue = self.queue(topic)?;
        let room = Arc::clone(&queue.room).try_acquire_owned().map_err(|_| BusError::Full(topic))?;
        queue.sender.send(Message { id, bytes, room }).map_err(|_| BusError::NoReader(topic))
    }

    /// Reads a topic. A message comes once, whatever becomes of it.
    pub(super) fn read(&self, topic: Topic, service: obs::Service, work: Work) -> Result<(), BusError> {
        let (sender, mut messages) = mpsc::unbounded_channel::<Message>();
        let room = Arc::new(Semaphore::new(CAPACITY as usize));
        self.slot(topic).set(Queue { sender, room }).map_err(|_| BusError::HasReader(topic))?;
        let readers = Arc::new(Semaphore::new(READERS));
        tokio::spawn(service.scope(async move {
            while let Some(Message { id, bytes, room }) = messages.recv().await
                && let Ok(reader) = Arc::clone(&readers).acquire_owned().await
            {
                let mut delivery = Delivery::default();
                delivery.message_id = Some(id);
                if let Some(work) = work(&bytes, delivery) {
                    tokio::spawn(async move {
                        let _held = (room, reader);
                        work.await
                    });
                }
            }
        }));
        Ok(())
    }

    pub(super) fn backlog(&self, topic: Topic) -> Result<usize, BusError> {
        Ok(CAPACITY as usize - self.queue(topic)?.room.available_permits())
    }

    pub(super) async fn drained(&self) {
        for queue in [self.0.placed.get(), self.0.built.get()].into_iter().flatten() {
            let _room = queue.room.acquire_many(CAPACITY).await;
        }
    }

    /// Tells whether every topic has readers, and they keep up.
    pub(super) fn keeps_up(&self) -> Result<(), BusError> {
        for topic in Topic::ALL {
            if self.backlog(topic)? >= CAPACITY as usize {
                return Err(BusError::Full(topic));
            }
        }
        Ok(())
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

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)] // a test fails by panicking
mod tests {
    use std::sync::Mutex;

    use super::super::{Bus, Received, Settled};
    use super::*;

    #[tokio::test]
    async fn every_message_is_worked_on_once_also_around_a_panic() {
        let bus = Bus::local();
        let placed = Topic::OrdersPlaced;
        assert_eq!(bus.publish(placed, 0, &0).await, Err(BusError::NoReader(placed)));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let list = Arc::clone(&seen);
        let read = move |number: Received<u64>| {
            let list = Arc::clone(&list);
            async move {
                list.lock().unwrap().push(number.message);
                assert!(number.message != 3, "on purpose");
                Settled::Done
            }
        };
        bus.read(placed, obs::service("test"), read).await.unwrap();
        for number in 0..100 {
            bus.publish(placed, number, &number).await.unwrap();
        }
        bus.drained().await;
        seen.lock().unwrap().sort_unstable();
        assert_eq!(*seen.lock().unwrap(), (0..100).collect::<Vec<u64>>());
        assert_eq!(bus.backlog(placed).await, Ok(0));
    }

    #[tokio::test]
    async fn a_full_topic_refuses() {
        let bus = Bus::local();
        let built = Topic::OrdersBuilt;
        let never = |_: Received<u32>| std::future::pending::<Settled>();
        bus.read(built, obs::service("test"), never).await.unwrap();
        for number in 0..CAPACITY {
            bus.publish(built, number.into(), &number).await.unwrap();
        }
        assert_eq!(bus.publish(built, 0, &0).await, Err(BusError::Full(built)));
    }
}
