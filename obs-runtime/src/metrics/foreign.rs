//! Our updates, in the recorder of another: where the program installed one of the `metrics` crate, it gets what is
//! declared and annotated with `obs` as well.
//!
//! Handles are kept together with the address of the recorder they are from. One that was made before the recorder was
//! there would be a no-op for ever.

#[cfg(feature = "metrics")]
mod handles;
#[cfg(feature = "metrics")]
mod recorder;

use super::descriptor::Descriptor;
use super::source;
use crate::record::Family;
use crate::service::Service;

#[cfg(feature = "metrics")]
pub(crate) use recorder::{found_foreign_recorder, found_own_recorder};

/// How a series changes.
#[cfg_attr(not(feature = "metrics"), allow(dead_code))] // nobody is told
#[derive(Clone, Copy, Debug)]
pub(super) enum Change {
    Count(u64),
    Set(f64),
    Add(f64),
    Observe(f64),
}

/// Where a series is, and what it is called if somebody asks.
#[cfg_attr(not(feature = "metrics"), allow(dead_code))] // nobody is told
pub(super) struct Series<'a> {
    /// The address of its metric's cells, which live as long as the program.
    pub(super) cells: usize,
    pub(super) slot: usize,
    /// That of the update, which may end elsewhere than it began.
    pub(super) service: Service,
    pub(super) family: Family<'static>,
    pub(super) labels: &'a dyn Fn() -> Vec<(String, String)>,
}

/// Tells the recorder of another, if there is one: one load where it is ours.
#[cfg(feature = "metrics")]
#[inline]
pub(super) fn tell(series: &Series<'_>, change: Change) {
    if !recorder::is_ours() {
        handles::tell(series, change);
    }
}

/// There is no recorder.
#[cfg(not(feature = "metrics"))]
#[inline(always)]
pub(super) fn tell(_: &Series<'_>, _: Change) {}

/// Tells of a declared metric, unless it is turned off.
#[inline]
pub(super) fn declared(descriptor: &Descriptor, service: Service, slot: usize, change: Change) {
    if !cfg!(feature = "metrics") || descriptor.cells.is_off() {
        return;
    }
    let labels = || labels(descriptor, slot).unwrap_or_default();
    let cells = (&raw const descriptor.cells).addr();
    tell(&Series { cells, slot, service, family: descriptor.family(), labels: &labels }, change);
}

fn labels(descriptor: &Descriptor, slot: usize) -> Option<Vec<(String, String)>> {
    let endings = descriptor.endings.count().max(1);
    let ending = descriptor.endings.all().nth(slot % endings)?;
    let (series, mut labels) = (slot / endings, Vec::new());
    descriptor.walk(&mut |number, texts| {
        if number == series {
            source::labels(descriptor.keys, texts, &mut labels);
        }
    });
    let labels = labels.into_iter().chain(ending.labels());
    Some(labels.map(|(key, value)| (key.to_owned(), value.to_owned())).collect())
}
