//! How a request ended, as its metrics see it.

use super::CANCELLED;
use crate::clock::Moment;
use crate::context::Witness;
use crate::engine::exemplars::ExemplarFilter;
use crate::metrics::sparse::Sparse;
use crate::outcome::{Outcome, Verdict};
use crate::service::Service;

/// How a request ended.
#[derive(Debug)]
pub(crate) struct Ended<'a> {
    /// The status of its answer; absent where none came.
    pub(crate) status: Option<&'a str>,
    pub(crate) verdict: Verdict,
    pub(crate) started: Moment,
    pub(crate) service: Service,
    /// The span that stood for it, where its trace is sampled.
    pub(crate) witness: Option<&'a Witness>,
}

/// The server that a request was sent to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Server<'a> {
    pub(crate) address: Option<&'a str>,
    pub(crate) port: Option<&'a str>,
}

impl Ended<'_> {
    /// Returns what went wrong: the status, unless something says more.
    pub(crate) fn error_type(&self) -> Option<&str> {
        match self.verdict.outcome {
            Outcome::Ok => None,
            Outcome::Error | Outcome::Panicked => self.verdict.error_type.or(self.status),
            Outcome::Cancelled => Some(CANCELLED),
        }
    }

    pub(super) fn observe<const N: usize>(&self, family: &'static Sparse<N>, values: [Option<&str>; N]) {
        let seconds = self.started.seconds_to(Moment::now());
        let is_wanted = self.witness.is_some() || ExemplarFilter::AlwaysOn.is_in_force();
        let exemplar = is_wanted.then_some(|| self.witness.cloned());
        family.observe(self.service, family.slot(values), seconds, exemplar);
    }
}
