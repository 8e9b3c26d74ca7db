//! Counters: what only ever grows.

use std::fmt;
use std::marker::PhantomData;

use super::descriptor::{Declared, Descriptor, Metric};
use super::label::{Chosen, ChosenError, ErrorTyped, Judged, LabelSet, Plain, Unlabelled};
use crate::outcome::Outcome;
use crate::record::MetricKind;
use crate::verdict::ErrorType;

/// A counter declared by `metrics!`; `L` is its label struct, which has the same name.
///
/// `ORDERS.with(ORDERS { region }).inc()`, and for one with an `outcome` label
/// `ORDERS.with(ORDERS { region }).outcome(Outcome::Ok).inc()`. An update neither waits nor allocates, but for the
/// first one of a thread; it is counted under the current [`Service`](crate::Service) and wraps at 2⁶⁴.
#[derive(Debug)]
pub struct Counter<L> {
    descriptor: Descriptor,
    labels: PhantomData<fn(L)>,
}

impl<L: LabelSet> Counter<L> {
    /// Makes the counter; what `metrics!` calls.
    #[doc(hidden)]
    pub const fn new(declared: Declared) -> Self {
        Counter { descriptor: Descriptor::new::<L>(declared, MetricKind::Counter), labels: PhantomData }
    }

    /// Chooses the series with these labels.
    #[inline]
    pub fn with(&'static self, labels: L) -> CounterSeries<L> {
        CounterSeries {
            descriptor: &self.descriptor,
            slot: self.descriptor.slot(labels.index(), 0),
            labels: PhantomData,
        }
    }
}

impl<L> Counter<L> {
    /// Adds one.
    #[inline]
    pub fn inc(&'static self)
    where
        L: Unlabelled,
    {
        self.add(1);
    }

    /// Adds `n`.
    #[inline]
    pub fn add(&'static self, n: u64)
    where
        L: Unlabelled,
    {
        self.with(L::ONLY).add(n);
    }
}

impl<L: LabelSet> Metric for Counter<L> {
    fn descriptor(&'static self) -> &'static Descriptor {
        &self.descriptor
    }
}

/// One series of a counter. May be kept: it is two words and finds its cell without the labels.
#[must_use = "a series does nothing until it is updated"]
pub struct CounterSeries<L> {
    descriptor: &'static Descriptor,
    slot: usize,
    labels: PhantomData<fn(L)>,
}

impl<L> CounterSeries<L> {
    /// Chooses the value of the `outcome` label.
    #[inline]
    pub fn outcome(self, outcome: Outcome) -> CounterSeries<Chosen<L>>
    where
        L: Judged,
    {
        self.further(outcome.index())
    }

    /// Chooses the value of the `error_type` label: the name that the error gives, or `_OTHER` where that is not one of
    /// the declared error's. Without it the label is absent, which says that there was no error.
    #[inline]
    pub fn error_type(self, error: &(impl ErrorType + ?Sized)) -> CounterSeries<ChosenError<L>>
    where
        L: ErrorTyped,
    {
        self.further(self.descriptor.endings.with_error(error.error_type()))
    }

    fn further<M>(self, slots: usize) -> CounterSeries<M> {
        CounterSeries { descriptor: self.descriptor, slot: self.slot + slots, labels: PhantomData }
    }
}

impl<L> CounterSeries<L> {
    /// Adds one.
    #[inline]
    pub fn inc(self)
    where
        L: Plain,
    {
        self.add(1);
    }

    /// Adds `n`.
    #[inline]
    pub fn add(self, n: u64)
    where
        L: Plain,
    {
        self.descriptor.add(self.slot, n);
    }
}

impl<L> Clone for CounterSeries<L> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<L> Copy for CounterSeries<L> {} // whatever the label struct is

impl<L> fmt::Debug for CounterSeries<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CounterSeries")
            .field("metric", &self.descriptor.name())
            .field("slot", &self.slot)
            .finish_non_exhaustive()
    }
}
