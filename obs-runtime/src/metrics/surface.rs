//! What a metric looks like from outside: what a change of it would break for who reads it.

use std::fmt::Write;

use super::descriptor::Descriptor;
use super::values::LabelValues;
use crate::record::MetricKind;

impl Descriptor {
    /// Draws it: a line for the metric, one for each label.
    pub(crate) fn surface(&self) -> String {
        let mut out = format!("{} {}", self.kind.as_str(), self.declared.name);
        if !self.declared.unit.is_empty() {
            out += &format!(" in {}", self.declared.unit);
        }
        if self.kind == MetricKind::Histogram {
            out += &format!(" with buckets {}", joined(self.declared.buckets));
        }
        out.push('\n');
        for (key, values) in self.keys.iter().zip(self.values) {
            out += &format!("  {key}: {}\n", self.values_of(*values));
        }
        if self.endings.has_outcome() {
            out += "  outcome: ok, error, panicked, cancelled\n";
        }
        if let Some(names) = self.endings.error_names() {
            out += &format!("  error_type: {}\n", joined(names.iter().chain([&"_OTHER"])));
        }
        out
    }

    fn values_of(&self, values: LabelValues) -> String {
        match values {
            LabelValues::Fixed(_) if self.kind == MetricKind::Info => "a fact".to_owned(),
            LabelValues::Fixed(values) => joined(values),
            LabelValues::Dynamic { max, .. } => format!("up to {max}"),
        }
    }
}

fn joined<T: std::fmt::Display>(all: impl IntoIterator<Item = T>) -> String {
    let mut out = String::new();
    for one in all {
        let comma = if out.is_empty() { "" } else { ", " };
        let _written = write!(out, "{comma}{one}"); // a `String` takes everything
    }
    out
}
