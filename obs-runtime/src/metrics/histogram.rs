//! Histograms: how values are distributed.

use std::fmt;
use std::marker::PhantomData;

use super::descriptor::{Declared, Descriptor, Metric};
use super::label::{Chosen, ChosenError, ErrorTyped, Judged, LabelSet, Plain, Unlabelled};
use crate::engine::port;
use crate::outcome::Outcome;
use crate::record::MetricKind;
use crate::verdict::ErrorType;

/// A histogram declared by `metrics!`; `L` is its label struct, which has the same name.
///
/// `SIZES.with(SIZES { kind }).observe(512.0)`. Values are in the base unit of the name (`_seconds`, `_bytes`); a value
/// that equals a bucket's bound belongs to that bucket, one that is no number is left out. An update never waits; it
/// allocates for the first value of a thread and series. Inside a sampled span it
/// leaves an exemplar, if its bucket has none that no reader saw; so does every 256th of a thread and bucket.
#[derive(Debug)]
pub struct Histogram<L> {
    descriptor: Descriptor,
    labels: PhantomData<fn(L)>,
}

impl<L: LabelSet> Histogram<L> {
    /// Makes the histogram; what `metrics!` calls.
    #[doc(hidden)]
    pub const fn new(declared: Declared) -> Self {
        Histogram { descriptor: Descriptor::new::<L>(declared, MetricKind::Histogram), labels: PhantomData }
    }

    /// Chooses the series with these labels.
    #[inline]
    pub fn with(&'static self, labels: L) -> HistogramSeries<L> {
        HistogramSeries {
            descriptor: &self.descriptor,
            slot: self.descriptor.slot(labels.index(), 0),
            labels: PhantomData,
        }
    }
}

impl<L> Histogram<L> {
    /// Adds an observation. One that is not a number is left out, and counted in `obs_observations_invalid_total`; an
    /// infinite one makes the sum infinite for good.
    #[inline]
    pub fn observe(&'static self, value: f64)
    where
        L: Unlabelled,
    {
        self.with(L::ONLY).observe(value);
    }
}

impl<L: LabelSet> Metric for Histogram<L> {
    fn descriptor(&'static self) -> &'static Descriptor {
        &self.descriptor
    }
}

/// One series of a histogram. May be kept: it is two words and finds its cells without the labels.
#[must_use = "a series does nothing until it is updated"]
pub struct HistogramSeries<L> {
    pub(super) descriptor: &'static Descriptor,
    pub(super) slot: usize,
    labels: PhantomData<fn(L)>,
}

impl<L> HistogramSeries<L> {
    /// Chooses the value of the `outcome` label.
    #[inline]
    pub fn outcome(self, outcome: Outcome) -> HistogramSeries<Chosen<L>>
    where
        L: Judged,
    {
        self.further(outcome.index())
    }

    /// Chooses the value of the `error_type` label: the name that the error gives, or `_OTHER` where that is not one of
    /// the declared error's. Without it the label is absent, which says that there was no error.
    #[inline]
    pub fn error_type(self, error: &(impl ErrorType + ?Sized)) -> HistogramSeries<ChosenError<L>>
    where
        L: ErrorTyped,
    {
        self.further(self.descriptor.endings.with_error(error.error_type()))
    }

    fn further<M>(self, slots: usize) -> HistogramSeries<M> {
        HistogramSeries { descriptor: self.descriptor, slot: self.slot + slots, labels: PhantomData }
    }
}

impl<L> HistogramSeries<L> {
    /// Adds an observation. One that is not a number is left out, and counted in `obs_observations_invalid_total`; an
    /// infinite one makes the sum infinite for good.
    #[inline]
    pub fn observe(self, value: f64)
    where
        L: Plain,
    {
        if cfg!(feature = "off") {
            return;
        }
        self.descriptor.observe(self.slot, value, port::witness);
    }
}

impl<L> Clone for HistogramSeries<L> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<L> Copy for HistogramSeries<L> {} // whatever the label struct is

impl<L> fmt::Debug for HistogramSeries<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HistogramSeries")
            .field("metric", &self.descriptor.name())
            .field("slot", &self.slot)
            .finish_non_exhaustive()
    }
}
