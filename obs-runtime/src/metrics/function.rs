//! The shared families: `function_calls_total`, `function_duration_seconds`, `function_calls_in_flight`.

use std::fmt;

use super::conventions::Messages;
use super::foreign::{self, Change};
use crate::callsite::Signals;
use crate::context::Witness;
use crate::engine::cells::{Cells, Layout};
use crate::outcome::{Finished, Outcome};
use crate::record::{Family, MetricKind};
use crate::service::Service;

/// The bounds of `function_duration_seconds`: those that OpenTelemetry's semantic conventions advise for
/// `http.server.request.duration`.
pub(super) const BOUNDS: &[f64] =
    &[0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

pub(super) const CALLS: Family<'static> = Family {
    name: "function_calls_total",
    help: "Calls of annotated functions, by how they ended.",
    unit: "",
    kind: MetricKind::Counter,
};

pub(super) const DURATION: Family<'static> = Family {
    name: "function_duration_seconds",
    help: "How long calls of annotated functions took, by how they ended.",
    unit: "seconds",
    kind: MetricKind::Histogram,
};

pub(super) const IN_FLIGHT: Family<'static> = Family {
    name: "function_calls_in_flight",
    help: "Calls of annotated functions that have begun and not ended.",
    unit: "",
    kind: MetricKind::Gauge,
};

/// The cells of one annotated function.
pub(crate) struct FunctionCells {
    module: &'static str,
    function: String,
    /// One sum per outcome.
    pub(super) calls: Cells,
    /// One row per outcome.
    pub(super) duration: Cells,
    /// One sum, down again at the end: on whichever thread that is.
    pub(super) in_flight: Cells,
    /// Of a producer or a consumer.
    messages: Option<Messages>,
}

impl FunctionCells {
    pub(crate) fn new(module: &'static str, function: String) -> Self {
        let outcomes = Outcome::ALL.len();
        FunctionCells {
            module,
            function,
            calls: Cells::new(Layout::Sums { slots: outcomes }),
            duration: Cells::new(Layout::Rows { rows: outcomes, bounds: BOUNDS }),
            in_flight: Cells::new(Layout::Sums { slots: 1 }),
            messages: None,
        }
    }

    /// Counts each call as a message too.
    pub(crate) fn with_messages(self, messages: Option<Messages>) -> Self {
        FunctionCells { messages, ..self }
    }

    /// The value of the `module` label.
    pub(super) fn module(&self) -> &'static str {
        self.module
    }

    /// The value of the `function` label.
    pub(crate) fn function(&self) -> &str {
        &self.function
    }

    /// Counts the messages that a call was given together.
    pub(crate) fn consumed(&self, service: Service, count: u64) {
        if let Some(messages) = self.messages {
            messages.consumed(service, count);
        }
    }

    /// Counts a call as begun, whose in-flight gauge is wanted.
    pub(crate) fn start(&self, service: Service) {
        self.in_flight.add(service, 0, 1);
        self.tell(service, IN_FLIGHT, &self.in_flight, None, Change::Add(1.0));
    }

    /// Counts a call as ended.
    #[inline(always)]
    pub(crate) fn finish(&self, signals: Signals, finished: &Finished<impl Fn() -> Option<Witness>>) {
        let service = finished.service;
        let outcome = finished.outcome.index();
        if signals.has(Signals::IN_FLIGHT) {
            self.in_flight.add(service, 0, u64::MAX); // wraps: one less
            self.tell(service, IN_FLIGHT, &self.in_flight, None, Change::Add(-1.0));
        }
        if signals.has(Signals::CALLS) {
            self.calls.add(service, outcome, 1);
            self.tell(service, CALLS, &self.calls, Some(finished.outcome), Change::Count(1));
        }
        if signals.has(Signals::DURATION) {
            self.duration.observe(service, outcome, finished.seconds, finished.exemplar.as_ref());
            self.tell(
                service,
                DURATION,
                &self.duration,
                Some(finished.outcome),
                Change::Observe(finished.seconds),
            );
        }
        if let Some(messages) = self.messages {
            messages.finish(finished);
        }
    }
}

impl FunctionCells {
    /// Tells the recorder of another.
    #[inline]
    fn tell(
        &self,
        service: Service,
        family: Family<'static>,
        cells: &Cells,
        outcome: Option<Outcome>,
        change: Change,
    ) {
        let labels = || {
            let outcome = outcome.map(|outcome| ("outcome", outcome.as_str()));
            let own = [("module", self.module), ("function", self.function())];
            own.into_iter().chain(outcome).map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
        };
        let (cells, slot) = ((&raw const *cells).addr(), outcome.map_or(0, Outcome::index));
        foreign::tell(&foreign::Series { cells, slot, service, family, labels: &labels }, change);
    }
}

impl fmt::Debug for FunctionCells {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FunctionCells")
            .field("module", &self.module)
            .field("function", &self.function)
            .finish_non_exhaustive()
    }
}
