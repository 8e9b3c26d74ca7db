//! The bus over NATS JetStream: one stream, and a durable pull consumer a topic that acknowledges after the work.
//!
//! At least once: what was not acknowledged comes again, to whoever reads then.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use async_nats::ConnectOptions;
use async_nats::connection::State;
use async_nats::jetstream::consumer::{PullConsumer, pull};
use async_nats::jetstream::context::{Context, ContextBuilder};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::{AckKind, Message, stream};
use bytes::Bytes;
use futures_core::Stream;
use obs::Envelope;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, timeout};

use super::{BusError, READERS, Settled, Topic, Work};

/// The stream of the shop.
const STREAM: &str = "SHOP";
/// Messages that the stream holds; then it refuses.
const STREAM_CAPACITY: i64 = 100_000;
/// How often a message is delivered before it is given up.
const ATTEMPTS: u32 = 5;
/// How long a broker is waited for when the program starts.
const AT_START: Duration = Duration::from_secs(10);
/// How long a broker that went away is waited for before a message is refused.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long one answer of the broker is waited for.
const ANSWER: Duration = Duration::from_secs(1);
/// What is waited before the broker is asked again.
const PAUSE: Duration = Duration::from_millis(100);
/// How long a request for messages stands.
const REQUEST: Duration = Duration::from_secs(2);
/// How often the broker says that it is there while it has no message; twice that without a word, and it is asked anew.
const HEARTBEAT: Duration = Duration::from_millis(500);

/// Where the broker is, and how long it waits for an acknowledgement.
#[derive(Clone, Debug)]
pub struct Broker {
    pub server: String,
    pub ack_wait: Duration,
}

/// A broker that could not be reached, or has no JetStream.
#[derive(Debug)]
pub struct ConnectError {
    server: String,
    cause: String,
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ConnectError { server, cause } = self;
        write!(f, "no JetStream at {server}: {cause}; start a broker with `nats-server -js`, ")?;
        f.write_str("or say with `--nats nats://HOST:PORT` where it is")
    }
}

impl std::error::Error for ConnectError {}

/// A connection, which is made again whenever it is lost.
pub(super) struct Nats {
    stream: Context,
    ack_wait: Duration,
    /// One permit for each message that may be worked on.
    readers: Arc<Semaphore>,
}

impl Nats {
    pub(super) async fn connect(broker: &Broker) -> Result<Self, ConnectError> {
        let deadline = Instant::now() + AT_START;
        let mut said = false;
        loop {
            let cause = match Self::try_connect(broker).await {
                Ok(nats) => return Ok(nats),
                Err(cause) => cause.to_string(),
            };
            let server = broker.server.clone();
            if Instant::now() >= deadline {
                return Err(ConnectError { server, cause });
            }
            if !said {
                eprintln!("shop: no JetStream at {server} yet ({cause}); waiting {} s", AT_START.as_secs());
                said = true;
            }
            sleep(PAUSE).await;
        }
    }

    async fn try_connect(broker: &Broker) -> Result<Self, async_nats::Error> {
        let client = ConnectOptions::new()
            .name("shop")
            .connection_timeout(ANSWER)
            .reconnect_delay_callback(|_| PAUSE)
            .connect(&broker.server)
            .await?;
        let context = ContextBuilder::new().timeout(ANSWER).build(client);
        let stream = stream::Config {
            name: STREAM.to_owned(),
            subjects: Topic::ALL.map(|topic| topic.name().to_owned()).into(),
            // Gone when it was acknowledged, refused when there is no room: nothing is dropped.
            retention: stream::RetentionPolicy::WorkQueue,
            discard: stream::DiscardPolicy::New,
            max_messages: STREAM_CAPACITY,
            ..stream::Config::default()
        };
        context.get_or_create_stream(stream).await?;
        let readers = Arc::new(Semaphore::new(READERS));
        Ok(Nats { stream: context, ack_wait: broker.ack_wait, readers })
    }

    /// Puts a message into the stream, and waits until the stream says that it is there. The broker is asked again while it
    /// is away; it knows by the id what it has already.
    pub(super) async fn publish(&self, topic: Topic, id: &str, bytes: Bytes) -> Result<(), BusError> {
        let put = async {
            while let Err(error) = self.put(topic, id, bytes.clone()).await {
                tracing::warn!(message.id = id, %error, "the stream did not take the message; once more");
                sleep(PAUSE).await;
            }
        };
        timeout(PATIENCE, put).await.map_err(|_| BusError::Away)
    }

