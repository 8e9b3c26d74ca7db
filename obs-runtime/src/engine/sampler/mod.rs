//! Which traces are recorded: decided once, where the trace begins, and followed everywhere.

mod rate;
mod state;
mod threshold;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::context::{SpanContext, TraceId};
use rate::Rate;

pub(crate) use state::alone as tracestate_of;
pub(crate) use threshold::Threshold;

/// Which traces are sampled, as in `OTEL_TRACES_SAMPLER`. Shares go from 0 to 1.
///
/// Shares are consistent between services: a trace that is sampled at one share is sampled at every larger one, by the
/// right-most 56 bits of its id (OpenTelemetry specification, "TraceState: Probability Sampling").
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Sampling {
    /// All of them, whatever other services decided: `always_on`.
    AlwaysOn,
    /// None, also where a function asks for a share of its own: `always_off`.
    AlwaysOff,
    /// A share of them, whatever other services decided: `traceidratio`.
    TraceIdRatio(f64),
    /// Those that the calling service sampled, and all that begin here: `parentbased_always_on`.
    #[default]
    ParentBasedAlwaysOn,
    /// Those that the calling service sampled, and none that begin here: `parentbased_always_off`.
    ParentBasedAlwaysOff,
    /// Those that the calling service sampled, and a share of those that begin here: `parentbased_traceidratio`.
    ParentBasedTraceIdRatio(f64),
}

/// What a sampler is told.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct SamplerSettings {
    pub(crate) sampling: Sampling,
    /// The most traces a second that are sampled by a decision made here; positive and finite.
    pub(crate) traces_per_second: Option<f64>,
    /// Whether traces that are not sampled are recorded all the same, for the tail rule.
    pub(crate) tail: bool,
}

/// Decides which traces are sampled. Neither waits nor allocates.
#[derive(Debug)]
pub(crate) struct Sampler {
    begins: Begins,
    follows_parent: bool,
    rate: Option<Rate>,
    tail: bool,
}

/// What becomes of a trace that begins here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Begins {
    All,
    None,
    /// Those that the threshold keeps; `None` for a share too small for one.
    Share(Option<Threshold>),
}

/// What was decided about a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decision {
    /// The flag that travels.
    pub(crate) sampled: bool,
    /// Whether spans are recorded: also of a trace that is not sampled, where the tail rule is on.
    pub(crate) record: bool,
    state: State,
}

/// What becomes of the threshold in `tracestate`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// It stays as it came.
    Kept,
    /// How likely the trace was to be sampled; `None` where nobody can tell.
    Set(Option<Threshold>),
}

impl Decision {
    /// Returns the threshold that a trace which begins here was sampled by; `None` where it is not sampled, or nobody
    /// can tell how likely it was to be.
    pub(crate) fn threshold(&self) -> Option<Threshold> {
        match self.state {
            State::Kept => None,
            State::Set(threshold) => threshold,
        }
    }

    /// Returns the `tracestate` of spans of this trace, given the parent's.
    pub(crate) fn tracestate(&self, parent: Option<&Arc<str>>) -> Option<Arc<str>> {
        match self.state {
            State::Kept => parent.cloned(),
            State::Set(threshold) => state::with_threshold(parent.map(|state| &**state), threshold),
        }
    }
}

impl Default for Sampler {
    fn default() -> Self {
        Sampler::new(SamplerSettings::default())
    }
}

impl Sampler {
    pub(crate) fn new(settings: SamplerSettings) -> Self {
        let (begins, follows_parent) = match settings.sampling {
            Sampling::AlwaysOn => (Begins::All, false),
            Sampling::AlwaysOff => (Begins::None, false),
            Sampling::TraceIdRatio(share) => (Begins::Share(Threshold::of(share)), false),
            Sampling::ParentBasedAlwaysOn => (Begins::All, true),
            Sampling::ParentBasedAlwaysOff => (Begins::None, true),
            Sampling::ParentBasedTraceIdRatio(share) => (Begins::Share(Threshold::of(share)), true),
        };
        Sampler {
            begins,
            follows_parent,
            rate: settings.traces_per_second.map(Rate::new),
            tail: settings.tail,
        }
    }

    /// Decides about a trace that begins here; `share` is what the callsite asks for instead of the sampler's own.
    pub(crate) fn root(&self, trace_id: TraceId, share: Option<f64>) -> Decision {
        let begins = match (self.begins, share) {
            (Begins::None, _) | (_, None) => self.begins,
            (_, Some(share)) => Begins::Share(Threshold::of(share)),
        };
        self.decide(begins, threshold::randomness(trace_id.get()))
    }

    /// Decides about a trace that begins here and is exported only if something happens in it: it is recorded and not
    /// sampled, unless no trace that begins here is.
    pub(crate) fn watched(&self) -> Decision {
        Decision { sampled: false, record: self.begins != Begins::None, state: State::Set(None) }
    }

    /// Decides about a trace that another service began.
    pub(crate) fn child_of_remote(&self, parent: &SpanContext) -> Decision {
        let state = parent.tracestate.as_deref();
        let randomness =
            state.and_then(state::randomness).unwrap_or_else(|| threshold::randomness(parent.trace_id.get()));
        if !self.follows_parent {
            return self.decide(self.begins, randomness);
        }
        let sampled = parent.is_sampled();
        // A threshold that contradicts the flag says nothing any more.
        let agrees = state.and_then(state::threshold).is_none_or(|t| t.keeps(randomness) == sampled);
        let state = if agrees { State::Kept } else { State::Set(None) };
        Decision { sampled, record: sampled || self.tail, state }
    }

    fn decide(&self, begins: Begins, randomness: u64) -> Decision {
        let (sampled, threshold) = match begins {
            Begins::All => (true, None),
            Begins::None | Begins::Share(None) => (false, None),
            Begins::Share(Some(threshold)) => (threshold.keeps(randomness), Some(threshold)),
        };
        let sampled = sampled && self.rate.as_ref().is_none_or(Rate::allows_one);
        // Under a limit the threshold is not how likely the trace was to be sampled.
        let threshold = threshold.filter(|_| sampled && self.rate.is_none());
        Decision { sampled, record: sampled || self.tail, state: State::Set(threshold) }
    }
}
