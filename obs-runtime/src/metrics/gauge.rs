//! Gauges: what goes up and down.

use std::marker::PhantomData;

use super::descriptor::{Declared, Descriptor, Metric};
use super::label::{LabelSet, Plain, Unlabelled};
use crate::record::MetricKind;
use crate::service::Service;

/// A gauge declared by `metrics!`; `L` is its label struct, which has the same name.
///
/// `POOL_SIZE.with(POOL_SIZE { role }).set(8.0)`. All threads share one cell a series: the last `set` wins, and no `add`
/// is lost. A series appears when it is first updated, and counts from 0.
#[derive(Debug)]
pub struct Gauge<L> {
    descriptor: Descriptor,
    labels: PhantomData<fn(L)>,
}

impl<L: LabelSet> Gauge<L> {
    /// Makes the gauge; what `metrics!` calls.
    #[doc(hidden)]
    pub const fn new(declared: Declared) -> Self {
        Gauge { descriptor: Descriptor::new::<L>(declared, MetricKind::Gauge), labels: PhantomData }
    }

    /// Chooses the series with these labels.
    #[inline]
    pub fn with(&'static self, labels: L) -> GaugeSeries<L> {
        GaugeSeries {
            descriptor: &self.descriptor,
            slot: self.descriptor.slot(labels.index(), 0),
            labels: PhantomData,
        }
    }
}

impl<L> Gauge<L> {
    /// Sets it.
    #[inline]
    pub fn set(&'static self, value: f64)
    where
        L: Unlabelled,
    {
        self.with(L::ONLY).set(value);
    }

    /// Adds `n`, which may be negative.
    #[inline]
    pub fn add(&'static self, n: f64)
    where
        L: Unlabelled,
    {
        self.with(L::ONLY).add(n);
    }

    /// Adds one.
    #[inline]
    pub fn inc(&'static self)
    where
        L: Unlabelled,
    {
        self.add(1.0);
    }

    /// Takes one away.
    #[inline]
    pub fn dec(&'static self)
    where
        L: Unlabelled,
    {
        self.add(-1.0);
    }
}

impl<L: LabelSet> Metric for Gauge<L> {
    fn descriptor(&'static self) -> &'static Descriptor {
        &self.descriptor
    }
}

/// One series of a gauge. May be kept: it is two words and finds its cell without the labels.
#[derive(Clone, Copy, Debug)]
#[must_use = "a series does nothing until it is updated"]
pub struct GaugeSeries<L> {
    descriptor: &'static Descriptor,
    slot: usize,
    labels: PhantomData<fn(L)>,
}

impl<L> GaugeSeries<L> {
    #[inline]
    fn change(&self, next: impl Fn(f64) -> f64) {
        if !cfg!(feature = "off") {
            self.descriptor.cells.level(Service::current(), self.slot, next);
        }
    }

    /// Sets it.
    #[inline]
    pub fn set(self, value: f64)
    where
        L: Plain,
    {
        self.change(|_| value);
    }

    /// Adds `n`, which may be negative.
    #[inline]
    pub fn add(self, n: f64)
    where
        L: Plain,
    {
        self.change(|level| level + n);
    }

    /// Adds one.
    #[inline]
    pub fn inc(self)
    where
        L: Plain,
    {
        self.add(1.0);
    }

    /// Takes one away.
    #[inline]
    pub fn dec(self)
    where
        L: Plain,
    {
        self.add(-1.0);
    }
}
