//! Counters: what only ever grows.

use std::marker::PhantomData;

use super::descriptor::{Declared, Descriptor, Metric};
use super::label::{Chosen, Judged, LabelSet, Plain, Unlabelled};
use crate::outcome::Outcome;
use crate::record::MetricKind;

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
            slot: self.descriptor.slot(labels.index(), None),
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
#[derive(Clone, Copy, Debug)]
#[must_use = "a series does nothing until it is updated"]
pub struct CounterSeries<L> {
    descriptor: &'static Descriptor,
    slot: usize,
    labels: PhantomData<fn(L)>,
}

impl<L> CounterSeries<L> {
    /// Chooses the value of the `outcome` label.
    #[inline]
    pub fn outcome(self, outcome: Outcome) -> CounterSeries<Chosen>
    where
        L: Judged,
    {
        CounterSeries { descriptor: self.descriptor, slot: self.slot + outcome.index(), labels: PhantomData }
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
