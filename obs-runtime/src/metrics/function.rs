//! The shared families: `function_calls_total`, `function_duration_seconds`, `function_calls_in_flight`.

use crate::callsite::{Signals, Site, function_label};
use crate::outcome::Finished;

/// The cells of one annotated function.
pub(crate) struct FunctionCells {
    function: String,
}

impl FunctionCells {
    pub(crate) fn new(site: &Site) -> Self {
        let function = site
            .function
            .map_or_else(|| function_label((site.path)(), site.module), str::to_owned);
        FunctionCells { function }
    }

    /// The value of the `function` label.
    pub(crate) fn function(&self) -> &str {
        &self.function
    }

    /// Counts a call as begun.
    pub(crate) fn start(&self, _signals: Signals) {}

    /// Counts a call as ended.
    pub(crate) fn finish(&self, _signals: Signals, _finished: &Finished<'_>) {}
}
