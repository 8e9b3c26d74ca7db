//! Which modules have metrics.

use tracing_core::Level;
use tracing_subscriber::filter::Targets;

use super::descriptor::Descriptor;
use crate::callsite::{CATALOG, Entry};

/// Turns the metrics of this program on and off, from now on: those of annotated functions by module and level, those
/// that `metrics!` declares by module, at `info`. What is off is neither updated nor shown; what it counted stays.
///
/// A metric that a function names belongs to where it is declared.
pub(crate) fn set_filter(filter: &Targets) {
    apply(&CATALOG, filter);
}

pub(super) fn apply(catalog: &[Entry], filter: &Targets) {
    for entry in catalog {
        match entry {
            Entry::Function(callsite) => {
                let site = callsite.site();
                callsite.wanted().turn(filter.would_enable(site.target, &site.level));
            }
            Entry::Metric(metric) => {
                let descriptor = metric.descriptor();
                descriptor.cells.turn(filter.would_enable(descriptor.module(), &Level::INFO));
            }
            Entry::Health(_) => {}
        }
    }
}

impl Descriptor {
    /// Returns the module that declares it: that of the label struct, which has the metric's name.
    fn module(&self) -> &'static str {
        let path = (self.path)();
        path.rsplit_once("::").map_or(path, |(module, _)| module)
    }
}
