//! A synchronous call.

use std::fmt;
use std::mem::ManuallyDrop;
use std::thread;

use tracing_core::field::Value;

use super::Call;
use crate::__private::{self, Values};
use crate::callsite::Callsite;
use crate::context::Envelope;
use crate::engine::parent::Relatives;
use crate::engine::pending::Parent;
use crate::engine::span::CallSpan;
use crate::hostile::guarded;
use crate::metrics::MetricCall;
use crate::outcome::Verdict;
use crate::report::Ended;

/// Where a synchronous call stays while it runs: what is moved would be read in other pieces than it was written in, and
/// waited for. Emptied by whoever ends the call, so that there is nothing left to drop.
#[derive(Debug)]
pub struct Place<const N: usize>(ManuallyDrop<Option<Call<N>>>);

impl<const N: usize> Place<N> {
    /// Makes an empty place.
    #[allow(clippy::new_without_default)] // nobody but generated code makes one
    #[inline(always)]
    pub const fn new() -> Self {
        Place(ManuallyDrop::new(None))
    }
}

/// A synchronous call, in its span from here to its end. Dropped, it ends as `panicked` while the thread unwinds, or if its
/// value is to be judged, and as `ok` otherwise. Nothing, where nobody watches: that costs one load at the callsite, and
/// one look at the place at the end.
pub struct Scope<'a, const N: usize>(&'a mut Option<Call<N>>);

impl<'a> Scope<'a, 0> {
    /// Begins a call that names nothing: a child of what is current, without fields.
    #[inline(always)]
    pub fn begin(place: &'a mut Place<0>, callsite: &'static Callsite) -> Self {
        Scope::begin_naming(place, callsite, &[])
    }

    /// Begins a call that names fields, each a variable.
    #[inline(always)]
    pub fn begin_naming(
        Place(call): &'a mut Place<0>,
        callsite: &'static Callsite,
        values: &[Option<&dyn Value>],
    ) -> Self {
        if !callsite.is_unwatched() {
            watch(call, callsite, values);
        }
        Scope(call)
    }
}

#[inline(never)]
fn watch(call: &mut Option<Call<0>>, callsite: &'static Callsite, values: &[Option<&dyn Value>]) {
    watched(call, callsite, [], |span| __private::span_naming(callsite, values, true, span));
}

#[inline(never)]
fn watch_with<const N: usize>(
    call: &mut Option<Call<N>>,
    callsite: &'static Callsite,
    parent: Parent,
    values: &mut dyn FnMut(Values<'_>),
    metrics: [Option<MetricCall>; N],
) {
    watched(call, callsite, metrics, |span| {
        __private::span(callsite, parent, values, true, span);
    });
}

impl<'a, const N: usize> Scope<'a, N> {
    /// Begins a call. `metrics` are those it names itself; one whose labels could not be evaluated is `None`.
    #[inline(always)]
    pub fn begin_with(
        Place(call): &'a mut Place<N>,
        callsite: &'static Callsite,
        parent: Parent,
        values: &mut dyn FnMut(Values<'_>),
        metrics: [Option<MetricCall>; N],
    ) -> Self {
        if N > 0 || !callsite.is_unwatched() || parent.is_received() {
            watch_with(call, callsite, parent, values, metrics);
        }
        Scope(call)
    }

    /// Begins a call that names its relatives.
    pub fn begin_among(
        Place(call): &'a mut Place<N>,
        callsite: &'static Callsite,
        relatives: &mut dyn FnMut() -> Relatives,
        values: &mut dyn FnMut(Values<'_>),
        metrics: [Option<MetricCall>; N],
    ) -> Self {
        if N > 0 || !callsite.is_unwatched() || callsite.passes_on() {
            watched(call, callsite, metrics, |span| {
                __private::span_among(callsite, relatives, values, true, span);
            });
        }
        Scope(call)
    }

    /// Tells whether anybody watches the call.
    #[inline(always)]
    pub fn is_open(&self) -> bool {
        self.0.is_some()
    }

    /// Counts the messages that the call was given together.
    #[must_use]
    pub fn of_messages(self, count: impl FnOnce() -> u64) -> Self {
        if let Some(call) = &*self.0 {
            call.count_messages(count);
        }
        self
    }

    /// Writes this call's context into a message.
    pub fn stamp(&self, envelope: &mut (impl Envelope + ?Sized)) {
        let context = self.0.as_ref().and_then(Call::context);
        let _caught = guarded(|| __private::stamp(envelope, context));
    }

    /// Returns the call, for those who tell of its end.
    pub fn ended(&self) -> Ended<'_> {
        self.0.as_ref().map_or(Ended::new(None, false), Call::ended)
    }

    /// Ends the call.
    #[inline(never)]
    pub fn finish(self, verdict: Verdict) {
        end(self.0, Some(verdict));
    }
}

impl<const N: usize> Drop for Scope<'_, N> {
    #[inline(always)]
    fn drop(&mut self) {
        if self.0.is_some() {
            end_by_itself(self.0);
        }
    }
}

#[inline(never)]
fn end_by_itself<const N: usize>(place: &mut Option<Call<N>>) {
    end(place, None);
}

/// Ends a call, and empties its place.
#[inline(always)]
fn end<const N: usize>(place: &mut Option<Call<N>>, verdict: Option<Verdict>) {
    if let Some(call) = place
        && !call.finished
    {
        // In a body that stays in place, a panic that is caught while another unwinds cannot be told from its end.
        let panicked = || call.callsite.is_judged() || call.unwinds();
        // By its parts: copied as a whole it would be read in other pieces than it was written in, and waited for.
        let (outcome, error_type) = match verdict {
            Some(verdict) => (verdict.outcome, verdict.error_type),
            None if panicked() => (Verdict::PANICKED.outcome, Verdict::PANICKED.error_type),
            None => (Verdict::OK.outcome, None),
        };
        call.end(Verdict { outcome, error_type }, true);
    }
    let over = std::mem::take(place);
    if N == 0 {
        std::mem::forget(over); // its span is gone, and there is nothing else to drop
    }
}

impl<const N: usize> fmt::Debug for Scope<'_, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Scope").field(&*self.0).finish()
    }
}

/// Begins to watch a call in its place, which is empty. Where a layer panics meanwhile, there is no call.
#[inline(always)]
fn watched<const N: usize>(
    place: &mut Option<Call<N>>,
    callsite: &'static Callsite,
    metrics: [Option<MetricCall>; N],
    open: impl FnOnce(&mut CallSpan),
) {
    struct Unwinds<'a, const N: usize>(&'a mut Option<Call<N>>);
    impl<const N: usize> Drop for Unwinds<'_, N> {
        #[cold]
        fn drop(&mut self) {
            *self.0 = None;
        }
    }

    let unwinds = Unwinds(place);
    let call = Call::new(callsite, metrics, thread::panicking());
    std::mem::forget(unwinds.0.replace(call)); // there was none
    if let Some(call) = unwinds.0 {
        call.open(open);
    }
    std::mem::forget(unwinds);
}
