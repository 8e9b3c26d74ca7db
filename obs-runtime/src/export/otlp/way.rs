//! How requests of OTLP leave.

use std::sync::Arc;

use crate::export::delivery::{EndpointError, Goods, Outbox, Settings};
use crate::export::{Ledger, Notices, Signal};

/// Where requests of OTLP go: over a network, into a file, to standard output.
pub(crate) trait Way: Sized {
    /// Returns the `exporter` label.
    fn name(&self) -> &'static str;

    /// Returns how requests are made.
    fn settings(&mut self) -> &mut Settings;

    /// Opens the way for one signal, or says why the endpoint cannot be used.
    fn outbox(
        self,
        signal: Signal,
        goods: Goods,
        ledger: &Arc<Ledger>,
        notices: &Notices,
    ) -> Result<Outbox, EndpointError>;
}
