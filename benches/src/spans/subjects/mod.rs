//! The subjects, a file each.

mod bare;
mod emit;
mod fastrace;
mod floor;
mod obs;
mod opentelemetry;
mod tracing;
mod tracing_opentelemetry;

use super::subject::{SetUp, Subject};

/// A row of the table of subjects.
pub struct Entry {
    /// The name in the report; ours begin with `obs`.
    pub name: &'static str,
    /// Sets it up for this process.
    pub start: fn(&SetUp) -> Box<dyn Subject>,
    /// Whether its spans arrive anywhere.
    pub records: bool,
    /// Whether it speaks OTLP here.
    pub otlp: bool,
}

impl Entry {
    /// Tells whether it is ours, and no floor.
    pub fn is_ours(&self) -> bool {
        self.name.starts_with("obs")
    }
}

/// Every subject, in the order of the table.
pub const SUBJECTS: [Entry; 9] = [
    Entry { name: "bare", start: bare::start, records: false, otlp: false },
    Entry { name: "floor, tracing", start: floor::start_tracing, records: false, otlp: false },
    Entry { name: "floor, obs", start: floor::start_obs, records: false, otlp: false },
    Entry { name: "obs", start: obs::start, records: true, otlp: true },
    Entry { name: "obs, defaults", start: obs::start_defaults, records: true, otlp: false },
    Entry { name: "fastrace", start: fastrace::start, records: true, otlp: true },
    Entry { name: "emit", start: emit::start, records: true, otlp: false },
    Entry { name: "opentelemetry", start: opentelemetry::start, records: true, otlp: true },
    Entry { name: "tracing-opentelemetry", start: tracing_opentelemetry::start, records: true, otlp: true },
];
