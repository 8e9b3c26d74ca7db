//! Declarations that cannot both be exported.

use std::collections::BTreeMap;

use super::descriptor::Descriptor;
use super::reserved::{base, is_reserved, shared};
use crate::callsite::{CATALOG, Entry};

/// Returns one sentence per metric name that this program declares twice and differently, naming both places.
pub(crate) fn conflicts() -> Vec<String> {
    among(&CATALOG)
}

pub(super) fn among(catalog: &[Entry]) -> Vec<String> {
    let mut all: Vec<&'static Descriptor> = catalog
        .iter()
        .filter_map(|entry| match entry {
            Entry::Metric(metric) => Some(metric.descriptor()),
            Entry::Function(_) | Entry::Health(_) => None,
        })
        .collect();
    // The linker decides the catalog's order; what is said must not depend on it.
    all.sort_by_key(|d| (d.declared.file, d.declared.line));
    let mut first = BTreeMap::<&str, &Descriptor>::new();
    let mut found = Vec::new();
    for descriptor in all {
        if is_reserved(descriptor.name()) {
            let owner = if shared(descriptor.name()) { "the annotated functions" } else { "obs itself" };
            found.push(format!(
                "the metric name `{}` belongs to {owner}; rename the {}",
                descriptor.name(),
                descriptor.described(),
            ));
            continue;
        }
        let known = first.entry(base(descriptor.name())).or_insert(descriptor);
        if known.name() != descriptor.name() {
            found.push(format!(
                "OpenMetrics takes the metric names `{}` and `{}` for one: {} and {}; rename one",
                known.name(),
                descriptor.name(),
                known.described(),
                descriptor.described(),
            ));
        } else if !descriptor.agrees(known) {
            found.push(format!(
                "the metric name `{}` has two meanings: {} and {}; rename one",
                descriptor.name(),
                known.described(),
                descriptor.described(),
            ));
        }
    }
    found
}

impl Descriptor {
    /// Tells whether both may be one family.
    pub(super) fn agrees(&self, other: &Descriptor) -> bool {
        self.kind == other.kind
            && self.keys == other.keys
            && self.endings.keys().eq(other.endings.keys())
            && self.declared.unit == other.declared.unit
            && self.declared.buckets == other.declared.buckets
    }

    fn described(&self) -> String {
        let mut labels = self.keys.to_vec();
        labels.extend(self.endings.keys());
        let mut text = self.kind.as_str().to_owned();
        if !labels.is_empty() {
            text += &format!(" by {}", labels.join(", "));
        }
        if !self.declared.unit.is_empty() {
            text += &format!(" in {}", self.declared.unit);
        }
        if !self.declared.buckets.is_empty() {
            text += &format!(" with the buckets {:?}", self.declared.buckets);
        }
        text + &format!(" at {}:{}", self.declared.file, self.declared.line)
    }
}
