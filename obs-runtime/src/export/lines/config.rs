//! What the exporters of lines are told.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::file::Rotated;
use super::printer::Printer;
use super::{Lines, Paper};
use crate::export::delivery::{Compression, EndpointError, Goods, Outbox, Place, Settings, Turn, Wire};
use crate::export::otlp::{Way, line};
use crate::export::text::write_escaped;
use crate::export::{Ledger, Notices, Signal};

/// A file of OTLP/JSON lines, one request a line, of one signal (OpenTelemetry specification, "OpenTelemetry Protocol
/// File Exporter"). Two signals need two files.
#[derive(Clone, Debug)]
pub(crate) struct FileConfig {
    /// The `exporter` label.
    pub(crate) name: &'static str,
    pub(crate) path: PathBuf,
    /// The most bytes in one file; a request that is larger by itself has one of its own.
    pub(crate) max_bytes: u64,
    /// The most files that are kept, the one that is written among them.
    pub(crate) max_files: usize,
    /// How requests are made; they are never compressed, and one at a time.
    pub(crate) settings: Settings,
}

/// OTLP/JSON lines on standard output, one request a line (`otlp/stdout`).
#[derive(Clone, Debug)]
pub(crate) struct StdoutConfig {
    /// The `exporter` label.
    pub(crate) name: &'static str,
    /// How requests are made; they are never compressed, and one at a time.
    pub(crate) settings: Settings,
}

impl Way for FileConfig {
    fn name(&self) -> &'static str {
        self.name
    }

    fn settings(&mut self) -> &mut Settings {
        &mut self.settings
    }

    fn outbox(
        self,
        signal: Signal,
        goods: Goods,
        ledger: &Arc<Ledger>,
        notices: &Notices,
    ) -> Result<Outbox, EndpointError> {
        let mut shown = String::new();
        let _string_never_fails = write_escaped(&mut shown, &self.path.to_string_lossy());
        let wire = Wire { exporter: self.name, signal, family: "otlp_file", goods, turn: Some(line(signal)) };
        let file = Rotated::new(self.path, self.max_bytes, self.max_files);
        Ok(outbox(self.settings, wire, shown, file, (ledger, notices)))
    }
}

impl Way for StdoutConfig {
    fn name(&self) -> &'static str {
        self.name
    }

    fn settings(&mut self) -> &mut Settings {
        &mut self.settings
    }

    fn outbox(
        self,
        signal: Signal,
        goods: Goods,
        ledger: &Arc<Ledger>,
        notices: &Notices,
    ) -> Result<Outbox, EndpointError> {
        Ok(self.printed(signal, goods, Some(line(signal)), (ledger, notices)))
    }
}

impl StdoutConfig {
    /// Opens the way of requests that `turn` makes lines of, or that are lines.
    pub(super) fn printed(
        self,
        signal: Signal,
        goods: Goods,
        turn: Option<Turn>,
        shared: (&Arc<Ledger>, &Notices),
    ) -> Outbox {
        let family = if turn.is_some() { "otlp_stdout" } else { "console" };
        let wire = Wire { exporter: self.name, signal, family, goods, turn };
        outbox(self.settings, wire, "standard output".to_owned(), Printer::new(io::stdout()), shared)
    }
}

/// Opens a way to where lines are written.
pub(super) fn outbox(
    settings: Settings,
    wire: Wire,
    shown: String,
    paper: impl Paper,
    shared: (&Arc<Ledger>, &Notices),
) -> Outbox {
    // Who cannot write here is not helped by another place on the same disk.
    let settings = Settings { compression: Compression::None, max_in_flight: 1, spool: None, ..settings };
    Outbox::new(settings, wire, Place { shown, server: None }, shared, |_| Arc::new(Lines::new(paper)))
}
