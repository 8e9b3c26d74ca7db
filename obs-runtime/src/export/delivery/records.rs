//! Exporters of records, which are encoded one by one and leave together.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::outbox::Outbox;
use crate::export::{Exporter, Ledger, Reason};
use crate::record::{Record, Resource, Text};

/// What records become.
pub(in crate::export) trait Form: Send + Sync + 'static {
    /// Returns what a record is grouped by; `None` for one that is not for this destination.
    fn origin<'r>(&self, record: &'r Record) -> Option<Origin<'r>>;

    /// Writes a record behind what `out` holds.
    fn write(&self, record: &Record, out: Vec<u8>) -> Vec<u8>;

    /// Begins a request.
    fn begin(&self) -> Box<dyn Making>;
}

/// Who made a record.
#[derive(Clone, Copy, Debug)]
pub(in crate::export) struct Origin<'a> {
    pub(in crate::export) resource: &'a Arc<Resource>,
    pub(in crate::export) scope: &'a Text,
}

/// A request in the making.
pub(in crate::export) trait Making: Send {
    /// Appends an item.
    fn push(&mut self, item: &Item<'_>);

    /// Gives back memory that was kept for more items.
    fn shrink(&mut self);

    /// Returns the request.
    fn into_bytes(self: Box<Self>) -> Vec<u8>;
}

/// A record in its final bytes. Encoded once, when it is queued, so that the queue's bound in bytes is exact and the
/// record's own memory is free.
#[derive(Debug)]
pub(in crate::export) struct Item<'a> {
    pub(in crate::export) origin: Origin<'a>,
    pub(in crate::export) bytes: Vec<u8>,
}

/// Bytes that a group of its own takes in a request in the making.
const GROUP: usize = 64;

impl Item<'_> {
    /// Returns the bytes that it adds to a queue or a request, where it has a group of its own.
    pub(in crate::export) fn size(&self) -> usize {
        self.bytes.len() + GROUP
    }
}

/// An exporter of the records of one signal to one destination.
///
/// Records are encoded when they are accepted, wait in a queue bounded in items and bytes (the newest are dropped) and
/// leave in batches. Everything that is lost is counted. A record is lost when its batch is refused, redirected or not
/// received within the deadline; each attempt that fails for a passing reason is repeated. With a spool, what was not
/// received waits on disk instead.
pub(crate) struct Records {
    outbox: Outbox,
    form: Arc<dyn Form>,
}

impl Records {
    /// Makes an exporter of what `form` takes. Nothing is sent before [`Exporter::start`].
    pub(in crate::export) fn new(outbox: Outbox, form: Arc<dyn Form>) -> Self {
        Records { outbox, form }
    }
}

impl fmt::Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records").field("outbox", &self.outbox).finish_non_exhaustive()
    }
}

impl Exporter for Records {
    fn name(&self) -> &'static str {
        self.outbox.name()
    }

    fn start(&self, _ledger: &Ledger) {
        self.outbox.start();
    }

    fn accept(&self, record: &Record) {
        let Some(origin) = self.form.origin(record) else { return };
        match self.outbox.queue().push(origin, &*self.form, |buffer| self.form.write(record, buffer)) {
            Ok(()) | Err(Reason::Shutdown) => {}
            Err(Reason::TooLarge) => self.outbox.lost(1, "it is too large"),
            Err(_) => self.outbox.overflowed(1),
        }
    }

    fn flush(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(self.outbox.queue().flush())
    }

    fn close(&self, wait: Duration) {
        self.outbox.close(wait);
    }
}
