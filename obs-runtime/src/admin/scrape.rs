//! Scrapes: how many at a time, for how long, and compressed for those who read that.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::stream::{Sink, Streamed, stream};
use super::{Exposition, Routes, Write};
use crate::header::reads_gzip;

/// Scrapes that are rendered at the same time; further ones wait.
pub(super) const RENDERS: usize = 2;

/// Scrapes that wait for their turn, at most: all of them and those that are rendered leave places to probes.
const WAITING: usize = 6;

/// Renders the metrics for those who ask.
pub(super) struct Scrapes {
    /// For those who wait or are rendered.
    queue: Semaphore,
    places: Arc<Semaphore>,
    /// How long a scrape may take, and how long one may wait for its turn: a scraper that has been waiting for a while
    /// rather gets its metrics late than an error, which it takes for a program that is down.
    limit: Duration,
}

/// What a scraper asks for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Asked<'a> {
    pub(super) accept: Option<&'a str>,
    pub(super) accept_encoding: Option<&'a str>,
}

/// What a scraper gets.
pub(super) struct Scrape {
    pub(super) content_type: &'static str,
    pub(super) is_gzip: bool,
    pub(super) body: Streamed,
}

/// Why a scraper gets nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoScrape {
    /// Its turn did not come in time, or too many wait before it.
    Busy,
    /// What renders panicked.
    Broken,
}

impl Scrapes {
    pub(super) fn new(limit: Duration) -> Self {
        let queue = Semaphore::new(RENDERS + WAITING);
        Scrapes { queue, places: Arc::new(Semaphore::new(RENDERS)), limit }
    }

    /// Renders on a thread of its own, so that a large scrape does not hold up the exporters.
    pub(super) async fn begin(&self, routes: &Routes, asked: Asked<'_>) -> Result<Scrape, NoScrape> {
        let Ok(_in_queue) = self.queue.try_acquire() else { return Err(NoScrape::Busy) };
        let turn = timeout(self.limit, Arc::clone(&self.places).acquire_owned()).await;
        let Ok(Ok(place)) = turn else { return Err(NoScrape::Busy) };
        let Exposition { content_type, write } = (routes.metrics)(asked.accept);
        let is_gzip = reads_gzip(asked.accept_encoding);
        let (sink, unread) = stream();
        let work = move || if is_gzip { gzipped(write, sink) } else { plain(write, sink) };
        let (cutter, limit) = (unread.cutter(), self.limit);
        tokio::spawn(async move {
            let mut rendering = tokio::task::spawn_blocking(move || rendered(work, place));
            // Who takes nothing must not keep others from their turn.
            if timeout(limit, &mut rendering).await.is_err() {
                cutter.cut();
            }
        });
        let body = unread.begin().await.ok_or(NoScrape::Broken)?;
        Ok(Scrape { content_type, is_gzip, body })
    }
}

/// Keeps the place for as long as the work takes. Of an error the client knows: it is that nobody reads.
fn rendered(work: impl FnOnce() -> io::Result<()>, place: OwnedSemaphorePermit) {
    let _nobody_reads = work();
    drop(place);
}

fn plain(write: Box<Write>, mut sink: Sink) -> io::Result<()> {
    write(&mut sink)?;
    sink.finish()
}

fn gzipped(write: Box<Write>, sink: Sink) -> io::Result<()> {
    let mut encoder = GzEncoder::new(sink, Compression::fast());
    write(&mut encoder)?;
    encoder.finish()?.finish()
}
