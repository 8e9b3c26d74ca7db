//! Records kept in memory, for tests.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Exporter;
use crate::record::{LogRecord, Record, Sink, SpanRecord};

/// A destination that keeps every record, without bound, in the order of arrival. Clones share what they keep.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    spans: Vec<Arc<SpanRecord>>,
    logs: Vec<Arc<LogRecord>>,
}

impl Memory {
    /// Returns the spans that have ended so far.
    pub fn spans(&self) -> Vec<Arc<SpanRecord>> {
        self.lock().spans.clone()
    }

    /// Returns the log records so far.
    pub fn logs(&self) -> Vec<Arc<LogRecord>> {
        self.lock().logs.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink for Memory {
    fn put(&self, record: Record) {
        match record {
            Record::Span(span) => self.lock().spans.push(span),
            Record::Log(log) => self.lock().logs.push(log),
        }
    }
}

impl Exporter for Memory {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn accept(&self, record: &Record) {
        self.put(record.clone());
    }
}
