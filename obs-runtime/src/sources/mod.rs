//! Metrics that nobody declared: what the process, its runtime and other libraries tell when they are asked.

mod build;
mod cgroup;
#[cfg(feature = "metrics")]
pub(crate) mod facade;
mod proc;
mod process;
#[cfg(feature = "tokio")]
mod runtime;
mod saturation;
mod target;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::record::{Family, MetricKind, MetricSource, MetricVisitor, Point};

pub use build::BuildInfo;
pub(crate) use build::source as build;
pub(crate) use process::Process;
#[cfg(feature = "tokio")]
pub(crate) use runtime::Runtime;
pub(crate) use saturation::Saturation;
pub(crate) use target::source as target;

/// Returns the names of the families of this room, which nobody else may declare.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    let names = [build::NAMES, process::NAMES, saturation::NAMES, target::NAMES];
    #[cfg(feature = "tokio")]
    let names = names.into_iter().chain([runtime::NAMES]);
    names.into_iter().flatten().copied()
}

/// Returns what every process tells of itself.
pub(crate) fn of_process() -> [Arc<dyn MetricSource>; 2] {
    [Arc::new(Process::own()), Arc::new(Saturation::own())]
}

/// Shows a family of one series without labels; nothing where there is no value.
fn show(
    visitor: &mut dyn MetricVisitor,
    (name, help): (&str, &str),
    kind: MetricKind,
    point: Option<Point<'_>>,
) {
    if let Some(point) = point {
        visitor.family(&Family { name, help, unit: unit(name), kind });
        visitor.point(&[], point);
    }
}

/// The unit that a name ends in.
fn unit(name: &str) -> &'static str {
    let name = name.strip_suffix("_total").unwrap_or(name);
    let ends = |unit: &&str| name.strip_suffix(*unit).is_some_and(|rest| rest.ends_with('_'));
    ["seconds", "bytes", "ratio"].into_iter().find(ends).unwrap_or_default()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
