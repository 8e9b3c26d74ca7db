//! What goes for every destination.

use std::fmt;
use std::time::Duration;

use super::spool::Place;

/// How requests are made, and how often they are sent.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// The encoding of request bodies.
    pub(crate) compression: Compression,
    /// From the first attempt to send a batch until it is given up.
    pub(crate) timeout: Duration,
    /// The most items that wait (`OTEL_BSP_MAX_QUEUE_SIZE`, `OTEL_BLRP_MAX_QUEUE_SIZE`).
    pub(crate) max_queue_items: usize,
    /// The most bytes that wait.
    pub(crate) max_queue_bytes: usize,
    /// The items that are worth a request of their own.
    pub(crate) batch: usize,
    /// The most items in a request: it grows beyond [`batch`](Self::batch) while it waits for its turn
    /// (`OTEL_BSP_MAX_EXPORT_BATCH_SIZE`, `OTEL_BLRP_MAX_EXPORT_BATCH_SIZE`).
    pub(crate) max_batch: usize,
    /// The most bytes in a request before compression; an item that is larger by itself is `too_large`.
    pub(crate) max_batch_bytes: usize,
    /// The most requests that run at the same time.
    pub(crate) max_in_flight: usize,
    /// How long an item waits for company (`OTEL_BSP_SCHEDULE_DELAY`, `OTEL_BLRP_SCHEDULE_DELAY`).
    pub(crate) schedule_delay: Duration,
    /// How failed attempts are repeated.
    pub(crate) retry: Retry,
    /// The time between two attempts to connect to a destination that cannot be reached.
    pub(crate) reconnect_delay: Duration,
    /// What nobody is told, also where the destination says it back.
    pub(crate) secrets: Secrets,
    /// Where requests wait that cannot be sent and would be lost; every outbox has a folder of its own there.
    pub(crate) spool: Option<Place>,
}

/// Texts that are shown nowhere: values of headers.
#[derive(Clone, Default)]
pub(crate) struct Secrets(Vec<String>);

impl Secrets {
    /// Takes the values of headers; of one with a scheme, as in `Bearer token`, what follows it, too.
    pub(crate) fn of<'a>(values: impl Iterator<Item = &'a str>) -> Self {
        let parts = values.flat_map(|value| [Some(value), value.split_once(' ').map(|(_, rest)| rest)]);
        let mut secrets: Vec<String> = parts.flatten().map(|s| s.trim().to_owned()).collect();
        // What is shorter would be found in words that are none; the longest first, for it may hold another.
        secrets.retain(|secret| secret.len() > 3);
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Secrets(secrets)
    }

    /// Returns a text without them.
    pub(in crate::export) fn hidden_in(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), "***"))
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The encoding of request bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    /// gzip.
    Gzip,
    /// None.
    None,
}

/// How failed attempts are repeated: each wait is twice the one before, give or take a quarter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Retry {
    /// The first wait.
    pub(crate) initial: Duration,
    /// The longest wait.
    pub(crate) max: Duration,
    /// The most attempts, the first included.
    pub(crate) attempts: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            compression: Compression::Gzip,
            timeout: Duration::from_secs(10),
            max_queue_items: 65_536,
            max_queue_bytes: 8 * 1024 * 1024,
            batch: 512,
            max_batch: 8_192,
            max_batch_bytes: 4 * 1024 * 1024,
            max_in_flight: 8,
            schedule_delay: Duration::from_secs(5),
            retry: Retry { initial: Duration::from_secs(1), max: Duration::from_secs(5), attempts: 5 },
            reconnect_delay: Duration::from_secs(5),
            secrets: Secrets::default(),
            spool: None,
        }
    }
}

impl Settings {
    /// Returns the same for requests that come whole: nothing waits for company, only bytes are bounded, and nothing goes to
    /// disk.
    pub(in crate::export) fn of_whole_requests(self) -> Self {
        Settings {
            max_queue_items: usize::MAX,
            batch: usize::MAX,
            max_batch: usize::MAX,
            schedule_delay: Duration::ZERO,
            spool: None,
            ..self
        }
    }
}
