//! Gauges: what goes up and down.

use std::fmt;
use std::marker::PhantomData;

use super::descriptor::{Declared, Descriptor, Metric};
use super::foreign::{self, Change};
use super::label::{LabelSet, Plain, Unlabelled};
use super::observed::Level;
use crate::record::MetricKind;
use crate::service::Service;

/// A gauge declared by `metrics!`; `L` is its label struct, which has the same name.
///
/// `POOL_SIZE.with(POOL_SIZE { role }).set(8.0)`. All threads share one cell a series: the last `set` wins, and no `add`
/// is lost. A series appears when it is first updated, and counts from 0.
///
/// What something else knows already is not copied but asked for, at every scrape: [`GaugeSeries::observe`].
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

    /// Asks `ask` for its value whenever metrics are read; [`GaugeSeries::observe`] says when and how.
    pub fn observe<V: Level>(&'static self, ask: impl Fn() -> V + Send + Sync + 'static)
    where
        L: Unlabelled,
    {
        self.with(L::ONLY).observe(ask);
    }
}

impl<L: LabelSet> Metric for Gauge<L> {
    fn descriptor(&'static self) -> &'static Descriptor {
        &self.descriptor
    }
}

/// One series of a gauge. May be kept: it is two words and finds its cell without the labels.
#[must_use = "a series does nothing until it is updated"]
pub struct GaugeSeries<L> {
    descriptor: &'static Descriptor,
    slot: usize,
    labels: PhantomData<fn(L)>,
}

impl<L> GaugeSeries<L> {
    #[inline]
    fn change(&self, change: Change, next: impl Fn(f64) -> f64) {
        if !cfg!(feature = "off") {
            let service = Service::current();
            self.descriptor.cells.level(service, self.slot, next);
            foreign::declared(self.descriptor, service, self.slot, change);
        }
    }

    /// Sets it.
    #[inline]
    pub fn set(self, value: f64)
    where
        L: Plain,
    {
        self.change(Change::Set(value), |_| value);
    }

    /// Adds `n`, which may be negative.
    #[inline]
    pub fn add(self, n: f64)
    where
        L: Plain,
    {
        self.change(Change::Add(n), |level| level + n);
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

    /// Asks `ask` for its value whenever metrics are read, under the current [`Service`](crate::Service): by a scrape, a
    /// push, or [`Guard::metrics_text`](crate::Guard::metrics_text).
    ///
    /// It returns a number, or an `Option` of one: `None` says that there is nothing to tell, as when what it looks at
    /// through a `Weak` is gone. What it tells stands in the place of what was `set`. A second closure for the same
    /// series and service replaces the first, as a second `set` does; none is ever taken away. One that panics leaves the
    /// series out: that is counted in `obs_observation_panics_total` and warned of once. It runs on the thread that
    /// reads and holds it up for as long as it takes, so it should not wait; reads may run at the same time.
    /// [`testing::capture`](crate::testing::capture) does not see it: it belongs to the process.
    pub fn observe<V: Level>(self, ask: impl Fn() -> V + Send + Sync + 'static)
    where
        L: Plain,
    {
        if !cfg!(feature = "off") {
            self.descriptor.observers.put(self.slot, move || ask().level());
        }
    }
}

impl<L> Clone for GaugeSeries<L> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<L> Copy for GaugeSeries<L> {} // whatever the label struct is

impl<L> fmt::Debug for GaugeSeries<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GaugeSeries")
            .field("metric", &self.descriptor.name())
            .field("slot", &self.slot)
            .finish_non_exhaustive()
    }
}
