//! A synchronous call.

use std::fmt;
use std::mem::ManuallyDrop;

use tracing_core::field::Value;

use super::Call;
use crate::__private::{self, Values};
use crate::callsite::Callsite;
use crate::context::Envelope;
use crate::engine::parent::Relatives;
use crate::engine::pending::Parent;
use crate::metrics::MetricCall;
use crate::outcome::Verdict;
use crate::report::Ended;

/// A synchronous call, in its span from here to its end. Dropped, it ends as `panicked` while the thread unwinds, or if its
/// value is to be judged, and as `ok` otherwise. Nothing, where nobody watches: that costs one load at the callsite, and one look at this at the end.
pub struct Scope<const N: usize>(
    /// Emptied by whoever ends the call, so that there is nothing left to drop.
    ManuallyDrop<Option<Call<N>>>,
);

impl Scope<0> {
    /// Begins a call that names nothing: a child of what is current, without fields.
    #[inline(always)]
    pub fn begin(callsite: &'static Callsite) -> Self {
        if callsite.is_unwatched() { Scope(ManuallyDrop::new(None)) } else { Scope::begin_watched(callsite) }
    }

    /// Begins a call that names fields, each a variable.
    #[inline(always)]
    pub fn begin_naming(callsite: &'static Callsite, values: &[Option<&dyn Value>]) -> Self {
        if callsite.is_unwatched() {
            return Scope(ManuallyDrop::new(None));
        }
        Scope::begin_watched_naming(callsite, values)
    }

    #[inline(never)]
    fn begin_watched_naming(callsite: &'static Callsite, values: &[Option<&dyn Value>]) -> Self {
        Scope::inside(Call::begin_naming(callsite, values))
    }

    #[inline(never)]
    fn begin_watched(callsite: &'static Callsite) -> Self {
        Scope::inside(Call::begin(callsite))
    }
}

impl<const N: usize> Scope<N> {
    /// Begins a call. `metrics` are those it names itself; one whose labels could not be evaluated is `None`.
    #[inline(always)]
    pub fn begin_with(
        callsite: &'static Callsite,
        parent: Parent,
        values: &mut dyn FnMut(Values<'_>),
        metrics: [Option<MetricCall>; N],
    ) -> Self {
        if N == 0 && callsite.is_unwatched() {
            return Scope(ManuallyDrop::new(None));
        }
        Scope::begin_watched_with(callsite, parent, values, metrics)
    }

    #[inline(never)]
    fn begin_watched_with(
        callsite: &'static Callsite,
        parent: Parent,
        values: &mut dyn FnMut(Values<'_>),
        metrics: [Option<MetricCall>; N],
    ) -> Self {
        Scope::inside(Call::begin_with(callsite, parent, values, metrics))
    }

    /// Begins a call that names its relatives.
    pub fn begin_among(
        callsite: &'static Callsite,
        relatives: &mut dyn FnMut() -> Relatives,
        values: &mut dyn FnMut(Values<'_>),
        metrics: [Option<MetricCall>; N],
    ) -> Self {
        Scope::inside(Call::begin_among(callsite, relatives, values, metrics))
    }

    fn inside(call: Call<N>) -> Self {
        if call.finished {
            return Scope(ManuallyDrop::new(None));
        }
        call.span.step_in();
        Scope(ManuallyDrop::new(Some(call)))
    }

    /// Tells whether anybody watches the call.
    #[inline(always)]
    pub fn is_open(&self) -> bool {
        self.0.is_some()
    }

    /// Writes this call's context into a message.
    pub fn stamp(&self, envelope: &mut (impl Envelope + ?Sized)) {
        let context = self.0.as_ref().and_then(Call::context);
        __private::stamp(envelope, context);
    }

    /// Returns the call, for those who tell of its end.
    pub fn ended(&self) -> Ended<'_> {
        self.0.as_ref().map_or(Ended::new(None, false), Call::ended)
    }

    /// Ends the call.
    #[inline(never)]
    pub fn finish(mut self, verdict: Verdict) {
        self.end(Some(verdict));
    }

    fn end(&mut self, verdict: Option<Verdict>) {
        if let Some(mut call) = self.0.take() {
            match verdict {
                Some(verdict) => call.finish(verdict),
                // In a body that stays in place, a panic that is caught while another unwinds cannot be told from its end.
                None if call.callsite.is_judged() => call.finish(Verdict::PANICKED),
                None if call.finish_if_unwinding() => {}
                None => call.finish(Verdict::OK),
            }
            call.span.step_out();
        }
    }

    #[inline(never)]
    fn end_by_itself(&mut self) {
        self.end(None);
    }
}

impl<const N: usize> Drop for Scope<N> {
    #[inline(always)]
    fn drop(&mut self) {
        if self.0.is_some() {
            self.end_by_itself();
        }
    }
}

impl<const N: usize> fmt::Debug for Scope<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Scope").field(&*self.0).finish()
    }
}