    async fn put(&self, topic: Topic, id: &str, bytes: Bytes) -> Result<(), async_nats::Error> {
        // What is given to a client without a connection is sent when there is one, however late that is.
        while self.stream.client().connection_state() != State::Connected {
            sleep(PAUSE).await;
        }
        let message = PublishMessage::build().payload(bytes).message_id(id);
        let taken = self.stream.send_publish(topic.name(), message).await?.await?;
        if taken.duplicate {
            tracing::info!(message.id = id, "the stream has the message already");
        }
        Ok(())
    }

    /// Reads a topic for as long as the process lives.
    pub(super) async fn read(
        self: &Arc<Self>,
        topic: Topic,
        service: obs::Service,
        work: Work,
    ) -> Result<(), BusError> {
        let consumer = self.consumer(topic).await.map_err(|error| {
            tracing::error!(topic = topic.name(), %error, "no consumer");
            BusError::Away
        })?;
        let nats = Arc::clone(self);
        tokio::spawn(service.scope(async move {
            loop {
                if let Err(error) = nats.read_on(&consumer, service, &work).await {
                    tracing::warn!(topic = topic.name(), %error, "reading begins again");
                }
                sleep(PAUSE).await;
            }
        }));
        Ok(())
    }

    async fn consumer(&self, topic: Topic) -> Result<PullConsumer, async_nats::Error> {
        let config = pull::Config {
            durable_name: Some(durable(topic)),
            filter_subject: topic.name().to_owned(),
            ack_wait: self.ack_wait,
            max_deliver: ATTEMPTS.into(),
            ..pull::Config::default()
        };
        // Made or brought up to date: `ack_wait` is that of the process that began last.
        Ok(self.stream.create_consumer_on_stream(config, STREAM).await?)
    }

    /// Reads until something goes wrong.
    async fn read_on(
        &self,
        consumer: &PullConsumer,
        service: obs::Service,
        work: &Work,
    ) -> Result<(), async_nats::Error> {
        let request = consumer.stream().max_messages_per_batch(READERS).expires(REQUEST).heartbeat(HEARTBEAT);
        let mut messages = request.messages().await?;
        while let Some(message) = poll_fn(|cx| Pin::new(&mut messages).poll_next(cx)).await {
            let message = message?;
            let reader = Arc::clone(&self.readers).acquire_owned().await?;
            let delivery = message.delivery();
            let attempt = delivery.attempt.unwrap_or(1);
            let begun = work(&message.payload, delivery);
            tokio::spawn(service.scope(async move {
                let settled = match begun.map(tokio::spawn) {
                    // A task of its own: a panic ends there.
                    Some(work) => work.await.unwrap_or(Settled::Again),
                    None => Settled::Done, // unreadable, and would be so again
                };
                settle(&message, settled, attempt).await;
                drop(reader);
            }));
        }
        Ok(())
    }

    pub(super) async fn backlog(&self, topic: Topic) -> Result<usize, BusError> {
        let consumer: PullConsumer = self
            .stream
            .get_consumer_from_stream(durable(topic), STREAM)
            .await
            .map_err(|_| self.without_answer(topic))?;
        let info = consumer.cached_info();
        Ok(usize::try_from(info.num_pending).unwrap_or(usize::MAX).saturating_add(info.num_ack_pending))
    }

    pub(super) async fn drained(&self) {
        for topic in Topic::ALL {
            while self.backlog(topic).await != Ok(0) {
                sleep(PAUSE).await;
            }
        }
    }

    pub(super) async fn at_rest(&self) {
        // Whoever has all permits has them for good.
        if let Ok(all) = self.readers.acquire_many(READERS as u32).await {
            all.forget();
        }
    }

    /// Tells whether the broker has the stream. While there is no connection nothing is asked: the client would keep it.
    pub(super) async fn answers(&self) -> Result<(), BusError> {
        if self.stream.client().connection_state() != State::Connected {
            return Err(BusError::Away);
        }
        self.stream.get_stream(STREAM).await.map(drop).map_err(|_| BusError::Away)
    }

    /// Nobody reads what a broker that is there does not know of.
    fn without_answer(&self, topic: Topic) -> BusError {
        match self.stream.client().connection_state() {
            State::Connected => BusError::NoReader(topic),
            _ => BusError::Away,
        }
    }
}

/// Tells the broker what became of a message. Where that does not arrive, the message comes again.
async fn settle(message: &Message, settled: Settled, attempt: u64) {
    let ack = match settled {
        Settled::Done => AckKind::Ack,
        Settled::Again if attempt < ATTEMPTS.into() => AckKind::Nak(Some(PAUSE)),
        Settled::Again => {
            tracing::error!(subject = %message.subject, attempt, "given up");
            AckKind::Term
        }
    };
    if let Err(error) = message.ack_with(ack).await {
        tracing::warn!(subject = %message.subject, %error, "not acknowledged");
    }
}

/// The name of a topic's consumer.
fn durable(topic: Topic) -> String {
    topic.name().replace('.', "-")
}
